"""How often people were asked what was known already: read from the journal, not declared."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass

from backend.kernel.journal import Event

ASKED, RECORDED = "case.fact_asked", "case.fact_recorded"
TYPES = frozenset({ASKED, RECORDED})


@dataclass(frozen=True, slots=True)
class Repetition:
    """What a journal shows. `twice` are questions whose fact was known when they were asked,
    `conflicts` answers that differ from an earlier one; the ids name the events.
    """

    asked: int
    twice: tuple[str, ...]
    conflicts: tuple[str, ...]

    @property
    def count(self) -> int:
        """Asked twice, in all."""
        return len(self.twice) + len(self.conflicts)


async def repetition(events: AsyncIterable[Event]) -> Repetition:
    """Go through the events of `TYPES` in their order."""
    known: set[tuple[str, str]] = set()
    asked, twice, conflicts = 0, [], []
    async for event in events:
        fact = (event.aggregate.id, str(event.payload["fact"]))
        if event.type == ASKED:
            asked += 1
            if fact in known:
                twice.append(event.id)
        else:
            known.add(fact)
            if event.payload.get("conflict"):
                conflicts.append(event.id)
    return Repetition(asked, tuple(twice), tuple(conflicts))
