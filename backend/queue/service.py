"""Waiting, ringing, answering, leaving: each step pairs contact and seat in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.contacts import promises
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door, Promise, PromiseState
from backend.contacts.ports import Contacts
from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.unit_of_work import UnitOfWork
from backend.queue.model import (
    DANGER_HEAD_START,
    RING_TIME,
    SEAT_LOST_AFTER,
    TALK_LOST_AFTER,
    Place,
    PlaceState,
    QueueView,
    Seat,
    SeatState,
    pair,
)
from backend.queue.ports import Queue

_MOST_PAIRS_AT_ONCE = 32
_OPEN = (PromiseState.OPEN, PromiseState.DIALLING)


async def want_person(uow: UnitOfWork, contact: Contact, reason: str) -> Contact:
    """The citizen wants, or needs, a person: the contact takes its place and is offered at once.

    Words of danger bring a person also to whoever was only promised a call (the promise stands),
    and move ahead whoever waits already.
    """
    if contact.danger and contact.state is ContactState.WAITING:
        await _move_ahead(uow, contact)
        return contact
    promised = contact.danger and contact.state is ContactState.CALLBACK
    if contact.state is not ContactState.BOT and not promised:
        return contact
    changed = await contacts.step(
        uow,
        contact,
        "want_person",
        "contact.waiting",
        {"reason": reason},
        waiting_since=uow.now,
        handoff=reason,
    )
    score = uow.now - DANGER_HEAD_START if contact.danger else uow.now
    await uow.get(Queue).add_place(
        Place(
            contact=contact.id,
            region=contact.region,
            language=contact.language,
            door=contact.door,
            score=score,
            arrived_at=uow.now,
        )
    )
    await uow.announce("queue", "role:agent", contact.id)
    await uow.announce("queue", "role:supervisor", contact.id)
    await match(uow)
    return changed


async def match(uow: UnitOfWork) -> int:
    """Reserve free seats for waiting contacts, in order; returns how many pairs were made."""
    queue = uow.get(Queue)
    made = 0
    while made < _MOST_PAIRS_AT_ONCE:
        found = pair(await queue.waiting(), await queue.ready_seats())
        if found is None:
            return made
        place, seat = found
        reserved = replace(
            place,
            state=PlaceState.RESERVED,
            agent=seat.agent,
            reservation=new_id(),
            deadline=uow.now + RING_TIME,
        )
        taken = replace(seat, state=SeatState.RESERVED, contact=place.contact, since=uow.now)
        async with uow.savepoint() as point:
            both = await queue.change_seat(taken, was=SeatState.READY) and await queue.change_place(
                reserved, was=PlaceState.WAITING
            )
            if not both:
                await point.rollback()
                continue
        await uow.append(
            Aggregate("contact", place.contact),
            "contact.reserved",
            {"agent": seat.agent, "reservation": reserved.reservation},
            before=ContactState.WAITING,
            after=ContactState.WAITING,
        )
        await uow.announce("ring", f"staff:{seat.agent}", place.contact)
        made += 1
    return made


async def accept(uow: UnitOfWork, contact_id: str, reservation: str) -> Contact:
    """The agent answers. The same acceptance again is the same; a lost one says it is gone."""
    queue = uow.get(Queue)
    # The lock comes first: of two tabs of one agent the second sees what the first has done.
    contact = await contacts.get_contact(uow, contact_id)
    place = await queue.place(contact_id)
    if place is not None and place.reservation == reservation and place.agent == uow.actor.id:
        if place.state is PlaceState.JOINED and contact.state is ContactState.HUMAN:
            return contact
        in_time = place.deadline is not None and uow.now <= place.deadline
        joined = replace(place, state=PlaceState.JOINED)
        if in_time and await queue.change_place(
            joined, was=PlaceState.RESERVED, reservation=reservation
        ):
            seat = await _seat(uow, uow.actor.id)
            await queue.put_seat(replace(seat, state=SeatState.BUSY, since=uow.now))
            return await contacts.step(
                uow,
                contact,
                "answer",
                "contact.answered",
                {
                    "agent": uow.actor.id,
                    "door": contact.door,
                    "region": contact.region,
                    "waited_seconds": (uow.now - place.arrived_at).total_seconds(),
                },
                agent=uow.actor.id,
                answered_at=uow.now,
            )
    raise Conflict("这个来话已经被接走或者对方已经离开。", code="gone")


async def decline(uow: UnitOfWork, contact_id: str, reservation: str) -> None:
    """The agent cannot take it: the contact keeps its place, the seat goes on a break."""
    place = await uow.get(Queue).place(contact_id)
    if (
        place is None
        or place.state is not PlaceState.RESERVED
        or place.reservation != reservation
        or place.agent != uow.actor.id
    ):
        return
    await _give_back(uow, place, SeatState.AWAY, "declined")
    await match(uow)


async def left(uow: UnitOfWork, contact_id: str, reason: str) -> Contact:
    """The citizen has gone. That wins in every state, and frees whoever was rung."""
    queue = uow.get(Queue)
    contact = await contacts.get_contact(uow, contact_id)
    if contact.left_at is not None or contact.state is ContactState.CLOSED:
        return contact
    place = await queue.place(contact_id)
    if place is not None and place.state in (PlaceState.WAITING, PlaceState.RESERVED):
        await _leave_place(uow, place)
    changes = {"left_at": uow.now, "end_reason": reason}
    if contact.state is ContactState.HUMAN:
        changed = await contacts.step(
            uow, contact, "leave", "contact.citizen_left", {"reason": reason}, **changes
        )
        seat = await queue.seat(contact.agent)
        if seat is not None and seat.contact == contact_id:
            await queue.put_seat(replace(seat, state=SeatState.WRAP, since=uow.now))
    elif contact.state is ContactState.CALLBACK:
        await uow.get(Contacts).update(replace(contact, left_at=uow.now))
        changed = contact
    elif contact.state is ContactState.WRAP:
        changed = contact
    else:
        waited = (
            (uow.now - contact.waiting_since).total_seconds() if contact.waiting_since else None
        )
        changed = await contacts.step(
            uow,
            contact,
            "leave",
            "contact.left",
            {"reason": reason, "waited_seconds": waited},
            closed_at=uow.now,
            **changes,
        )
        await contacts.record_without_agent(uow, changed)
    promise = await uow.get(Contacts).promise_of_call(contact_id)
    if promise is not None:
        await promises.not_reached(uow, promise)
    await match(uow)
    return changed


async def promise_instead(uow: UnitOfWork, contact: Contact, phone: str) -> Promise:
    """The citizen would rather be called back: the place is given up, the promise stands.

    A promise of this contact that is open is the one that stands: nobody is called twice. The
    number is the case's from now on where it had none, so that the phone code can be sent there.
    """
    case = await uow.get(Cases).by_id(contact.case, lock=True)
    person = await uow.get(Cases).person(case.person) if case is not None else None
    if phone and case is not None and person is not None and not person.phone:
        await cases.give_phone(uow, case, phone)
    place = await uow.get(Queue).place(contact.id)
    if place is not None and place.state in (PlaceState.WAITING, PlaceState.RESERVED):
        await _leave_place(uow, place)
    for promise in await uow.get(Contacts).promises_of_case(contact.case):
        if promise.contact == contact.id and promise.state in _OPEN:
            if contact.state is not ContactState.CALLBACK:
                told = {"promise": promise.id}
                await contacts.step(uow, contact, "promise", "contact.promised_call", told)
            return promise
    return await promises.make_promise(uow, contact, phone=phone)


async def finished(uow: UnitOfWork, contact: Contact) -> None:
    """The record is written: the seat is free, or away if the agent asked for that."""
    queue = uow.get(Queue)
    seat = await queue.seat(contact.agent) if contact.agent else None
    if seat is not None and seat.contact == contact.id:
        await _free(uow, seat, seat.wants)
    await match(uow)


async def busy_with(uow: UnitOfWork, contact: Contact) -> None:
    """Put the agent's seat on a contact that did not come through the queue (a call back)."""
    queue = uow.get(Queue)
    seat = await _seat(uow, uow.actor.id)
    if seat.state not in (SeatState.READY, SeatState.AWAY, SeatState.MISSED):
        raise Conflict("请先结束手头的来话。", code="seat_busy")
    await queue.put_seat(replace(seat, state=SeatState.BUSY, contact=contact.id, since=uow.now))


