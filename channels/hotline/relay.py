"""From what happens to a contact to its live call: news becomes a letter, a letter a REST call.

The agent's page says and answers without knowing a telephone. This door hears of it through the
journal, waits until the caller has heard the words before, and makes the carrier ask for more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.contacts.model import Contact, ContactState, Door, Message, Speaker
from backend.contacts.ports import CallControl, Contacts
from backend.kernel.actor import SYSTEM
from backend.kernel.journal import Event
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork
from channels.hotline.handlers import CHANNEL
from channels.hotline.line import FindSound, no_sound
from channels.hotline.menu import spoken_seconds

EVENTS = frozenset({"contact.answered", "contact.said", "contact.closed", "contact.requeued"})
REFRESH = "hotline.refresh"
SUBSCRIBER = "hotline-relay"


def speaking_until(words: list[Message]) -> datetime | None:
    """When the caller will have heard the agent's words that were carried last."""
    carried = [word for word in words if word.speaker is Speaker.AGENT and word.carried_at]
    if not carried:
        return None
    latest = max(word.carried_at for word in carried if word.carried_at)
    together = sum(spoken_seconds(word.text) for word in carried if word.carried_at == latest)
    return latest + timedelta(seconds=together)


async def on_event(uow: UnitOfWork, event: Event) -> None:
    """Post a letter to the live call of a telephone contact; repeating it does no harm."""
    if event.type == "contact.said" and event.payload.get("speaker") != Speaker.AGENT:
        return
    contact = await uow.get(Contacts).by_id(event.aggregate.id)
    if contact is None or not _on_the_line(contact):
        return
    heard_at = speaking_until(await uow.get(Contacts).messages(contact.id))
    due_at = max(heard_at, uow.now) if heard_at else uow.now
    await uow.post(REFRESH, {"contact": contact.id, "event": event.type}, due_at=due_at)


@dataclass(frozen=True, slots=True)
class Refresh:
    """Delivers the letters. `calls` is who controls live calls."""

    open_unit: OpenUnit
    calls: CallControl
    sound: FindSound = no_sound

    async def __call__(self, letter: Mapping[str, Any]) -> None:
        """Interrupt the call if something still waits to be said or done."""
        async with self.open_unit(SYSTEM, CHANNEL, read_only=True) as uow:
            contact = await uow.get(Contacts).by_id(str(letter["contact"]))
            if contact is None or not _on_the_line(contact):
                return
            said = letter["event"] == "contact.said"
            if said and not await self._unsaid(uow, contact):
                return
        await self.calls.refresh(contact.wire)

    async def _unsaid(self, uow: UnitOfWork, contact: Contact) -> bool:
        # The caller's own turn may have fetched the words since; a joined stream is left alone.
        if contact.state is not ContactState.HUMAN or await self.sound(uow, contact):
            return False
        return bool(await uow.get(Contacts).uncarried(contact.id))


def _on_the_line(contact: Contact) -> bool:
    return contact.door is Door.PHONE and bool(contact.wire) and contact.left_at is None
