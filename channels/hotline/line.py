"""The rooms behind the telephone, for one call in one unit of work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import phonenumbers

from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.contacts import promises
from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Message, Speaker
from backend.contacts.ports import Contacts
from backend.dialogue import service as dialogue
from backend.dialogue.model import Heard, Reply, Thought
from backend.kernel.clock import CHINA
from backend.kernel.errors import Invalid, TooMany
from backend.kernel.unit_of_work import UnitOfWork
from backend.queue import service as queue
from backend.queue.ports import Queue
from channels.hotline import menu
from channels.hotline.flow import CaseFound, Progress, Standing
from channels.hotline.flow import Reply as Spoken
from channels.hotline.hearing import spoken_seconds

TellProgress = Callable[[UnitOfWork, Case], Awaitable[str]]
Speak = Callable[[Reply], str]
_MOST_AHEAD = 20  # a longer queue is not told as a number: it only frightens


@dataclass(frozen=True, slots=True)
class Sound:
    """A media stream that an agent has opened for a call."""

    stream: str
    parameters: Mapping[str, str]


FindSound = Callable[[UnitOfWork, Contact], Awaitable[Sound | None]]


async def no_sound(uow: UnitOfWork, contact: Contact) -> Sound | None:
    """The twin that needs nothing: agents serve in writing."""
    return None


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the line is given besides the services it imports.

    `progress` tells how a case stands, in words to be spoken. `speak` renders a reply of the
    dialogue for the telephone. `sound` finds the media stream of a call, if an agent opened one.
    """

    progress: TellProgress
    speak: Speak
    sound: FindSound = no_sound


def normal_phone(text: str) -> str:
    """A number in E.164, read as a Chinese one where it has no country; "" when it is none."""
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def dialled(uow: UnitOfWork, contact: Contact, wire: str) -> Contact:
    """The carrier is calling the citizen for the agent who keeps a promise; again is no change."""
    if contact.state is not ContactState.BOT:
        return contact
    seats = await uow.get(Queue).seats()
    agent = next((seat.agent for seat in seats if seat.contact == contact.id), "")
    return await contacts.step(uow, contact, "promise", "contact.dialled", wire=wire, agent=agent)


async def reached(uow: UnitOfWork, contact: Contact, wire: str) -> Contact:
    """The citizen has answered a call of ours: the promise it keeps is kept."""
    promise = await uow.get(Contacts).promise_of_call(contact.id)
    if promise is not None:
        await promises.keep(uow, promise)
    contact = await dialled(uow, contact, wire)
    if contact.state is not ContactState.CALLBACK:
        return contact
    return await contacts.step(
        uow, contact, "answer", "contact.reached", wire=wire, answered_at=uow.now
    )


def heard_up_to(words: list[Message]) -> int:
    """The number of the agent's last words that a document has carried, 0 for none."""
    return max(
        (word.sequence for word in words if word.speaker is Speaker.AGENT and word.carried_at),
        default=0,
    )


async def ended(uow: UnitOfWork, contact: Contact, reason: str) -> None:
    """A call is over; one of ours that nobody answered frees the agent as well."""
    contact = await queue.left(uow, contact.id, reason)
    unanswered = contact.state is ContactState.CALLBACK
    if unanswered and await uow.get(Contacts).promise_of_call(contact.id) is not None:
        closed = await contacts.step(
            uow,
            contact,
            "leave",
            "contact.not_reached",
            {"reason": reason},
            left_at=uow.now,
            closed_at=uow.now,
            end_reason=reason,
        )
        await contacts.record_without_agent(uow, closed)
        await queue.finished(uow, closed)


