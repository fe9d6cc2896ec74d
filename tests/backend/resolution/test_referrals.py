"""Offering a case to a body: taken on, declined by a code, or lapsed; never two at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.directory import service as directory
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.resolution import service as resolution
from backend.resolution.model import DECLINES, ReferralState
from backend.resolution.ports import Resolutions
from tests.support.house import BODIES, CHIFENG, staff

MEDIATOR = staff("mediator", "m1", organisation="committee", region="150402")
OTHER = staff("mediator", "m2", organisation="committee", region="150402")
STRANGER = staff("mediator", "m3", organisation="office", region="150402")
CLERK = staff("organisation_clerk", "c1", organisation="bureau", region="150402")


@pytest.fixture
async def house(both):
    """The rooms over each database, with bodies in the directory."""
    async with both.units(SYSTEM, "test") as uow:
        for body in BODIES:
            await directory.put_organisation(uow, body)
    return both


async def a_case(house):
    async with house.units(SYSTEM, "test") as uow:
        person = await cases.person_at(uow, "+8613800001111")
        return await cases.open_case(uow, person=person, region=CHIFENG)


async def refer(house, case, organisation="committee", channel="people_mediation"):
    async with house.units(staff("agent"), "desk") as uow:
        current = await uow.get(Cases).by_id(case.id, lock=True)
        return await resolution.refer(
            uow, current, organisation=organisation, channel=channel, note="请帮助讨薪"
        )


async def standing(house, referral):
    async with house.units(SYSTEM, read_only=True) as uow:
        return await uow.get(Resolutions).referral(referral.id)


async def test_a_body_has_three_working_days_to_answer(house) -> None:
    case = await a_case(house)
    referral = await refer(house, case)
    # Offered on a Wednesday: Thursday, Friday, Monday.
    assert referral.due_at.astimezone(CHINA) == datetime(2026, 11, 30, 23, 59, 59, tzinfo=CHINA)
    assert referral.state is ReferralState.OFFERED
    async with house.units(SYSTEM, read_only=True) as uow:
        (event,) = await uow.events(resolution.referral_aggregate(referral.id))
        current = await uow.get(Cases).by_id(case.id)
        assert (await uow.reveal(event.payload))["note"] == "请帮助讨薪"
    assert current.organisation == "committee"


async def test_what_cannot_be_referred(house) -> None:
    case = await a_case(house)
    with pytest.raises(NotFound):
        await refer(house, case, organisation="nowhere")
    with pytest.raises(Invalid, match="不受理"):
        await refer(house, case, channel="legal_aid")
    await refer(house, case)
    with pytest.raises(Conflict) as twice:
        await refer(house, case)
    assert twice.value.code == "already_referred"


async def test_a_body_that_is_closed_gets_nothing(house) -> None:
    closed = replace(BODIES[1], code="old", closed_at=datetime(2026, 1, 1, tzinfo=CHINA))
    async with house.units(SYSTEM, "test") as uow:
        await directory.put_organisation(uow, closed)
    with pytest.raises(NotFound):
        await refer(house, await a_case(house), organisation="old")


async def test_only_the_first_mediator_gets_it(house) -> None:
    referral = await refer(house, await a_case(house))

    async def take(actor):
        async with house.units(actor, "web") as uow:
            return await resolution.accept(uow, referral.id)

    done = await asyncio.gather(take(MEDIATOR), take(OTHER), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Mediation"]
    async with house.units(SYSTEM, read_only=True) as uow:
        (mediation,) = await uow.get(Resolutions).mediations_of_case(referral.case)
    assert mediation.mediator in ("m1", "m2")
    assert (await standing(house, referral)).mediator == mediation.mediator


async def test_a_referral_is_answered_by_its_own_body(house) -> None:
    referral = await refer(house, await a_case(house))
    for verb in (
        lambda uow: resolution.accept(uow, referral.id),
        lambda uow: resolution.decline(uow, referral.id, "full"),
        lambda uow: resolution.take_on(uow, referral.id),
    ):
        with pytest.raises(NotFound):
            async with house.units(STRANGER, "web") as uow:
                await verb(uow)
    assert (await standing(house, referral)).state is ReferralState.OFFERED


async def test_a_body_that_does_not_mediate_takes_a_case_on_without_a_mediator(house) -> None:
    referral = await refer(house, await a_case(house), "bureau", "labour_inspection")
    with pytest.raises(Invalid):
        async with house.units(CLERK, "web") as uow:
            await resolution.accept(uow, referral.id)
    async with house.units(CLERK, "web") as uow:
        taken = await resolution.take_on(uow, referral.id)
    assert (taken.state, taken.mediator) == (ReferralState.ACCEPTED, "")
    with pytest.raises(Conflict):
        async with house.units(CLERK, "web") as uow:
            await resolution.take_on(uow, referral.id)


async def test_a_mediation_is_taken_on_by_a_mediator_alone(house) -> None:
    referral = await refer(house, await a_case(house))
    with pytest.raises(Invalid, match="调解员"):
        async with house.units(MEDIATOR, "web") as uow:
            await resolution.take_on(uow, referral.id)


async def test_declining_needs_a_code_and_brings_the_case_back(house) -> None:
    case = await a_case(house)
    referral = await refer(house, case)
    with pytest.raises(Invalid):
        async with house.units(MEDIATOR, "web") as uow:
            await resolution.decline(uow, referral.id, "no time")
    code = next(iter(DECLINES))
    async with house.units(MEDIATOR, "web") as uow:
        declined = await resolution.decline(uow, referral.id, code)
    assert (declined.state, declined.decline_code) == (ReferralState.DECLINED, code)
    async with house.units(SYSTEM, read_only=True) as uow:
        assert (await uow.get(Cases).by_id(case.id)).organisation == ""
    for late in (resolution.accept, lambda uow, offered: resolution.decline(uow, offered, code)):
        with pytest.raises(Conflict):
            async with house.units(MEDIATOR, "web") as uow:
                await late(uow, referral.id)
    again = await refer(house, case)
    assert again.id != referral.id


async def test_who_does_not_answer_in_time_loses_it(house, clock) -> None:
    case = await a_case(house)
    referral = await refer(house, case)
    clock.put(referral.due_at - timedelta(seconds=1))
    async with house.units(SYSTEM, "sweep") as uow:
        assert await resolution.sweep(uow) == 0
    clock.put(referral.due_at + timedelta(seconds=1))
    async with house.units(SYSTEM, "sweep") as uow:
        assert await resolution.sweep(uow) == 1
        assert await resolution.sweep(uow) == 0
    assert (await standing(house, referral)).state is ReferralState.EXPIRED
    with pytest.raises(Conflict):
        async with house.units(MEDIATOR, "web") as uow:
            await resolution.accept(uow, referral.id)
    async with house.units(SYSTEM, read_only=True) as uow:
        current = await uow.get(Cases).by_id(case.id)
        types = [e.type for e in await uow.events(cases.aggregate(case.id))]
    assert current.organisation == ""
    assert types[-1] == "case.came_back"
