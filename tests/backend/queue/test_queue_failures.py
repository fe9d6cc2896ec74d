"""What goes wrong between a caller who waits and an agent who is rung."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend import bootstrap
from backend.contacts import service as contacts
from backend.contacts.model import ContactState, Door
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM, citizen
from backend.kernel.errors import Conflict
from backend.kernel.journal import Aggregate
from backend.queue import service as queue
from backend.queue.model import SEAT_LOST_AFTER, TALK_LOST_AFTER, PlaceState, SeatState
from backend.queue.ports import Queue
from tests.support.house import CHIFENG, settings_for, staff

ANNA, BATU = staff("agent", "anna"), staff("agent", "batu")
CHINESE = frozenset({"zh"})


async def call(
    house, wire: str, *, door: Door = Door.PHONE, language: str = "zh", danger: str = ""
):
    """Somebody comes by a door and asks for a person; returns the contact."""
    async with house.units(SYSTEM, door) as uow:
        contact = await contacts.open_contact(
            uow, door=door, region=CHIFENG, wire=wire, language=language
        )
        if danger:
            contact = await contacts.mark_danger(uow, contact, (danger,))
        return await queue.want_person(uow, contact, "asked")


async def ready(house, agent, *, on: bool = True) -> None:
    async with house.units(agent, "desk") as uow:
        await queue.set_presence(uow, on, languages=CHINESE)


async def ring(house, agent):
    async with house.units(agent, "desk", read_only=True) as uow:
        return await queue.own_ring(uow, agent)


async def accept(house, agent, place):
    async with house.units(agent, "desk") as uow:
        return await queue.accept(uow, place.contact, place.reservation)


async def leave(house, contact) -> None:
    async with house.units(citizen(contact.id), "phone") as uow:
        await queue.left(uow, contact.id, "hangup")


async def sweep(house) -> None:
    async with house.units(SYSTEM, "worker") as uow:
        await queue.sweep(uow)


async def seat(house, agent):
    async with house.units(agent, read_only=True) as uow:
        return await uow.get(Queue).seat(agent.id)


async def place(house, contact):
    async with house.units(SYSTEM, read_only=True) as uow:
        return await uow.get(Queue).place(contact.id)


async def state(house, contact) -> ContactState:
    async with house.units(SYSTEM, read_only=True) as uow:
        return (await uow.get(Contacts).by_id(contact.id)).state


async def test_a_free_agent_is_rung_and_answers(house) -> None:
    await ready(house, ANNA)
    contact = await call(house, "CA1")
    rung = await ring(house, ANNA)
    assert rung.contact == contact.id
    taken = await accept(house, ANNA, rung)
    assert (taken.state, taken.agent) == (ContactState.HUMAN, "anna")
    assert (await seat(house, ANNA)).state is SeatState.BUSY


async def test_accepting_again_is_the_same(house) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    rung = await ring(house, ANNA)
    first = await accept(house, ANNA, rung)
    again = await accept(house, ANNA, rung)
    assert again.answered_at == first.answered_at
    async with house.units(SYSTEM, read_only=True) as uow:
        events = await uow.events(Aggregate("contact", rung.contact))
    assert [e.type for e in events].count("contact.answered") == 1


async def test_the_caller_hangs_up_while_waiting(house) -> None:
    contact = await call(house, "CA1")
    await leave(house, contact)
    assert await state(house, contact) is ContactState.CLOSED
    await ready(house, ANNA)
    assert await ring(house, ANNA) is None
    assert (await seat(house, ANNA)).state is SeatState.READY


async def test_the_caller_hangs_up_while_the_agent_is_rung(house, clock) -> None:
    await ready(house, ANNA)
    idle = (await seat(house, ANNA)).idle_since
    contact = await call(house, "CA1")
    rung = await ring(house, ANNA)
    clock.forward(timedelta(seconds=5))
    await leave(house, contact)
    freed = await seat(house, ANNA)
    assert (freed.state, freed.contact, freed.idle_since) == (SeatState.READY, "", idle)
    with pytest.raises(Conflict) as refusal:
        await accept(house, ANNA, rung)
    assert refusal.value.code == "gone"


async def test_the_next_caller_rings_at_once_when_one_hangs_up(house) -> None:
    await ready(house, ANNA)
    first, second = await call(house, "CA1"), await call(house, "CA2")
    await leave(house, first)
    assert (await ring(house, ANNA)).contact == second.id


async def test_two_agents_cannot_have_one_caller(house) -> None:
    await ready(house, ANNA)
    await ready(house, BATU)
    await call(house, "CA1")
    rung = await ring(house, ANNA) or await ring(house, BATU)
    winner, loser = (ANNA, BATU) if rung.agent == "anna" else (BATU, ANNA)
    assert await ring(house, loser) is None
    with pytest.raises(Conflict):
        await accept(house, loser, rung)
    await accept(house, winner, rung)
    assert (await seat(house, loser)).state is SeatState.READY


@pytest.mark.parametrize(("late", "works"), [(19.999, True), (20, True), (20.001, False)])
async def test_accepting_after_the_deadline_is_too_late(house, clock, late, works) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    rung = await ring(house, ANNA)
    clock.forward(timedelta(seconds=late))
    if works:
        await accept(house, ANNA, rung)
    else:
        with pytest.raises(Conflict):
            await accept(house, ANNA, rung)


async def test_a_reservation_of_before_is_worth_nothing(house, clock) -> None:
    await ready(house, ANNA)
    contact = await call(house, "CA1")
    old = await ring(house, ANNA)
    clock.forward(timedelta(seconds=21))
    await sweep(house)
    await ready(house, ANNA)
    new = await ring(house, ANNA)
    assert new.contact == contact.id
    with pytest.raises(Conflict):
        await accept(house, ANNA, old)
    await accept(house, ANNA, new)


async def test_a_timeout_gives_the_original_place_back_and_tries_another(house, clock) -> None:
    await ready(house, ANNA)
    first = await call(house, "CA1")
    clock.forward(timedelta(seconds=1))
    second = await call(house, "CA2")
    before = await place(house, first)
    clock.forward(timedelta(seconds=20))
    await sweep(house)
    after = await place(house, first)
    assert (after.state, after.score, after.tried) == (
        PlaceState.WAITING,
        before.score,
        ("anna",),
    )
    assert (await seat(house, ANNA)).state is SeatState.MISSED
    await ready(house, BATU)
    assert (await ring(house, BATU)).contact == first.id
    assert (await place(house, second)).state is PlaceState.WAITING


async def test_who_missed_a_ring_gets_no_other_before_saying_so(house, clock) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    clock.forward(timedelta(seconds=21))
    await sweep(house)
    await call(house, "CA2")
    assert await ring(house, ANNA) is None
    await ready(house, ANNA)
    assert await ring(house, ANNA) is not None


async def test_declining_sends_the_caller_on_and_the_agent_on_a_break(house) -> None:
    await ready(house, ANNA)
    contact = await call(house, "CA1")
    rung = await ring(house, ANNA)
    async with house.units(ANNA, "desk") as uow:
        await queue.decline(uow, contact.id, rung.reservation)
    assert (await seat(house, ANNA)).state is SeatState.AWAY
    assert (await place(house, contact)).state is PlaceState.WAITING


async def test_a_break_asked_for_while_ringing_holds_afterwards(house) -> None:
    await ready(house, ANNA)
    contact = await call(house, "CA1")
    await ready(house, ANNA, on=False)
    await leave(house, contact)
    assert (await seat(house, ANNA)).state is SeatState.AWAY
    await call(house, "CA2")
    assert await ring(house, ANNA) is None


async def test_a_break_asked_for_while_talking_holds_afterwards(house) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    contact = await accept(house, ANNA, await ring(house, ANNA))
    await ready(house, ANNA, on=False)
    await call(house, "CA2")
    async with house.units(ANNA, "desk") as uow:
        done = await contacts.finish(uow, contact, summary="好", outcome="answered")
        await queue.finished(uow, done)
    assert (await seat(house, ANNA)).state is SeatState.AWAY
    assert await ring(house, ANNA) is None


async def test_after_the_record_the_next_caller_rings(house) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    contact = await accept(house, ANNA, await ring(house, ANNA))
    second = await call(house, "CA2")
    assert await ring(house, ANNA) is None
    async with house.units(ANNA, "desk") as uow:
        done = await contacts.finish(uow, contact, summary="好", outcome="answered")
        await queue.finished(uow, done)
    assert (await ring(house, ANNA)).contact == second.id


async def test_a_caller_who_leaves_an_agent_leaves_the_record_to_write(house) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    contact = await accept(house, ANNA, await ring(house, ANNA))
    await leave(house, contact)
    await leave(house, contact)
    assert await state(house, contact) is ContactState.WRAP
    assert (await seat(house, ANNA)).state is SeatState.WRAP
    async with house.units(SYSTEM, read_only=True) as uow:
        events = await uow.events(Aggregate("contact", contact.id))
    assert [e.type for e in events].count("contact.citizen_left") == 1


async def test_a_page_that_is_gone_is_not_rung(house, clock) -> None:
    await ready(house, ANNA)
    clock.forward(SEAT_LOST_AFTER + timedelta(seconds=1))
    await sweep(house)
    assert (await seat(house, ANNA)).state is SeatState.AWAY
    contact = await call(house, "CA1")
    assert (await place(house, contact)).state is PlaceState.WAITING


async def test_a_page_that_dies_while_ringing_gives_the_caller_back(house, clock) -> None:
    await ready(house, ANNA)
    contact = await call(house, "CA1")
    clock.forward(SEAT_LOST_AFTER + timedelta(seconds=1))
    await sweep(house)
    assert (await place(house, contact)).state is PlaceState.WAITING
    assert (await seat(house, ANNA)).state is SeatState.MISSED


async def test_two_tabs_of_one_agent_accept_at_once(both) -> None:
    await ready(both, ANNA)
    await call(both, "CA1")
    rung = await ring(both, ANNA)
    tabs = await asyncio.gather(*(accept(both, ANNA, rung) for _ in range(3)))
    assert {tab.id for tab in tabs} == {rung.contact}
    assert {tab.state for tab in tabs} == {ContactState.HUMAN}
    async with both.units(SYSTEM, read_only=True) as uow:
        events = await uow.events(Aggregate("contact", rung.contact))
    assert [e.type for e in events].count("contact.answered") == 1


async def test_a_page_lost_while_talking_gives_the_caller_to_another(both, clock) -> None:
    await ready(both, ANNA)
    first = await call(both, "CA1")
    talking = await accept(both, ANNA, await ring(both, ANNA))
    clock.forward(timedelta(seconds=30))
    await call(both, "CA2")
    clock.forward(TALK_LOST_AFTER - timedelta(seconds=30))
    await sweep(both)
    assert await state(both, talking) is ContactState.HUMAN, "a page that is loaded again"
    clock.forward(timedelta(seconds=1))
    await sweep(both)
    await sweep(both)
    assert await state(both, talking) is ContactState.WAITING
    assert (await seat(both, ANNA)).state is SeatState.AWAY
    await ready(both, BATU)
    rung = await ring(both, BATU)
    assert rung.contact == first.id, "who came first is served first"
    again = await accept(both, BATU, rung)
    assert (again.state, again.agent) == (ContactState.HUMAN, BATU.id)
    async with both.units(SYSTEM, read_only=True) as uow:
        events = await uow.events(Aggregate("contact", first.id))
    assert [e.type for e in events].count("contact.requeued") == 1


async def test_a_page_lost_after_the_caller_has_left_loses_no_record(house, clock) -> None:
    await ready(house, ANNA)
    await call(house, "CA1")
    contact = await accept(house, ANNA, await ring(house, ANNA))
    await leave(house, contact)
    clock.forward(TALK_LOST_AFTER + timedelta(seconds=1))
    await sweep(house)
    assert await state(house, contact) is ContactState.WRAP
    assert (await seat(house, ANNA)).contact == contact.id


async def test_an_agent_who_talks_and_a_caller_who_left_do_not_hang_forever(house) -> None:
    """Closed is closed: nothing brings a finished contact back."""
    contact = await call(house, "CA1")
    await leave(house, contact)
    async with house.units(SYSTEM) as uow:
        again = await contacts.get_contact(uow, contact.id)
        assert await queue.want_person(uow, again, "asked") == again
    await ready(house, ANNA)
    assert await ring(house, ANNA) is None


async def test_everybody_on_a_break_keeps_every_place(house) -> None:
    await ready(house, ANNA)
    await ready(house, ANNA, on=False)
    waiting = [await call(house, f"CA{number}") for number in range(10)]
    await ready(house, ANNA)
    assert (await ring(house, ANNA)).contact == waiting[0].id


async def test_danger_goes_ahead_and_language_must_fit(house, clock) -> None:
    await call(house, "CA1", language="mn")
    clock.forward(timedelta(seconds=1))
    second = await call(house, "CA2")
    clock.forward(timedelta(seconds=1))
    third = await call(house, "CA3", danger="violence")
    await ready(house, ANNA)
    assert (await ring(house, ANNA)).contact == third.id
    await ready(house, BATU)
    assert (await ring(house, BATU)).contact == second.id


async def test_the_longest_idle_agent_is_rung(house, clock) -> None:
    await ready(house, BATU)
    clock.forward(timedelta(seconds=1))
    await ready(house, ANNA)
    await call(house, "CA1")
    assert await ring(house, BATU) is not None


async def test_four_doors_are_served_in_order_of_arrival(house, clock) -> None:
    doors = (Door.CHAT, Door.PHONE, Door.TV, Door.VIDEO)
    came = []
    for door in doors:
        came.append(await call(house, f"wire-{door}", door=door))
        clock.forward(timedelta(seconds=1))
    served = []
    await ready(house, ANNA)
    for _ in doors:
        contact = await accept(house, ANNA, await ring(house, ANNA))
        served.append((contact.id, contact.door))
        async with house.units(ANNA, "desk") as uow:
            done = await contacts.finish(uow, contact, summary="好", outcome="answered")
            await queue.finished(uow, done)
    assert served == [(contact.id, contact.door) for contact in came]


async def test_a_process_that_dies_between_ringing_and_answering_loses_nothing(
    house, sqlite_url, tmp_path, clock
) -> None:
    await ready(house, ANNA)
    contact = await call(house, "CA1")
    rung = await ring(house, ANNA)
    await house.close()
    reborn = await bootstrap.build_without_doors(
        settings_for(tmp_path / "data", sqlite_url), clock=clock
    )
    try:
        await sweep(reborn)
        assert await ring(reborn, ANNA) == rung
        taken = await accept(reborn, ANNA, rung)
        assert taken.id == contact.id
        async with reborn.units(SYSTEM, read_only=True) as uow:
            assert (await uow.verify_journal()).broken is None
    finally:
        await reborn.close()


async def test_a_waiting_citizen_is_told_who_is_ahead(house, clock) -> None:
    first = await call(house, "CA1")
    clock.forward(timedelta(seconds=1))
    second = await call(house, "CA2")
    async with house.units(SYSTEM, read_only=True) as uow:
        assert (await queue.view(uow, first.id)).ahead == 0
        view = await queue.view(uow, second.id)
    assert (view.ahead, view.seats, view.estimate) == (1, 0, None)


async def test_a_promise_gives_the_place_up_and_is_kept_as_a_call(house) -> None:
    contact = await call(house, "CA1")
    async with house.units(citizen(contact.id), "phone") as uow:
        promise = await queue.promise_instead(uow, contact, "+8613900000001")
    assert (await place(house, contact)).state is PlaceState.LEFT
    assert promise.window_to - promise.window_from == timedelta(hours=2)
    await leave(house, contact)
    assert await state(house, contact) is ContactState.CALLBACK
    await ready(house, ANNA)
    assert await ring(house, ANNA) is None