async def set_presence(uow: UnitOfWork, ready: bool, *, languages: frozenset[str]) -> Seat:
    """The agent's one big switch. While ringing or talking the last choice holds for later."""
    queue = uow.get(Queue)
    wanted = SeatState.READY if ready else SeatState.AWAY
    seat = await queue.seat(uow.actor.id)
    if seat is None:
        seat = Seat(
            agent=uow.actor.id,
            region=uow.actor.region,
            languages=languages,
            state=wanted,
            since=uow.now,
            idle_since=uow.now,
            seen_at=uow.now,
            wants=wanted,
        )
    elif seat.state in (SeatState.RESERVED, SeatState.BUSY, SeatState.WRAP):
        seat = replace(seat, wants=wanted, seen_at=uow.now)
    else:
        idle_since = seat.idle_since if seat.state is SeatState.READY else uow.now
        seat = replace(
            seat,
            state=wanted,
            wants=wanted,
            since=uow.now,
            idle_since=idle_since,
            seen_at=uow.now,
            languages=languages,
        )
    await queue.put_seat(seat)
    await uow.append(Aggregate("seat", seat.agent), "seat.set", {"wants": wanted}, after=seat.state)
    await uow.announce("seat", f"staff:{seat.agent}", seat.agent)
    await uow.announce("queue", "role:supervisor", seat.agent)
    await match(uow)
    return await _seat(uow, uow.actor.id)


