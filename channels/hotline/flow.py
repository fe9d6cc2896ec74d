"""One turn of a call: a result comes in, services are asked, intents go out.

Whoever calls `respond` has opened the unit of work and found the contact; `CallServices` is what
the flow needs from the rooms behind the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from channels.hotline import menu
from channels.hotline.intents import Intent, Place, Result


@dataclass(frozen=True, slots=True)
class Reply:
    """What the dialogue says to a question; `person` is true when a person must come."""

    text: str
    person: bool = False


@dataclass(frozen=True, slots=True)
class CaseFound:
    """A case code that exists; `sent_to` is the masked number the phone code went to."""

    sent_to: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """A case's progress in words, or why it is not told: wrong code, or too many tries."""

    outcome: Literal["told", "wrong", "locked"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line an agent typed for the caller, numbered from 1 in its contact."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How the call stands with people.

    `waiting`: in the queue, `ahead` before it (None: do not say). `typed`: an agent serves it in
    writing. `sound`: an agent serves it by voice over `stream`. `held`: an agent has it on hold.
    `ended`: the agent has finished.
    `bot`: no person is involved.
    """

    state: Literal["bot", "waiting", "typed", "sound", "held", "ended"]
    ahead: int | None = None
    lines: tuple[Line, ...] = ()
    first: bool = False
    stream: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


class CallServices(Protocol):
    """The rooms behind the door, for one call in one unit of work."""

    async def ask(self, text: str) -> Reply:
        """Answer what the caller said."""
        ...

    async def want_person(self, reason: str) -> None:
        """Put the caller into the queue for a person; again is no change."""
        ...

    async def find_case(self, code: str) -> CaseFound | None:
        """Look a case code up and send its phone code; None when there is no such case."""
        ...

    async def progress(self, code: str, phone_code: str) -> Progress:
        """Tell a case's progress to whoever holds both codes."""
        ...

    async def call_back(self) -> str:
        """Promise a call back and leave the queue; returns the promise in words."""
        ...

    async def standing(self, said: int) -> Standing:
        """How the call stands; `said` is the agent's last line this webhook says was heard.

        An interruption carries no such number, so the highest ever seen counts; what was sent but
        never acknowledged is sent again and so never lost.
        """
        ...

    async def pass_on(self, text: str) -> None:
        """Show the agent what the caller said."""
        ...

    async def gone(self, reason: str) -> None:
        """The caller is gone, wherever the call stood."""
        ...


async def respond(place: Place, result: Result, services: CallServices) -> tuple[Intent, ...]:
    """Carry a call on by one turn."""
    return await _do(place, menu.hear(place, result), services)


async def _do(place: Place, move: menu.Move, services: CallServices) -> tuple[Intent, ...]:
    match move:
        case menu.Tell(intents):
            return intents
        case menu.AskDialogue(text):
            reply = await services.ask(text)
            if reply.person:
                return menu.to_person(place, reply.text)
            return menu.tell(place, reply.text)
        case menu.WantPerson(reason):
            await services.want_person(reason)
            return menu.to_person(place)
        case menu.FindCase(code):
            found = await services.find_case(code)
            if found is None:
                return await _do(place, menu.wrong_code(place), services)
            return menu.ask_phone_code(place, code, found.sent_to)
        case menu.ReadProgress(code, phone_code):
            return await _progress(place, code, phone_code, services)
        case menu.CallBack():
            return menu.farewell(await services.call_back())
        case menu.PassOn(text):
            await services.pass_on(text)
            return _standing(place, await services.standing(place.said))
        case menu.LookAgain():
            return _standing(place, await services.standing(place.said))
        case menu.Ended(reason):
            await services.gone(reason)
            return ()


async def _progress(
    place: Place, code: str, phone_code: str, services: CallServices
) -> tuple[Intent, ...]:
    progress = await services.progress(code, phone_code)
    if progress.outcome == "told":
        return menu.tell(place, progress.text)
    if progress.outcome == "locked":
        return await _do(place, menu.WantPerson("phone_code"), services)
    return await _do(place, menu.wrong_code(place), services)


def _standing(place: Place, standing: Standing) -> tuple[Intent, ...]:
    match standing.state:
        case "waiting":
            return menu.keep_waiting(place, standing.ahead)
        case "typed":
            said = max([place.said, *(line.number for line in standing.lines)])
            lines = tuple(line.text for line in standing.lines)
            return menu.relay(place, lines, said, first=standing.first)
        case "sound":
            return menu.join(place, standing.stream, dict(standing.parameters))
        case "held":
            return menu.hold(place)
        case "ended":
            return menu.farewell()
        case "bot":
            return menu.tell(place, "")
