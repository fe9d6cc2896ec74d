"""Cases, people, parties and facts: pure values and what may happen to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from backend.kernel.errors import Conflict

UNKNOWN = "unknown"
PHONE_CODE_LIFE = timedelta(minutes=10)
PHONE_CODE_TRIES = 5


class CaseState(StrEnum):
    """Where the affair stands as a whole."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


# state, event → next. Loaded tables are checked by a test: every state is reached and left.
CASE_STEPS: dict[tuple[CaseState, str], CaseState] = {
    (CaseState.OPEN, "close"): CaseState.CLOSED,
    (CaseState.CLOSED, "reopen"): CaseState.OPEN,
    (CaseState.OPEN, "merge"): CaseState.MERGED,
    (CaseState.CLOSED, "merge"): CaseState.MERGED,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One affair. `mediator` and `organisation` are who works on it now ("" for nobody)."""

    id: str
    code: str
    region: str
    state: CaseState
    person: str
    opened_at: datetime
    matter: str = ""
    danger: str = ""
    mediator: str = ""
    organisation: str = ""
    opponent_organisation: str = ""
    closed_at: datetime | None = None
    merged_into: str = ""

    def thing(self) -> dict[str, str]:
        """The fields that permission rules may ask about."""
        return {
            "id": self.id,
            "region": self.region,
            "state": self.state,
            "mediator": self.mediator,
            "organisation": self.organisation,
        }


def next_state(state: CaseState, event: str) -> CaseState:
    """The state after an event; raises `Conflict` when the table has no such step."""
    found = CASE_STEPS.get((state, event))
    if found is None:
        raise Conflict("案件现在的状态不允许这样做。", code="case_state", where=state)
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """A human being on a case; every text here is sealed in the database."""

    id: str
    phone: str = ""
    name: str = ""
    language: str = "zh"
    erased: bool = False


class PartyRole(StrEnum):
    """What somebody is on a case; who calls and for whom may differ."""

    APPLICANT = "applicant"
    CALLER = "caller"
    RESPONDENT = "respondent"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Party:
    """A person in a role on a case."""

    case: str
    person: str
    role: PartyRole
    relation: str = ""


class Source(StrEnum):
    """Where a fact comes from."""

    SAID = "said"
    DOCUMENT = "document"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of the sheet. `value` may be `UNKNOWN`: asked, and not known.

    Conflicting facts stand side by side; `current` marks the one in use.
    """

    id: str
    case: str
    code: str
    value: Any
    source: Source
    channel: str
    asked_by: str
    at: datetime
    confidence: float = 1.0
    current: bool = True


@dataclass(frozen=True, slots=True)
class FactSheet:
    """All facts of a case."""

    facts: tuple[Fact, ...] = ()
    _current: dict[str, Fact] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, facts: tuple[Fact, ...]) -> FactSheet:
        """Build the sheet from its facts."""
        return cls(facts, {fact.code: fact for fact in facts if fact.current})

    def get(self, code: str) -> Fact | None:
        """The fact in use for a code."""
        return self._current.get(code)

    def knows(self, code: str) -> bool:
        """Whether a code was answered, be it by "unknown": it is never asked again."""
        return code in self._current

    def values(self) -> dict[str, Any]:
        """Known values by code; what is unknown is left out."""
        return {code: fact.value for code, fact in self._current.items() if fact.value != UNKNOWN}

    def conflicts(self) -> dict[str, tuple[Fact, ...]]:
        """Codes with differing known values, oldest first."""
        by_code: dict[str, list[Fact]] = {}
        for fact in self.facts:
            if fact.value != UNKNOWN:
                by_code.setdefault(fact.code, []).append(fact)
        return {
            code: tuple(found)
            for code, found in by_code.items()
            if len({repr(fact.value) for fact in found}) > 1
        }


def is_blank(value: Any) -> bool:
    """Whether a value says nothing; a blank never erases."""
    return value is None or (isinstance(value, str) and not value.strip())


@dataclass(frozen=True, slots=True)
class PhoneCode:
    """Six digits sent to a number on the case; opens the case together with its code."""

    case: str
    code_hash: str
    sent_at: datetime
    tries: int = 0
    used_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether it may still be tried."""
        fresh = now - self.sent_at <= PHONE_CODE_LIFE
        return fresh and self.tries < PHONE_CODE_TRIES and self.used_at is None
