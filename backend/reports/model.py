"""The wall's figures: counted from events of one day, each with the list behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backend.kernel.clock import CHINA
from backend.kernel.journal import Event

ANSWER_SECONDS = 15
EVENT_TYPES = frozenset(
    {
        "contact.opened",
        "contact.waiting",
        "contact.answered",
        "contact.left",
        "contact.closed",
        "promise.made",
        "promise.kept",
        "referral.offered",
        "mediation.agreed",
    }
)
DOORS = ("phone", "tv", "video", "chat")


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What happened today."""

    contacts: int
    by_door: dict[str, int]
    by_hour: tuple[int, ...]
    wanted: int
    answered: int
    quick: int
    abandoned: int
    promised: int
    kept: int
    referred: int
    agreed: int

    @property
    def answered_share(self) -> float | None:
        """Of those who waited and whose wait is over, the share that was answered."""
        over = self.answered + self.abandoned
        return self.answered / over if over else None

    @property
    def quick_share(self) -> float | None:
        """Of those answered, the share within fifteen seconds."""
        return self.quick / self.answered if self.answered else None


def count(events: Iterable[Event]) -> DayFigures:
    """Count a day's events."""
    doors = dict.fromkeys(DOORS, 0)
    hours = [0] * 24
    totals = dict.fromkeys(EVENT_TYPES, 0)
    quick = abandoned = 0
    for event in events:
        totals[event.type] = totals.get(event.type, 0) + 1
        if event.type == "contact.opened":
            doors[event.payload["door"]] = doors.get(event.payload["door"], 0) + 1
            hours[event.recorded_at.astimezone(CHINA).hour] += 1
        if event.type == "contact.answered":
            quick += event.payload["waited_seconds"] <= ANSWER_SECONDS
        if event.type == "contact.left":
            abandoned += event.payload.get("waited_seconds") is not None
    return DayFigures(
        contacts=totals["contact.opened"],
        by_door=doors,
        by_hour=tuple(hours),
        wanted=totals["contact.waiting"],
        answered=totals["contact.answered"],
        quick=quick,
        abandoned=abandoned,
        promised=totals["promise.made"],
        kept=totals["promise.kept"],
        referred=totals["referral.offered"],
        agreed=totals["mediation.agreed"],
    )