class LineServices:
    """`flow.CallServices` over the backend's rooms.

    `heard` and `thought` are what was found about the caller's words before this unit was opened.
    """

    def __init__(
        self,
        uow: UnitOfWork,
        contact: Contact,
        rooms: Rooms,
        *,
        heard: Heard | None = None,
        thought: Thought | None = None,
    ) -> None:
        self._uow = uow
        self._contact = contact
        self._rooms = rooms
        self._heard = heard
        self._thought = thought

    async def ask(self, text: str) -> Spoken:
        """Record and return the answer."""
        reply = await self._respond()
        if reply.unclear:
            return Spoken(menu.AGAIN)
        return Spoken(self._rooms.speak(reply), person=reply.contact.state is not ContactState.BOT)

    async def want_person(self, reason: str) -> None:
        """Put the caller into the queue."""
        why = "asked" if reason == "key" else reason
        self._contact = await dialogue.ask_for_person(self._uow, self._contact.id, why)

    async def find_case(self, code: str) -> CaseFound | None:
        """Look a case code up and send its phone code."""
        case = await cases.find_by_code(self._uow, code)
        if case is None:
            return None
        sent = await cases.send_phone_code(self._uow, case)
        person = await self._uow.get(Cases).person(case.person)
        if not sent or person is None:
            return CaseFound()
        return CaseFound(f"尾号{person.phone[-4:]}的手机")

    async def progress(self, code: str, phone_code: str) -> Progress:
        """Tell a case's progress to whoever holds both codes, and go on with that case."""
        case = await cases.find_by_code(self._uow, code)
        if case is None:
            return Progress("wrong")
        try:
            right = await cases.check_phone_code(self._uow, case, phone_code)
        except TooMany:
            return Progress("locked")
        if not right:
            return Progress("wrong")
        self._contact = await contacts.join_case(self._uow, self._contact, case)
        return Progress("told", await self._rooms.progress(self._uow, case))

    async def call_back(self) -> str:
        """Promise a call back to the number of the person on the line."""
        person = await self._uow.get(Cases).person(self._contact.person)
        if self._contact.state is not ContactState.WAITING or person is None:
            return ""
        try:
            promise = await queue.promise_instead(self._uow, self._contact, person.phone)
        except Invalid:
            return ""
        return f"我们会在{_clock(promise.window_to, self._uow.now)}之前给您回电，请保持电话畅通。"

    async def standing(self, said: int) -> Standing:
        """How the call stands, with what the agent typed after words number `said`."""
        contact = await contacts.get_contact(self._uow, self._contact.id)
        match contact.state:
            case ContactState.BOT:
                return Standing("bot")
            case ContactState.WAITING:
                view = await queue.view(self._uow, contact.id)
                ahead = view.ahead if view and view.ahead <= _MOST_AHEAD else None
                return Standing("waiting", ahead=ahead, nobody=view is not None and not view.seats)
            case ContactState.HUMAN:
                return await self._served(contact, said)
            case _:
                return Standing("ended")

    async def nobody_works(self) -> bool:
        """Whether the caller waits while no agent is at work."""
        view = await queue.view(self._uow, self._contact.id)
        return view is not None and not view.seats

    async def pass_on(self, text: str) -> None:
        """Show the agent what the caller said or pressed."""
        if self._heard is not None:
            await self._respond()
        else:
            await contacts.say(self._uow, self._contact, Speaker.CITIZEN, text)

    async def gone(self, reason: str) -> None:
        """The caller is gone."""
        await ended(self._uow, self._contact, reason)

    async def _respond(self) -> Reply:
        if self._heard is None or self._thought is None:
            raise RuntimeError("the words were not heard before")
        return await dialogue.respond(self._uow, self._heard, self._thought)

    async def _served(self, contact: Contact, said: int) -> Standing:
        sound = await self._rooms.sound(self._uow, contact)
        if sound is not None:
            return Standing("sound", stream=sound.stream, parameters=sound.parameters)
        # Marked as carried or not: words after `said` were in no document that was heard.
        known = await self._uow.get(Contacts).messages(contact.id, after=said)
        words = [word for word in known if word.speaker is Speaker.AGENT]
        await contacts.take_words(self._uow, contact)
        return Standing(
            "typed",
            lines=tuple(word.text for word in words),
            said=words[-1].sequence if words else said,
            first=await self._first_turn(contact),
        )

    async def _first_turn(self, contact: Contact) -> bool:
        # An agent who takes over later is announced again.
        key = f"{contact.id}:{contact.agent}:connected"
        known = await self._uow.get(Contacts).messages(contact.id)
        told = next((message for message in known if message.key == key), None)
        if told is not None:
            # The document that carried it may have been interrupted before it was heard.
            return self._uow.now < told.at + timedelta(seconds=spoken_seconds(menu.CONNECTED))
        await contacts.say(self._uow, contact, Speaker.SYSTEM, menu.CONNECTED, key=key)
        return True


def _clock(moment: datetime, now: datetime) -> str:
    local, today = moment.astimezone(CHINA), now.astimezone(CHINA).date()
    day = "今天" if local.date() == today else f"{local.month}月{local.day}日"
    minute = f"{local.minute}分" if local.minute else ""
    return f"{day}{local.hour}点{minute}"
