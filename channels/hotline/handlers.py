"""A webhook turned into service calls, and their outcome into TwiML.

Each webhook is checked, looked up (a repeat gets the stored document), carried out and remembered
in one unit of work. What a caller says is heard in a unit of its own first, because no unit may be
open while the dialogue thinks; a delivery that died in between finds its words again by the key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import structlog
from aiohttp import web
from multidict import MultiMapping

from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door
from backend.contacts.ports import Contacts
from backend.dialogue import service as dialogue
from backend.dialogue.model import Heard, Thought
from backend.dialogue.ports import Answers, Dialogue
from backend.kernel.actor import Actor, citizen
from backend.kernel.errors import Denied, FatongError, Invalid, NotFound
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork
from backend.queue import service as queue
from backend.web.request import Request
from channels.hotline import flow, menu
from channels.hotline.intents import Gone, Intent, Place, Say, Step
from channels.hotline.line import LineServices, Rooms, ended, heard_up_to, normal_phone, reached
from channels.hotline.signature import (
    FORM_LIMIT,
    SIGNATURE_HEADER,
    idempotency_key,
    public_url,
    read_form,
    signed_by,
)
from channels.hotline.twiml import Capabilities, PublicAddresses, from_query, render
from channels.hotline.webhook import Incoming, read_incoming, read_result

log = structlog.get_logger()
CARRIER = Actor(kind="service", id="carrier")
CHANNEL = "phone"
OUT_OF_ORDER = "很抱歉，系统暂时不能服务，请稍后再拨。如遇人身危险请马上拨打110。"


@dataclass(frozen=True, slots=True)
class Hotline:
    """What the telephone door is made of; `token` is the carrier's secret."""

    token: str = field(repr=False)
    addresses: PublicAddresses
    region: str
    answers: Answers
    dialogue: Dialogue
    rooms: Rooms
    capabilities: Capabilities = field(default_factory=Capabilities)

    async def arrived(self, request: Request) -> web.Response:
        """A call comes in: open its contact and greet."""
        _, incoming, key = await self._checked(request)
        async with request.open_unit(CARRIER, CHANNEL) as uow:
            contact = await self._contact(uow, incoming)
            stored = await uow.reply_to(key)
            if stored is not None:
                return _document(stored.decode())
            intents = menu.greet(speech=self.capabilities.speech)
            return await self._remember(uow, contact, key, intents)

    async def called(self, request: Request) -> web.Response:
        """A call we have made is answered: the promise it keeps is kept."""
        _, incoming, key = await self._checked(request)
        async with request.open_unit(CARRIER, CHANNEL) as uow:
            contact = await contacts.get_contact(uow, request.path("contact"))
            stored = await uow.reply_to(key)
            if stored is not None:
                return _document(stored.decode())
            contact = await reached(uow, contact, incoming.call)
            place = Place(Step.TALK)
            services = LineServices(uow, contact, self.rooms)
            intents = await flow.carry_out(place, menu.LookAgain(), services)
            return await self._remember(uow, contact, key, (Say(menu.CALLING_BACK), *intents))

    async def continued(self, request: Request) -> web.Response:
        """A call goes on from a place, with what was heard there."""
        form, incoming, key = await self._checked(request)
        place = from_query(request.path("step"), request.raw.query_string)
        if place is None:
            raise NotFound("通话里没有这一步。", code="no_step")
        async with request.open_unit(CARRIER, CHANNEL) as uow:
            contact = await self._contact(uow, incoming)
            stored = await uow.reply_to(key)
        if stored is not None:
            return _document(stored.decode())
        move = menu.hear(place, read_result(form))
        heard, thought = await self._think(request.open_unit, contact, move, key)
        async with request.open_unit(citizen(contact.id), CHANNEL) as uow:
            contact = await contacts.get_contact(uow, contact.id)
            stored = await uow.reply_to(key)
            if stored is not None:
                return _document(stored.decode())
            services = LineServices(uow, contact, self.rooms, heard=heard, thought=thought)
            intents = await flow.carry_out(place, move, services)
            return await self._remember(uow, contact, key, intents)

    async def status(self, request: Request) -> web.Response:
        """The carrier tells how a call stands; only its end concerns us."""
        form, incoming, _ = await self._checked(request)
        result = read_result(form)
        if isinstance(result, Gone):
            async with request.open_unit(CARRIER, CHANNEL) as uow:
                contact = await uow.get(Contacts).by_wire(incoming.call)
                if contact is None and request.query("contact"):
                    # The end of a call of ours may come before its id is stored.
                    contact = await uow.get(Contacts).by_id(request.query("contact"))
                if contact is not None:
                    await ended(uow, contact, result.reason)
        return web.Response(status=204)

    async def fallback(self, request: Request) -> web.Response:
        """The carrier could not carry on: a person, or at least plain words."""
        form, incoming, key = await self._checked(request)
        log.warning("hotline.fallback", call=incoming.call, error=form.get("ErrorCode", "")[:8])
        try:
            async with request.open_unit(CARRIER, CHANNEL) as uow:
                contact = await self._contact(uow, incoming)
                stored = await uow.reply_to(key)
                if stored is not None:
                    return _document(stored.decode())
                if contact.state is ContactState.BOT:
                    contact = await queue.want_person(uow, contact, "fault")
                said = heard_up_to(await uow.get(Contacts).messages(contact.id))
                intents = (Say(menu.SORRY), *menu.to_person(Place(Step.WAITING, said=said)))
                return await self._remember(uow, contact, key, intents)
        except FatongError as error:
            log.error("hotline.fallback_failed", code=error.code)
            return _document(render(menu.farewell(OUT_OF_ORDER), self.addresses))

    async def _checked(self, request: Request) -> tuple[MultiMapping[str], Incoming, str]:
        raw = request.raw
        if (raw.content_length or 0) > FORM_LIMIT:
            raise Invalid("内容太大。", code="too_large")
        body = await raw.read()
        url = public_url(self.addresses.base, raw.raw_path)
        signature = raw.headers.get(SIGNATURE_HEADER)
        if not signed_by(self.token, url, body, signature, raw.headers.get("Content-Type", "")):
            raise Denied("签名不对。", code="bad_signature")
        form = read_form(body)
        incoming = read_incoming(form)
        if incoming is None:
            raise Invalid("没有通话编号。", where="CallSid")
        return form, incoming, idempotency_key(raw.headers, raw.raw_path, form)

    async def _contact(self, uow: UnitOfWork, incoming: Incoming) -> Contact:
        return await contacts.open_contact(
            uow,
            door=Door.PHONE,
            region=self.region,
            wire=incoming.call,
            phone=normal_phone(incoming.caller),
        )

    async def _think(
        self, open_unit: OpenUnit, contact: Contact, move: menu.Move, key: str
    ) -> tuple[Heard | None, Thought | None]:
        if not isinstance(move, menu.AskDialogue | menu.PassOn):
            return None, None
        async with open_unit(citizen(contact.id), CHANNEL) as uow:
            heard = await dialogue.hear(uow, contact.id, move.text, key=key)
        thought = await dialogue.think(
            open_unit, heard, answers=self.answers, dialogue=self.dialogue
        )
        return heard, thought

    async def _remember(
        self, uow: UnitOfWork, contact: Contact, key: str, intents: tuple[Intent, ...]
    ) -> web.Response:
        text = render(intents, self.addresses, self.capabilities)
        await uow.remember(key, text.encode(), person=contact.person)
        return _document(text)


def _document(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/xml", charset="utf-8")
