"""Scores of a small journal, counted by hand; recomputed, explained, pushed with a receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Denied, Invalid, NotFound
from backend.kernel.journal import Aggregate
from backend.scoring import service as scoring
from backend.scoring.adapters.assessment_http import HttpAssessment
from backend.scoring.adapters.sheet_file import load_sheet
from backend.scoring.model import Sheet, compute, total
from backend.scoring.ports import JournalFeed, Snapshots
from backend.scoring.store import snapshots
from backend.storage.worker import Worker
from tests.support.assessment_platform import PATH, AssessmentPlatform
from tests.support.house import START, staff

PERIOD = "2026-11"
SHEET = load_sheet()
SOON, LATE = START + timedelta(hours=1), START - timedelta(hours=1)


async def happened(house, kind: str, id: str, type: str, **payload):
    async with house.units(SYSTEM, "test") as uow:
        return (await uow.append(Aggregate(kind, id), type, payload)).id


async def month(house) -> dict[str, str]:
    """A month small enough to count by hand; event ids by a name."""
    region = "150402"

    async def answered(n, waited):
        return await happened(
            house, "contact", n, "contact.answered", region=region, waited_seconds=waited
        )

    ids = {
        "quick": await answered("c1", 3.0),
        "edge": await answered("c2", 15.0),
        "slow": await answered("c3", 15.5),
        "gave_up": await happened(
            house, "contact", "c4", "contact.left", region=region, waited_seconds=2.0
        ),
        "by_machine": await happened(
            house, "contact", "c5", "contact.left", region=region, waited_seconds=None
        ),
    }
    for name, due, answer in (
        ("r1", SOON, "referral.accepted"),
        ("r2", LATE, "referral.accepted"),
        ("r3", SOON, "referral.declined"),
        ("r4", SOON, None),
    ):
        about = {"organisation": "committee", "due_at": due.isoformat(), "case": name}
        ids[name] = await happened(house, "referral", name, "referral.offered", **about)
        if answer:
            await happened(house, "referral", name, answer, **about)
    ids["o1"] = await happened(house, "order", "o1", "order.dispatched", to="bureau")
    ids["o2"] = await happened(house, "order", "o2", "order.dispatched", to="bureau")
    await happened(house, "order", "o2", "order.returned", **{"from": "bureau"})
    ids["o2b"] = await happened(house, "order", "o2", "order.dispatched", to="office")
    for name, due in (("p1", SOON), ("p2", LATE), ("p3", SOON)):
        about = {"region": region, "window_to": due.isoformat(), "case": name}
        ids[name] = await happened(house, "promise", name, "promise.made", **about)
        if name != "p3":
            await happened(house, "promise", name, "promise.kept", **about)
    return ids


async def scores(house, **options):
    async with house.units(SYSTEM, read_only=True) as uow:
        found = await scoring.scores_of(uow, PERIOD, **options)
    return {(score.unit, score.indicator): score for score in found}


async def test_every_figure_equals_the_one_counted_by_hand(house) -> None:
    ids = await month(house)
    found = await scores(house)

    def names(events) -> set[str]:
        return {name for name, event in ids.items() if event in events}

    counted = {
        key: (names(score.numerator), names(score.denominator)) for key, score in found.items()
    }
    assert counted[("hotline", "answered_15s")] == (
        {"quick", "edge"},
        {"quick", "edge", "slow", "gave_up"},
    )
    assert counted[("committee", "referral_in_time")] == ({"r1"}, {"r1", "r2", "r3", "r4"})
    assert counted[("bureau", "not_returned")] == ({"o1"}, {"o1", "o2"})
    assert counted[("office", "not_returned")] == ({"o2b"}, {"o2b"})
    assert counted[("hotline", "callback_kept")] == ({"p1"}, {"p1", "p2", "p3"})
    assert found[("hotline", "answered_15s")].value == 0.5


async def test_two_sheets_give_other_points_for_the_same_events(house) -> None:
    await month(house)
    sheet = SHEET
    strict = replace(
        sheet,
        id="strict",
        indicators=tuple(replace(i, floor=0.9, full=1.0) for i in sheet.indicators),
    )
    async with house.units(SYSTEM, read_only=True) as uow:
        events = [e async for e in uow.get(JournalFeed).events(scoring.EVENT_TYPES)]
    one, other = compute(events, sheet, PERIOD), compute(events, strict, PERIOD)
    assert [s.numerator for s in one] == [s.numerator for s in other]
    quick = next(s for s in other if s.indicator == "answered_15s")
    assert quick.points == 0.0
    assert {s.digest(sheet.id) for s in one}.isdisjoint(s.digest(strict.id) for s in other)
    assert total(one, "hotline") is not None
    assert total(one, "nobody") is None


async def test_computing_twice_gives_the_same(house) -> None:
    await month(house)
    assert await scores(house) == await scores(house)


async def test_a_unit_or_month_without_data_is_said_so(house) -> None:
    await month(house)
    with pytest.raises(NotFound):
        await scores(house, unit="nobody")
    async with house.units(SYSTEM, read_only=True) as uow:
        assert await scoring.scores_of(uow, "2020-01") == []


@pytest.mark.parametrize("period", ["2026", "2026-13", "2026-1", "2026-11-01", "", "x"])
async def test_a_wrong_period_is_refused(house, period) -> None:
    with pytest.raises(Invalid):
        async with house.units(SYSTEM, read_only=True) as uow:
            await scoring.scores_of(uow, period)


async def test_a_changed_snapshot_is_found(house) -> None:
    await month(house)
    async with house.units(SYSTEM) as uow:
        taken = await scoring.take_snapshot(uow, PERIOD)
    async with house.units(SYSTEM, read_only=True) as uow:
        assert await scoring.verify(uow) == []
    async with house.units(SYSTEM) as uow:
        await uow.connection.execute(
            update(snapshots)
            .where(snapshots.c.digest == taken[0].digest)
            .values(numerator=["planted"])
        )
    async with house.units(SYSTEM, read_only=True) as uow:
        (wrong,) = await scoring.verify(uow)
    assert taken[0].score.unit in wrong


async def test_an_event_that_came_later_is_told(house) -> None:
    await month(house)
    async with house.units(SYSTEM) as uow:
        await scoring.take_snapshot(uow, PERIOD)
    await happened(house, "contact", "c9", "contact.answered", region="150402", waited_seconds=1.0)
    async with house.units(SYSTEM, read_only=True) as uow:
        assert len(await scoring.verify(uow)) == 1


async def test_a_push_delivered_twice_has_one_receipt(house, clock) -> None:
    await month(house)
    remote = AssessmentPlatform("s", mood="down")
    server = remote.server()
    await server.start_server()
    assessment = HttpAssessment(str(server.make_url(PATH)), "s")

    async def deliver(letter) -> None:
        receipt = await assessment.push(letter, key=str(letter["digest"]))
        async with house.units(SYSTEM, "push") as uow:
            await scoring.received(uow, str(letter["digest"]), receipt)

    worker = Worker(house.units, deliveries={scoring.PUSH: deliver})
    async with house.units(SYSTEM) as uow:
        taken = await scoring.take_snapshot(uow, PERIOD)
    async with house.units(staff("score_auditor"), "web") as uow:
        assert await scoring.push(uow, PERIOD) == len(taken)
        assert await scoring.push(uow, PERIOD) == len(taken)
    await worker.round()
    assert remote.taken == {}
    remote.mood = "well"
    clock.forward(timedelta(minutes=1))
    await worker.round()
    async with house.units(SYSTEM, read_only=True) as uow:
        receipts = [one.receipt for one in await uow.get(Snapshots).of(PERIOD)]
    assert len(remote.taken) == len(taken)
    assert len(set(receipts)) == len(taken)
    assert all(receipts)
    async with house.units(staff("score_auditor"), "web") as uow:
        assert await scoring.push(uow, PERIOD) == 0
    await server.close()


@pytest.mark.parametrize("role", ["agent", "supervisor", "organisation_clerk", "system_admin"])
async def test_only_the_auditor_pushes(house, role) -> None:
    with pytest.raises(Denied):
        async with house.units(staff(role), "web") as uow:
            await scoring.push(uow, PERIOD)


def test_the_shipped_sheet_says_what_each_line_rests_on() -> None:
    sheet: Sheet = SHEET
    assert len(sheet.indicators) >= 5
    assert all(line.basis and line.name for line in sheet.indicators)
    assert all(line.points(None) is None for line in sheet.indicators)
    weighted = [line for line in sheet.indicators if line.weight]
    assert all(line.points(1.0) == line.weight for line in weighted)
    assert all(line.points(0.0) == 0.0 for line in weighted)
