"""How a call's document finds the sound that an agent has opened for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from backend.contacts.model import Contact, ContactState
from backend.contacts.ports import Contacts
from backend.kernel.unit_of_work import UnitOfWork
from channels.media.bridge import Bridges

STREAM = "media"
Made = TypeVar("Made")


def find_sound(
    bridges: Bridges, make: Callable[[str, Mapping[str, str]], Made], *, unjoined: bool = False
) -> Callable[[UnitOfWork, Contact], Awaitable[Made | None]]:
    """A function from a contact to what joins its call to the agent's sound, or None.

    While words that the agent typed wait to be carried there is none: they are spoken first, and
    the call's next turn joins the sound again. `make` gets the stream's name and its parameters.
    """

    async def find(uow: UnitOfWork, contact: Contact) -> Made | None:
        if contact.state is not ContactState.HUMAN or contact.id not in bridges.open_rooms():
            return None
        if await uow.get(Contacts).uncarried(contact.id):
            return None
        ticket = bridges.ticket(contact.id, unjoined=unjoined)
        return make(STREAM, {"token": ticket}) if ticket else None

    return find
