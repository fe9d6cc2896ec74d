"""Where decisions are kept, and the rules in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from backend.routing.model.rules import RuleSet


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """A decision on record: what was decided, what the person chose, what took its place."""

    id: str
    case: str
    made_at: datetime
    made_by: str
    record: dict[str, Any]
    chosen: str = ""
    chosen_at: datetime | None = None
    override: str = ""
    superseded_by: str = ""


class Decisions(Protocol):
    """Decisions; never edited, only chosen from and superseded."""

    async def add(self, decision: StoredDecision, person: str) -> None:
        """Store a decision, sealed; the case's newest before it is superseded."""
        ...

    async def latest(self, case: str) -> StoredDecision | None:
        """The decision in force for a case."""
        ...

    async def of_case(self, case: str) -> list[StoredDecision]:
        """Every decision on a case, oldest first."""
        ...

    async def choose(self, id: str, channel: str, at: datetime, override: str) -> None:
        """Remember what the person chose."""
        ...


class ActiveRules:
    """The rule set in force; a new one takes its place whole or not at all."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules

    def activate(self, rules: RuleSet) -> None:
        """Decide by these rules from now on."""
        self.rules = rules