async def seen(uow: UnitOfWork) -> None:
    """The agent's page is alive."""
    seat = await uow.get(Queue).seat(uow.actor.id)
    if seat is not None:
        await uow.get(Queue).put_seat(replace(seat, seen_at=uow.now))


async def view(uow: UnitOfWork, contact_id: str) -> QueueView | None:
    """What a waiting citizen is told: how many are ahead, and about how long."""
    queue = uow.get(Queue)
    place = await queue.place(contact_id)
    if place is None or place.state not in (PlaceState.WAITING, PlaceState.RESERVED):
        return None
    working = [seat for seat in await queue.seats() if seat.state is not SeatState.AWAY]
    ahead = await queue.ahead_of(place)
    estimate = timedelta(minutes=4) * (ahead + 1) / len(working) if working else None
    return QueueView(ahead=ahead, seats=len(working), estimate=estimate)


async def sweep(uow: UnitOfWork) -> int:
    """Give back what nobody answered in time, free seats whose page is gone, and match."""
    queue = uow.get(Queue)
    swept = 0
    for place in await queue.overdue(uow.now):
        await _give_back(uow, place, SeatState.MISSED, "not_answered")
        swept += 1
    for seat in await queue.seats():
        lost = uow.now - seat.seen_at > SEAT_LOST_AFTER
        if lost and seat.state is SeatState.READY:
            gone = replace(seat, state=SeatState.AWAY, since=uow.now)
            if await queue.change_seat(gone, was=SeatState.READY):
                await uow.append(Aggregate("seat", seat.agent), "seat.lost", after=SeatState.AWAY)
                swept += 1
        if seat.state is SeatState.BUSY and uow.now - seat.seen_at > TALK_LOST_AFTER:
            swept += await _take_from(uow, seat)
    return swept + await match(uow)


async def own_ring(uow: UnitOfWork, agent: Actor) -> Place | None:
    """What rings at an agent's seat now."""
    seat = await uow.get(Queue).seat(agent.id)
    if seat is None or seat.state is not SeatState.RESERVED:
        return None
    place = await uow.get(Queue).place(seat.contact)
    return place if place is not None and place.state is PlaceState.RESERVED else None


async def _seat(uow: UnitOfWork, agent: str) -> Seat:
    seat = await uow.get(Queue).seat(agent)
    if seat is None:
        raise Invalid("请先打开接听开关。", code="no_seat")
    return seat


