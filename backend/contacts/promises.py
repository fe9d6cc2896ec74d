"""Promises to call back: made at any door, kept as outbound calls, shown while open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from backend.cases.ports import Cases
from backend.contacts.model import (
    PROMISE_TRIES,
    PROMISE_WINDOW,
    Contact,
    ContactState,
    Promise,
    PromiseState,
)
from backend.contacts.ports import Contacts
from backend.contacts.service import finish, get_contact, step
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork

_PAUSE_BETWEEN_TRIES = timedelta(minutes=15)


def aggregate(promise: str) -> Aggregate:
    """The journal's name of a promise."""
    return Aggregate("promise", promise)


async def make_promise(
    uow: UnitOfWork,
    contact: Contact,
    *,
    phone: str,
    window_from: datetime | None = None,
) -> Promise:
    """Promise a call within two hours of `window_from` (now, where none is given)."""
    if not phone:
        raise Invalid("请留一个能接通的电话号码。", where="phone")
    opens = max(window_from or uow.now, uow.now)
    case = await uow.get(Cases).by_id(contact.case)
    if case is None:
        raise Conflict("案件不在了。", code="no_case")
    promise = Promise(
        id=new_id(),
        case=contact.case,
        contact=contact.id,
        person=contact.person,
        phone=phone,
        region=contact.region,
        made_at=uow.now,
        window_from=opens,
        window_to=opens + PROMISE_WINDOW,
        next_try_at=opens,
    )
    await uow.get(Contacts).add_promise(promise)
    await uow.append(
        aggregate(promise.id),
        "promise.made",
        {
            "case": contact.case,
            "contact": contact.id,
            "door": contact.door,
            "region": contact.region,
            "phone": Personal(contact.person, phone),
            "window_from": promise.window_from,
            "window_to": promise.window_to,
        },
        after=PromiseState.OPEN,
        visibility="public",
    )
    await step(uow, contact, "promise", "contact.promised_call", {"promise": promise.id})
    await uow.announce("promise", "role:agent", promise.id)
    await uow.announce("promise", "role:supervisor", promise.id)
    return promise


async def start_call(uow: UnitOfWork, promise: Promise, call_contact: str) -> Promise:
    """An agent has begun to call: one try is used up."""
    if promise.state is not PromiseState.OPEN:
        raise Conflict("这个回电正在拨打或已经完成。", code="promise_state")
    return await _change(
        uow,
        promise,
        "promise.dialled",
        state=PromiseState.DIALLING,
        tries=promise.tries + 1,
        call_contact=call_contact,
    )


async def keep(uow: UnitOfWork, promise: Promise) -> Promise:
    """The citizen has answered: the promise is kept."""
    if promise.state is PromiseState.KEPT:
        return promise
    kept = await _change(uow, promise, "promise.kept", state=PromiseState.KEPT, kept_at=uow.now)
    asked = await get_contact(uow, promise.contact)
    if asked.state is ContactState.CALLBACK:
        await finish(uow, asked, summary="已按约定回电。", outcome="callback")
    return kept


async def not_reached(uow: UnitOfWork, promise: Promise) -> Promise:
    """Nobody answered: try again later, and give up only after three tries."""
    if promise.state is not PromiseState.DIALLING:
        return promise
    if promise.tries >= PROMISE_TRIES:
        return await _change(uow, promise, "promise.missed", state=PromiseState.MISSED)
    return await _change(
        uow,
        promise,
        "promise.not_reached",
        state=PromiseState.OPEN,
        next_try_at=uow.now + _PAUSE_BETWEEN_TRIES,
    )


async def sweep_missed(uow: UnitOfWork) -> int:
    """Mark promises whose window has passed without a call as missed; they still ask to be kept."""
    swept = 0
    for promise in await uow.get(Contacts).open_promises(due_before=uow.now - PROMISE_WINDOW):
        if promise.state is PromiseState.OPEN and promise.window_to < uow.now:
            await _change(uow, promise, "promise.missed", state=PromiseState.MISSED)
            await uow.announce("alarm", "role:supervisor", promise.id)
            swept += 1
    return swept


async def _change(uow: UnitOfWork, promise: Promise, event: str, **changes: object) -> Promise:
    changed: Promise = replace(promise, **changes)  # type: ignore[arg-type]
    await uow.get(Contacts).update_promise(changed)
    await uow.append(
        aggregate(promise.id),
        event,
        {
            "case": promise.case,
            "region": promise.region,
            "window_to": promise.window_to,
            "call": changed.call_contact,
        },
        before=promise.state,
        after=changed.state,
        visibility="public",
    )
    await uow.announce("promise", "role:agent", promise.id)
    await uow.announce("promise", "role:supervisor", promise.id)
    return changed
