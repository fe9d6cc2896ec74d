"""An agreement and its obligations: who owes what, by when, and whether it was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

# 民事诉讼法 205, 人民调解法 33: both parties together, within 30 days of the agreement's effect.
CONFIRMATION_WINDOW = timedelta(days=30)
MOST_OBLIGATIONS = 20


class ObligationState(StrEnum):
    """Whether an obligation was met."""

    OPEN = "open"
    DONE = "done"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Obligation:
    """One promise of an agreement. `who` is `applicant` or `respondent`; `amount` is in yuan."""

    id: str
    mediation: str
    who: str
    what: str = field(repr=False)
    amount: str
    due_on: date
    state: ObligationState = ObligationState.OPEN
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed, in words, and the obligations that follow."""

    mediation: str
    form: str
    terms: str = field(repr=False)
    effective_on: date
    obligations: tuple[Obligation, ...]
