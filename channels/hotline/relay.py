"""Letters to the telephone: `refresh` a live call, `dial` one that was promised.

The agent's page knows no telephone: it posts a letter with its change, and here the letter becomes
a request to the carrier, after the caller has heard the words before it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Message, PromiseState, Speaker
from backend.contacts.ports import CallControl, Contacts
from backend.kernel.actor import SYSTEM
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork
from channels.hotline.handlers import CHANNEL
from channels.hotline.hearing import spoken_seconds
from channels.hotline.line import FindSound, dialled, heard_up_to, no_sound

Deliver = Callable[[Mapping[str, Any]], Awaitable[None]]
REFRESH = "refresh"
DIAL = "dial"
_JOINS = ":connected"
_SERVED = (ContactState.WAITING, ContactState.HUMAN)


def speaking_until(words: list[Message]) -> datetime | None:
    """When the caller will have heard what was carried last: an agent's words or who joins."""
    ends = [
        word.at + timedelta(seconds=spoken_seconds(word.text))
        for word in words
        if word.key.endswith(_JOINS)
    ]
    carried = [word for word in words if word.speaker is Speaker.AGENT and word.carried_at]
    if carried:
        latest = max(word.carried_at for word in carried if word.carried_at)
        together = sum(spoken_seconds(word.text) for word in carried if word.carried_at == latest)
        ends.append(latest + timedelta(seconds=together))
    return max(ends, default=None)


class LiveCalls(CallControl, Protocol):
    """Call control that can tell an interrupted call which words were carried before."""

    async def refresh(self, wire: str, *, said: int = 0) -> None:
        """Make the carrier ask at once what comes next, after words number `said`."""
        ...


@dataclass(frozen=True, slots=True)
class Letters:
    """Delivers letters to `calls`."""

    open_unit: OpenUnit
    calls: LiveCalls
    sound: FindSound = no_sound

    def deliveries(self) -> dict[str, Deliver]:
        """The topics this door delivers."""
        return {REFRESH: self.refresh, DIAL: self.dial}

    async def refresh(self, letter: Mapping[str, Any]) -> None:
        """Interrupt a call if something waits to be said or done, once the last words are heard."""
        async with self.open_unit(SYSTEM, CHANNEL) as uow:
            contact = await uow.get(Contacts).by_wire(str(letter["wire"]))
            if contact is None or contact.left_at is not None:
                return
            words: list[Message] = []
            if contact.state in _SERVED:
                words = await uow.get(Contacts).messages(contact.id)
                if await self._nothing_new(uow, contact, words):
                    return
                heard_at = speaking_until(words)
                if heard_at is not None and heard_at > uow.now:
                    await uow.post(REFRESH, dict(letter), due_at=heard_at)
                    return
        await self.calls.refresh(contact.wire, said=heard_up_to(words))

    async def dial(self, letter: Mapping[str, Any]) -> None:
        """Call the citizen whom a promise names; the same letter again makes no second call."""
        async with self.open_unit(SYSTEM, CHANNEL, read_only=True) as uow:
            contact = await uow.get(Contacts).by_id(str(letter["contact"]))
            promise = await uow.get(Contacts).promise(str(letter["promise"]))
        if contact is None or promise is None or promise.state is not PromiseState.DIALLING:
            return
        if contact.state is not ContactState.BOT:
            return
        wire = await self.calls.dial(to=promise.phone, contact=contact.id)
        async with self.open_unit(SYSTEM, CHANNEL) as uow:
            await dialled(uow, await contacts.get_contact(uow, contact.id), wire)

    async def _nothing_new(self, uow: UnitOfWork, contact: Contact, words: list[Message]) -> bool:
        # The caller's own turn may have fetched the words; a joined stream is left alone.
        if contact.state is not ContactState.HUMAN:
            return False
        if await self.sound(uow, contact):
            return False
        announced = any(word.key.endswith(f":{contact.agent}{_JOINS}") for word in words)
        return announced and not await uow.get(Contacts).uncarried(contact.id)
