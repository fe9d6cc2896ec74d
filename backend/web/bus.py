"""Waking other processes: what one commits, the pages and workers of the others hear of at once.

The bus proposes, the database decides: a word says only which tables to look into. Whoever misses
it looks by himself a little later, so a bus may be down, slow or flushed and nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

Hear = Callable[[frozenset[str]], None]
# What may have happened while nobody listened.
ALL = frozenset({"events", "news", "outbox"})


class Bus(Protocol):
    """Carries wake-ups between processes."""

    def tell(self, wakes: frozenset[str]) -> None:
        """Tell the others what was committed here; never waits, never fails."""
        ...

    async def run(self, hear: Hear) -> None:
        """Carry words both ways until cancelled; `hear` is called with those of the others."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class MemoryHub:
    """Joins the buses of one process."""

    def __init__(self) -> None:
        self.hears: list[Hear] = []


class MemoryBus:
    """The twin that needs nothing: without others on its hub it has nobody to tell."""

    def __init__(self, hub: MemoryHub | None = None) -> None:
        self._hub = hub or MemoryHub()
        self._hear: Hear | None = None

    def tell(self, wakes: frozenset[str]) -> None:
        """Tell the other buses of the hub."""
        for hear in self._hub.hears:
            if hear is not self._hear:
                hear(wakes)

    async def run(self, hear: Hear) -> None:
        """Listen until cancelled."""
        self._hear = hear
        self._hub.hears.append(hear)
        try:
            await asyncio.Event().wait()
        finally:
            self._hub.hears.remove(hear)

    async def close(self) -> None:
        """Nothing is held."""
