"""The desk's routes: one page, and the JSON by which it lives."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from pydantic import BaseModel

from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.contacts import promises
from backend.contacts import service as contacts
from backend.contacts.model import OUTCOMES, Contact, ContactState, Door, Speaker
from backend.contacts.ports import Contacts
from backend.directory import service as directory
from backend.directory.ports import Directory
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.unit_of_work import UnitOfWork
from backend.queue import service as queue
from backend.queue.ports import Queue
from backend.resolution import service as resolution
from backend.web.request import Request
from backend.web.routing import Handler, Route
from backend.workplaces.agent import presenter
from backend.workplaces.agent.forms import (
    Facts,
    Finish,
    Notes,
    Opponent,
    PersonName,
    Presence,
    Referral,
    Ring,
    Saying,
)

_LANGUAGES = frozenset({"zh"})


async def show_desk(request: Request) -> web.StreamResponse:
    """The page; everything on it is fetched."""
    return request.page("agent/desk.html", outcomes=OUTCOMES)


async def show_state(request: Request) -> web.StreamResponse:
    """Seat, ring, queue, promises, own contacts."""
    uow = request.uow
    seat = await uow.get(Queue).seat(request.actor.id)
    ring = await queue.own_ring(uow, request.actor)
    return request.json(await presenter.board(uow, ring, seat))


async def set_presence(request: Request) -> web.StreamResponse:
    """Ready, or on a break."""
    seat = await queue.set_presence(request.uow, request.body(Presence).ready, languages=_LANGUAGES)
    return request.json({"state": seat.state, "wants": seat.wants})


async def say_seen(request: Request) -> web.StreamResponse:
    """The page is alive."""
    await queue.seen(request.uow)
    return request.json({})


async def accept(request: Request) -> web.StreamResponse:
    """Answer what rings."""
    form = request.body(Ring)
    contact = await queue.accept(request.uow, form.contact, form.reservation)
    await _refresh(request.uow, contact)
    return request.json({"contact": contact.id})


async def decline(request: Request) -> web.StreamResponse:
    """Give it back."""
    form = request.body(Ring)
    await queue.decline(request.uow, form.contact, form.reservation)
    return request.json({})


async def show_contact(request: Request) -> web.StreamResponse:
    """One contact, whole."""
    contact = await contacts.read_contact(request.uow, request.path("id"))
    return request.json(await presenter.whole(request.uow, contact))


async def say(request: Request) -> web.StreamResponse:
    """Say something to the citizen; the channel is told to fetch it at once."""
    form = request.body(Saying)
    contact = await _served(request)
    if contact.state is not ContactState.HUMAN:
        raise Conflict("对方已经离开，这句话送不到了。", code="citizen_left")
    message = await contacts.say(request.uow, contact, Speaker.AGENT, form.text, key=form.key)
    await _refresh(request.uow, contact)
    return request.json({"sequence": message.sequence})


async def save_notes(request: Request) -> web.StreamResponse:
    """Keep the notes as they are typed."""
    await contacts.save_notes(request.uow, await _served(request), request.body(Notes).notes)
    return request.json({"saved_at": request.uow.now})


async def record_facts(request: Request) -> web.StreamResponse:
    """Record facts on the case."""
    case = await _case(request)
    values = request.body(Facts).values
    for code in values:
        await cases.put_question(request.uow, case, code)
    sheet = await cases.record_facts(request.uow, case, values)
    return request.json({"facts": presenter.fact_rows(request.uow, sheet)})


async def name_person(request: Request) -> web.StreamResponse:
    """Write down how the citizen is called."""
    contact = await _served(request)
    store = request.uow.get(Cases)
    person = await store.person(contact.person)
    if person is None or person.erased:
        raise NotFound("没有这个人。")
    await store.update_person(replace(person, name=request.body(PersonName).name.strip()))
    return request.json({})


async def reveal_phone(request: Request) -> web.StreamResponse:
    """Show the whole number; that it was looked at is an event."""
    contact = await _served(request)
    person = await request.uow.get(Cases).person(contact.person)
    await request.uow.append(
        contacts.aggregate(contact.id),
        "contact.phone_revealed",
        before=contact.state,
        after=contact.state,
    )
    return request.json({"phone": person.phone if person else ""})


async def set_opponent(request: Request) -> web.StreamResponse:
    """Say which body of the directory the dispute is about."""
    code = request.body(Opponent).organisation
    case = await _case(request)
    if code and await request.uow.get(Directory).get(code) is None:
        raise Invalid("目录里没有这个机构。", where="organisation")
    await cases.change_case(
        request.uow,
        case,
        "case.opponent_set",
        {"organisation": code, "matter": case.matter},
        opponent_organisation=code,
    )
    return request.json({})


async def find_organisations(request: Request) -> web.StreamResponse:
    """Bodies by name, or those competent for a channel in the case's region."""
    channel = request.query("channel")
    if channel:
        found = await directory.bodies_for(
            request.uow,
            region=request.query("region"),
            channel=channel,
            matter=request.query("matter"),
        )
    else:
        found = await request.uow.get(Directory).search(request.query("q"))
    return request.json(
        [{"code": o.code, "name": o.name, "hours": o.hours, "phone": o.phone} for o in found]
    )


