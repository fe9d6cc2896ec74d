"""Every process follows what is published: a new set of entries, a new corpus, a new day.

The number of the newest set in the database is the checkpoint; a process that serves an older one
opens the knowledge base anew beside the one in service and swaps. Nothing restarts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from pathlib import Path

import structlog

from backend.editorial.model.law import Cited
from backend.editorial.ports import Entries
from backend.editorial.published import PublishedKnowledge
from backend.editorial.service import entries as editing
from backend.editorial.service import law
from backend.kernel.actor import SYSTEM
from backend.kernel.unit_of_work import OpenUnit
from knowledge import KnowledgeBase
from knowledge.corpus.store import store_path
from knowledge.entries import load_entries
from knowledge.model import Entry

log = structlog.get_logger()
_PAUSE = 3.0


class Follower:
    """Keeps one process's knowledge at the newest published set and corpus."""

    def __init__(
        self,
        units: OpenUnit,
        published: PublishedKnowledge,
        *,
        reopen: Callable[[Sequence[Entry]], KnowledgeBase],
        corpus_stamp: Callable[[], Hashable],
        rules: Callable[[date], Sequence[Cited]],
        number: int,
    ) -> None:
        """`reopen` blocks and runs in a thread; `number` is the set that is in service now."""
        self.number = number
        self._units = units
        self._published = published
        self._reopen = reopen
        self._corpus_stamp = corpus_stamp
        self._rules = rules
        self._stamp = corpus_stamp()
        self._checked: tuple[str, date] | None = None
        self._recorded = ""
        self._awake = asyncio.Event()

    def wake(self, wakes: frozenset[str]) -> None:
        """Something was committed; look at once."""
        if "news" in wakes:
            self._awake.set()

    async def run(self) -> None:
        """Follow until cancelled; trouble is logged, and the last good snapshot serves."""
        while True:
            self._awake.clear()
            try:
                await self.look()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("knowledge.not_followed")
            try:
                await asyncio.wait_for(self._awake.wait(), timeout=_PAUSE)
            except TimeoutError:
                continue

    async def look(self) -> bool:
        """Take up what is new; returns whether another snapshot serves now."""
        swapped = await self._take_up()
        if await self._look_at_law():
            swapped = await self._take_up() or swapped
        return swapped

    async def _take_up(self) -> bool:
        async with self._units(SYSTEM, "editorial", read_only=True) as uow:
            newest = await uow.get(Entries).latest_number()
        stamp = await asyncio.to_thread(self._corpus_stamp)
        if newest == self.number and stamp == self._stamp:
            await self._record()
            return False
        async with self._units(SYSTEM, "editorial", read_only=True) as uow:
            number, served = await editing.published(uow)
        base = await asyncio.to_thread(self._reopen, served)
        old = self._published.base
        self._published.publish(base)
        self.number, self._stamp = number, stamp
        await self._record()
        await asyncio.to_thread(old.close)
        log.info("knowledge.published", set=number, snapshot=base.snapshot, entries=len(served))
        return True

    async def _record(self) -> None:
        """Note once which set stands behind the snapshot in service."""
        base = self._published.base
        if base.snapshot == self._recorded:
            return
        async with self._units(SYSTEM, "editorial", read_only=True) as uow:
            known = await uow.get(Entries).set_of_snapshot(base.snapshot)
        if known is None and self.number:
            async with self._units(SYSTEM, "editorial") as uow:
                await editing.served_as(uow, base.snapshot, self.number, base.collection.corpus_id)
        self._recorded = base.snapshot

    async def _look_at_law(self) -> bool:
        async with self._units(SYSTEM, "editorial", read_only=True) as uow:
            today = editing.today(uow)
        seen = (self._published.base.collection.corpus_id, today)
        if seen == self._checked:
            return False
        async with self._units(SYSTEM, "editorial") as uow:
            touches = await law.check_law(uow, self._rules(today))
        self._checked = seen
        return bool(touches)


async def open_published(
    units: OpenUnit,
    folder: Path,
    *,
    open_base: Callable[[Sequence[Entry] | None], KnowledgeBase],
    rules: Callable[[date], Sequence[Cited]],
) -> tuple[PublishedKnowledge, Follower]:
    """Open what the editors published; the shipped entries seed it, each id once.

    `folder` holds the knowledge base's files; `open_base` blocks, and is given None where the
    published entries are the shipped ones, so that the snapshot is the one of the files alone.
    """
    shipped = (await asyncio.to_thread(load_entries, folder / "entries.json")).by_id()

    def reopen(entries: Sequence[Entry]) -> KnowledgeBase:
        return open_base(None if {one.id: one for one in entries} == shipped else entries)

    def corpus_stamp() -> Hashable:
        path = store_path(folder)
        return path.stat().st_mtime_ns if path.exists() else None

    async with units(SYSTEM, "editorial") as uow:
        await editing.seed(uow, list(shipped.values()))
    async with units(SYSTEM, "editorial", read_only=True) as uow:
        number, entries = await editing.published(uow)
    published = PublishedKnowledge(await asyncio.to_thread(reopen, entries))
    follower = Follower(
        units,
        published,
        reopen=reopen,
        corpus_stamp=corpus_stamp,
        rules=rules,
        number=number,
    )
    return published, follower
