"""Media end with their contact: what is open for a contact nobody talks in any more is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

import structlog

from backend.contacts.model import ContactState
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from backend.kernel.unit_of_work import OpenUnit

log = structlog.get_logger()
_PAUSE = 2.0


class Closable(Protocol):
    """Media by contact."""

    def open_rooms(self) -> frozenset[str]:
        """The contacts that have media open."""
        ...

    async def close(self, room: str, /) -> None:
        """Close the media of a contact."""
        ...


async def close_finished(open_unit: OpenUnit, media: Iterable[Closable]) -> int:
    """Close what is over; returns how many were closed."""
    closed = 0
    for backend in media:
        rooms = backend.open_rooms()
        if not rooms:
            continue
        async with open_unit(SYSTEM, "media", read_only=True) as uow:
            found = [(room, await uow.get(Contacts).by_id(room)) for room in sorted(rooms)]
        for room, contact in found:
            if contact is None or contact.state is not ContactState.HUMAN:
                await backend.close(room)
                closed += 1
    return closed


async def watch(open_unit: OpenUnit, media: Iterable[Closable], *, pause: float = _PAUSE) -> None:
    """Look every two seconds until cancelled; an error is logged and the next look goes on."""
    backends = tuple(media)
    while True:
        await asyncio.sleep(pause)
        try:
            await close_finished(open_unit, backends)
        except Exception:
            log.exception("media.watch_failed")
