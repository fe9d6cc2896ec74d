"""A correction: somebody says an answer is wrong, and its owner has three working days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum

from backend.clocks import Calendar
from backend.kernel.clock import CHINA

WORKING_DAYS = 3
"""Working days to answer a correction. Source: the editorial desk's own rule."""


class CorrectionState(StrEnum):
    """Where a correction stands."""

    OPEN = "open"
    ANSWERED = "answered"


DECISIONS = {"fixed": "改了", "kept": "没有错，不改", "withdrawn": "下架了"}


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction. `question` and `what` may hold a citizen's words and stand sealed.

    `entry` is "" where the articles answered without one. `person` owns the key of the texts.
    """

    id: str
    entry: str
    snapshot: str
    person: str
    contact: str
    question: str = field(repr=False)
    what: str = field(repr=False)
    opened_by: str
    opened_name: str
    opened_at: datetime
    due_at: datetime
    state: CorrectionState = CorrectionState.OPEN
    decision: str = ""
    reply: str = ""
    answered_name: str = ""
    answered_at: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether nobody answered in time."""
        return self.state is CorrectionState.OPEN and now > self.due_at


def due(opened_at: datetime, calendar: Calendar) -> datetime:
    """The last second of the third working day, in China."""
    last = calendar.add_working_days(opened_at.astimezone(CHINA).date(), WORKING_DAYS).day
    return datetime.combine(last, time(23, 59, 59), CHINA).astimezone(UTC)
