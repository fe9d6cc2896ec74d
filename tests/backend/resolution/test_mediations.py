"""A mediation walked whole, and every way in which it ends otherwise."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.directory import service as directory
from backend.kernel.actor import SYSTEM
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.resolution import progress
from backend.resolution import service as resolution
from backend.resolution.model import MediationState, ObligationState
from backend.resolution.ports import Resolutions
from tests.support.house import BODIES, CHIFENG, staff

MEDIATOR = staff("mediator", "m1", organisation="committee", region="150402")
TODAY = date(2026, 11, 25)
TERMS = "单位十日内付清两万三千元。"
PAY = {"who": "respondent", "what": "付清工资", "amount": "23,000", "due_on": "2026-12-05"}
APOLOGY = {"who": "applicant", "what": "撤回投诉", "amount": "", "due_on": "2026-12-06"}


async def open_mediation(house):
    """A mediation that has just been taken on."""
    async with house.units(staff("agent"), "desk") as uow:
        person = await cases.person_at(uow, "+8613800001111")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        referral = await resolution.refer(
            uow, case, organisation="committee", channel="people_mediation"
        )
    async with house.units(MEDIATOR, "web") as uow:
        return await resolution.accept(uow, referral.id)


@pytest.fixture
async def mediation(house):
    """A mediation over SQLite."""
    return await open_mediation(house)


async def do(house, verb, *values, actor=MEDIATOR, **named):
    async with house.units(actor, "web") as uow:
        return await verb(uow, *values, **named)


async def to_agreement(house, mediation, *obligations):
    await do(house, resolution.consent, mediation.id)
    await do(house, resolution.begin, mediation.id)
    return await do(
        house,
        resolution.agree,
        mediation.id,
        terms=TERMS,
        form="written",
        effective_on=TODAY,
        obligations=obligations,
    )


async def told(house, mediation):
    async with house.units(SYSTEM, read_only=True) as uow:
        case = await uow.get(Cases).by_id(mediation.case)
        return case, await progress.of_case(uow, case)


async def test_from_invitation_to_archive(both) -> None:
    house = both
    async with house.units(SYSTEM, "test") as uow:
        for body in BODIES:
            await directory.put_organisation(uow, body)
    mediation = await open_mediation(house)
    assert mediation.state is MediationState.INVITING
    assert mediation.due_at.astimezone(CHINA).date() == TODAY + timedelta(days=30)
    await do(house, resolution.note, mediation.id, "双方约周五见面")
    agreement = await to_agreement(house, mediation, PAY, APOLOGY)
    assert [o.amount for o in agreement.obligations] == ["23000", ""]
    _, said = await told(house, mediation)
    assert said.now == "已达成协议，履行中"
    assert said.by.astimezone(CHINA).date() == TODAY + timedelta(days=30)
    first, second = agreement.obligations
    half = await do(house, resolution.settle, mediation.id, first.id, done=True)
    assert half.state is MediationState.AGREED
    with pytest.raises(Conflict):
        await do(house, resolution.perform, mediation.id)
    done = await do(house, resolution.settle, mediation.id, second.id, done=True)
    assert done.state is MediationState.PERFORMED
    filed = await do(house, resolution.archive, mediation.id)
    assert (filed.state, filed.closed_at is None) == (MediationState.ARCHIVED, False)
    case, said = await told(house, mediation)
    assert (case.state, said.now) == ("closed", "已归档")
    async with house.units(SYSTEM, read_only=True) as uow:
        events = await uow.events(resolution.mediation_aggregate(mediation.id))
        assert [(e.type, e.after) for e in events] == [
            ("mediation.opened", "inviting"),
            ("mediation.noted", "inviting"),
            ("mediation.consented", "ready"),
            ("mediation.begun", "in_session"),
            ("mediation.agreed", "agreed"),
            ("mediation.obligation_settled", "agreed"),
            ("mediation.obligation_settled", "agreed"),
            ("mediation.performed", "performed"),
            ("mediation.archived", "archived"),
        ]
        assert (await uow.reveal(events[4].payload))["terms"] == TERMS
        assert (await uow.verify_journal()).broken is None
        kept = await uow.get(Resolutions).agreement(mediation.id)
        assert kept.terms == TERMS
        ((_, by, words),) = await uow.get(Resolutions).notes(mediation.id)
    assert (words, by) == ("双方约周五见面", "m1")


async def test_a_breach_and_a_late_performance(house, mediation) -> None:
    agreement = await to_agreement(house, mediation, PAY)
    (pay,) = agreement.obligations
    broken = await do(house, resolution.settle, mediation.id, pay.id, done=False)
    assert broken.state is MediationState.BREACHED
    _, said = await told(house, mediation)
    assert (said.now, said.move) == ("协议没有按约履行", "您")
    late = await do(house, resolution.settle, mediation.id, pay.id, done=True)
    assert late.state is MediationState.PERFORMED
    async with house.units(SYSTEM, read_only=True) as uow:
        (kept,) = (await uow.get(Resolutions).agreement(mediation.id)).obligations
    assert kept.state is ObligationState.DONE


async def test_an_archived_file_is_not_written_in(house, mediation) -> None:
    agreement = await to_agreement(house, mediation, PAY)
    (pay,) = agreement.obligations
    await do(house, resolution.settle, mediation.id, pay.id, done=False)
    await do(house, resolution.archive, mediation.id)
    for done in (True, False):
        with pytest.raises(Conflict):
            await do(house, resolution.settle, mediation.id, pay.id, done=done)
    async with house.units(SYSTEM, read_only=True) as uow:
        (kept,) = (await uow.get(Resolutions).agreement(mediation.id)).obligations
    assert kept.state is ObligationState.BROKEN


async def test_an_agreement_without_obligations_is_performed_by_word(house, mediation) -> None:
    await to_agreement(house, mediation)
    done = await do(house, resolution.perform, mediation.id)
    assert done.state is MediationState.PERFORMED


@pytest.mark.parametrize(("days", "lapsed"), [(0, False), (30, False), (31, True)])
async def test_the_court_confirms_within_thirty_days(house, mediation, clock, days, lapsed) -> None:
    await to_agreement(house, mediation, PAY)
    clock.forward(timedelta(days=days))
    if lapsed:
        with pytest.raises(Conflict) as refusal:
            await do(house, resolution.confirm, mediation.id)
        assert refusal.value.code == "confirmation_lapsed"
        return
    asked = await do(house, resolution.confirm, mediation.id)
    assert asked.confirmed_at == clock.now()
    assert asked.state is MediationState.AGREED
    with pytest.raises(Conflict):
        await do(house, resolution.confirm, mediation.id)


async def test_there_is_nothing_to_confirm_before_an_agreement(house, mediation) -> None:
    with pytest.raises(Conflict) as refusal:
        await do(house, resolution.confirm, mediation.id)
    assert refusal.value.code == "no_confirmation"


@pytest.mark.parametrize("after", [(), ("consent",), ("consent", "begin")])
async def test_it_may_come_to_nothing_before_there_is_an_agreement(house, mediation, after) -> None:
    for verb in after:
        await do(house, getattr(resolution, verb), mediation.id)
    with pytest.raises(Invalid):
        await do(house, resolution.fail, mediation.id, "bored")
    failed = await do(house, resolution.fail, mediation.id, "refused")
    assert (failed.state, failed.failure) == (MediationState.FAILED, "refused")
    await do(house, resolution.archive, mediation.id)
    case, _ = await told(house, mediation)
    assert case.state == "open", "the dispute goes on elsewhere"
    async with house.units(staff("agent"), "desk") as uow:
        case = await uow.get(Cases).by_id(case.id, lock=True)
        await resolution.refer(uow, case, organisation="committee", channel="people_mediation")


async def test_a_dispute_is_never_in_two_mediations(house, mediation) -> None:
    async with house.units(staff("agent"), "desk") as uow:
        case = await uow.get(Cases).by_id(mediation.case, lock=True)
        with pytest.raises(Conflict) as refusal:
            await resolution.refer(uow, case, organisation="office", channel="legal_aid")
    assert refusal.value.code == "already_mediated"


@pytest.mark.parametrize("verb", ["begin", "perform", "archive"])
async def test_no_step_is_left_out(house, mediation, verb) -> None:
    with pytest.raises(Conflict):
        await do(house, getattr(resolution, verb), mediation.id)


async def test_only_whoever_took_it_on_works_on_it(house, mediation) -> None:
    for actor in (
        staff("mediator", "m2", organisation="committee"),
        staff("agent"),
        staff("system_admin"),
    ):
        with pytest.raises(NotFound):
            await do(house, resolution.consent, mediation.id, actor=actor)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"what": " "}, "obligations.1"),
        ({"who": "judge"}, "obligations.1"),
        ({"amount": "-1"}, "obligations.1"),
        ({"amount": "Infinity"}, "obligations.1"),
        ({"amount": "NaN"}, "obligations.1"),
        ({"amount": "两万"}, "obligations.1"),
        ({"due_on": ""}, "obligations.1"),
        ({"due_on": "2026-02-30"}, "obligations.1"),
        ({"due_on": "2026-11-24"}, "obligations.1"),
    ],
)
async def test_obligations_that_are_refused(house, mediation, changes, where) -> None:
    with pytest.raises(Invalid) as refusal:
        await to_agreement(house, mediation, PAY | changes)
    assert refusal.value.where == where
    async with house.units(SYSTEM, read_only=True) as uow:
        assert await uow.get(Resolutions).agreement(mediation.id) is None


@pytest.mark.parametrize(
    "changes", [{"terms": " "}, {"form": "wink"}, {"obligations": [APOLOGY] * 21}]
)
async def test_agreements_that_are_refused(house, mediation, changes) -> None:
    await do(house, resolution.consent, mediation.id)
    await do(house, resolution.begin, mediation.id)
    values = {"terms": TERMS, "form": "written", "effective_on": TODAY, "obligations": [PAY]}
    with pytest.raises(Invalid):
        await do(house, resolution.agree, mediation.id, **(values | changes))
    assert await do(house, resolution.agree, mediation.id, **values)


@pytest.mark.parametrize("words", ["", "  ", "字" * 20_001])
async def test_notes_that_are_refused(house, mediation, words) -> None:
    with pytest.raises(Invalid):
        await do(house, resolution.note, mediation.id, words)


async def test_an_obligation_of_another_agreement_is_not_found(house, mediation) -> None:
    with pytest.raises(NotFound):
        await do(house, resolution.settle, mediation.id, "x", done=True)
    await to_agreement(house, mediation, PAY)
    with pytest.raises(NotFound):
        await do(house, resolution.settle, mediation.id, "x", done=True)
