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
class Standing:
    """How the call stands with people.

    `lines` are what the agent has typed and the caller not heard, `said` the number of the last of
    them; `first` is true when the agent has just joined. `waiting`: in the queue, `ahead` before it
    (None: do not say), `nobody` when no agent is at work. `typed`: an agent serves it in writing.
    `sound`: an agent serves it by voice over `stream`. `held`: an agent has it on hold. `ended`:
    the agent has finished. `bot`: no person is involved.
    """

    state: Literal["bot", "waiting", "typed", "sound", "held", "ended"]
    ahead: int | None = None
    nobody: bool = False
    lines: tuple[str, ...] = ()
    said: int = 0
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
        """Promise a call back and leave the queue; the promise in words, "" when impossible."""
        ...

    async def standing(self, said: int) -> Standing:
        """How the call stands, with what the agent typed after words number `said`."""
        ...

    async def nobody_works(self) -> bool:
        """Whether the caller waits while no agent is at work."""
        ...

    async def pass_on(self, text: str) -> None:
        """Show the agent what the caller said."""
        ...

    async def gone(self, reason: str) -> None:
        """The caller is gone, wherever the call stood."""
        ...


async def respond(place: Place, result: Result, services: CallServices) -> tuple[Intent, ...]:
    """Carry a call on by one turn."""
    return await carry_out(place, menu.hear(place, result), services)


async def carry_out(place: Place, move: menu.Move, services: CallServices) -> tuple[Intent, ...]:
    """Do what the menu has decided."""
    match move:
        case menu.Tell(intents):
            return intents
        case menu.AskDialogue(text):
            return await _ask(place, text, services)
        case menu.WantPerson(reason):
            await services.want_person(reason)
            return await _to_person(place, "", services)
        case menu.FindCase(code):
            return await _find_case(place, code, services)
        case menu.ReadProgress(code, phone_code):
            return await _progress(place, code, phone_code, services)
        case menu.CallBack():
            promise = await services.call_back()
            return menu.farewell(promise) if promise else menu.cannot_call_back(place)
        case menu.PassOn(text):
            await services.pass_on(text)
            return _standing(place, await services.standing(place.said))
        case menu.LookAgain():
            return _standing(place, await services.standing(place.said))
        case menu.Ended(reason):
            await services.gone(reason)
            return ()


async def _ask(place: Place, text: str, services: CallServices) -> tuple[Intent, ...]:
    reply = await services.ask(text)
    if not reply.person:
        return menu.tell(place, reply.text)
    return await _to_person(place, reply.text, services)


async def _to_person(place: Place, before: str, services: CallServices) -> tuple[Intent, ...]:
    return menu.to_person(place, before, nobody=await services.nobody_works())


async def _find_case(place: Place, code: str, services: CallServices) -> tuple[Intent, ...]:
    found = await services.find_case(code)
    if found is None:
        return await carry_out(place, menu.wrong_code(place), services)
    return menu.ask_phone_code(place, code, found.sent_to)


async def _progress(
    place: Place, code: str, phone_code: str, services: CallServices
) -> tuple[Intent, ...]:
    progress = await services.progress(code, phone_code)
    if progress.outcome == "told":
        return menu.tell(place, progress.text)
    if progress.outcome == "locked":
        return await carry_out(place, menu.WantPerson("phone_code"), services)
    return await carry_out(place, menu.wrong_code(place), services)


def _standing(place: Place, standing: Standing) -> tuple[Intent, ...]:
    match standing.state:
        case "waiting":
            return menu.keep_waiting(place, standing.ahead, nobody=standing.nobody)
        case "typed":
            said = max(place.said, standing.said)
            return menu.relay(place, standing.lines, said, first=standing.first)
        case "sound":
            return menu.join(place, standing.stream, dict(standing.parameters))
        case "held":
            return menu.hold(place)
        case "ended":
            return menu.farewell()
        case "bot":
            return menu.tell(place, "")