async def _give_back(uow: UnitOfWork, place: Place, seat_state: SeatState, reason: str) -> None:
    queue = uow.get(Queue)
    waiting = replace(
        place,
        state=PlaceState.WAITING,
        agent="",
        reservation="",
        deadline=None,
        tried=(*place.tried, place.agent),
    )
    if not await queue.change_place(
        waiting, was=PlaceState.RESERVED, reservation=place.reservation
    ):
        return
    await uow.append(
        Aggregate("contact", place.contact),
        "contact.given_back",
        {"agent": place.agent, "reason": reason},
        before=ContactState.WAITING,
        after=ContactState.WAITING,
    )
    seat = await queue.seat(place.agent)
    if seat is not None and seat.contact == place.contact:
        await queue.put_seat(
            replace(seat, state=seat_state, contact="", since=uow.now, wants=seat_state)
        )
    await uow.announce("ring", f"staff:{place.agent}", place.contact)
    await uow.announce("queue", "role:agent", place.contact)


async def _take_from(uow: UnitOfWork, seat: Seat) -> bool:
    """The agent's page is gone within a talk: whoever is on the line waits for another agent.

    The place is the one of the first arrival, so that nobody who came later is served before.
    """
    queue = uow.get(Queue)
    contact = await contacts.get_contact(uow, seat.contact)
    away = replace(seat, state=SeatState.AWAY, wants=SeatState.AWAY, contact="", since=uow.now)
    if not await queue.change_seat(away, was=SeatState.BUSY):
        return False
    await uow.append(Aggregate("seat", seat.agent), "seat.lost", after=SeatState.AWAY)
    if contact.state is not ContactState.HUMAN or contact.agent != seat.agent:
        return True
    contact = await contacts.step(
        uow,
        contact,
        "requeue",
        "contact.requeued",
        {"reason": "agent_lost", "agent": seat.agent},
        agent="",
        handoff="agent_lost",
    )
    known = await queue.place(contact.id)
    arrived = known.arrived_at if known is not None else uow.now
    score = known.score if known is not None else uow.now
    await queue.add_place(
        Place(
            contact=contact.id,
            region=contact.region,
            language=contact.language,
            door=contact.door,
            score=score,
            arrived_at=arrived,
        )
    )
    if contact.door is Door.PHONE:
        # The line looks again at once, instead of when the caller has been silent for a while.
        await uow.post("refresh", {"wire": contact.wire})
    await uow.announce("queue", "role:agent", contact.id)
    await uow.announce("alarm", "role:supervisor", contact.id)
    return True


async def _move_ahead(uow: UnitOfWork, contact: Contact) -> None:
    """Danger was heard while waiting: the head start counts from the arrival, and counts once."""
    place = await uow.get(Queue).place(contact.id)
    if place is None or place.state not in (PlaceState.WAITING, PlaceState.RESERVED):
        return
    score = place.arrived_at - DANGER_HEAD_START
    if score >= place.score:
        return
    moved = replace(place, score=score)
    if not await uow.get(Queue).change_place(moved, was=place.state, reservation=place.reservation):
        return
    await uow.append(
        Aggregate("contact", contact.id),
        "contact.moved_ahead",
        {"reason": "danger"},
        before=contact.state,
        after=contact.state,
    )
    await uow.announce("queue", "role:agent", contact.id)
    await uow.announce("queue", "role:supervisor", contact.id)
    await match(uow)


async def _leave_place(uow: UnitOfWork, place: Place) -> None:
    queue = uow.get(Queue)
    gone = replace(place, state=PlaceState.LEFT, deadline=None)
    if not await queue.change_place(gone, was=place.state, reservation=place.reservation):
        return
    if place.agent:
        seat = await queue.seat(place.agent)
        if seat is not None and seat.contact == place.contact:
            # The caller hung up: the agent keeps its turn, with the idle time it had.
            wants = seat.wants if seat.wants is SeatState.AWAY else SeatState.READY
            await queue.put_seat(replace(seat, state=wants, contact="", since=uow.now))
        await uow.announce("ring", f"staff:{place.agent}", place.contact)
    await uow.announce("queue", "role:agent", place.contact)
    await uow.announce("queue", "role:supervisor", place.contact)


async def _free(uow: UnitOfWork, seat: Seat, wants: SeatState) -> None:
    state = SeatState.AWAY if wants is SeatState.AWAY else SeatState.READY
    await uow.get(Queue).put_seat(
        replace(seat, state=state, contact="", since=uow.now, idle_since=uow.now)
    )
    await uow.announce("seat", f"staff:{seat.agent}", seat.agent)
    await uow.announce("queue", "role:supervisor", seat.agent)