async def refer(request: Request) -> web.StreamResponse:
    """Hand the case to a body."""
    form = request.body(Referral)
    referral = await resolution.refer(
        request.uow,
        await _case(request),
        organisation=form.organisation,
        channel=form.channel,
        note=form.note,
    )
    return request.json({"referral": referral.id, "due_at": referral.due_at})


async def finish(request: Request) -> web.StreamResponse:
    """Write the contact record; the line is closed and the seat is free."""
    form = request.body(Finish)
    contact = await _served(request)
    closed = await contacts.finish(
        request.uow,
        contact,
        summary=form.summary,
        outcome=form.outcome,
        matter=form.matter,
        satisfied=form.satisfied,
    )
    await queue.finished(request.uow, closed)
    await _refresh(request.uow, closed)
    return request.json({})


async def call_back(request: Request) -> web.StreamResponse:
    """Keep a promise: open an outbound contact and let the carrier dial."""
    uow = request.uow
    promise = await uow.get(Contacts).promise(request.path("id"))
    if promise is None:
        raise NotFound("没有这个回电约定。")
    case = await uow.get(Cases).by_id(promise.case)
    contact = await contacts.open_contact(
        uow,
        door=Door.PHONE,
        region=promise.region,
        case=case,
        wire=f"promise:{promise.id}:{promise.tries}",
    )
    await queue.busy_with(uow, contact)
    await promises.start_call(uow, promise, contact.id)
    await uow.post("dial", {"contact": contact.id, "promise": promise.id})
    return request.json({"contact": contact.id})


async def _served(request: Request) -> Contact:
    return await contacts.read_contact(request.uow, request.path("id"), "contact.serve")


async def _case(request: Request) -> Case:
    contact = await _served(request)
    return await cases.get_case(request.uow, contact.case, "case.write")


async def _refresh(uow: UnitOfWork, contact: Contact) -> None:
    """After the commit, make the telephone ask at once what comes next."""
    if contact.door is Door.PHONE and contact.wire:
        await uow.post("refresh", {"wire": contact.wire})


def routes() -> list[Route]:
    """The desk."""

    def read(path: str, handler: Handler, summary: str) -> Route:
        return Route("GET", path, handler, summary, requires="desk.use", channel="desk")

    def write(
        path: str, handler: Handler, summary: str, body: type[BaseModel] | None = None
    ) -> Route:
        return Route(
            "POST",
            path,
            handler,
            summary,
            requires="desk.use",
            work="write",
            body=body,
            channel="desk",
        )

    one = "/desk/contacts/{id}"
    return [
        read("/desk", show_desk, "坐席工作台"),
        read("/desk/state", show_state, "坐席与队列"),
        write("/desk/presence", set_presence, "接听开关", Presence),
        write("/desk/seen", say_seen, "页面在线"),
        write("/desk/accept", accept, "接听", Ring),
        write("/desk/decline", decline, "退回队列", Ring),
        read("/desk/organisations", find_organisations, "查机构"),
        write("/desk/promises/{id}/call", call_back, "回电"),
        read(one, show_contact, "一次接触"),
        write(f"{one}/say", say, "对群众说", Saying),
        write(f"{one}/notes", save_notes, "保存记录", Notes),
        write(f"{one}/facts", record_facts, "登记要素", Facts),
        write(f"{one}/person", name_person, "登记称呼", PersonName),
        write(f"{one}/phone", reveal_phone, "查看号码"),
        write(f"{one}/opponent", set_opponent, "登记对方机构", Opponent),
        write(f"{one}/refer", refer, "转介", Referral),
        write(f"{one}/finish", finish, "结束并写工单", Finish),
    ]
