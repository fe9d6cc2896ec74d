"""Rules as values: tables of rows, who wrote and checked them, and the set they form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backend.clocks import Clock
from backend.kernel.errors import Invalid
from backend.routing.model.conditions import Condition
from backend.routing.model.vocabulary import Vocabulary

NOT_REVIEWED = "not yet"
BRANCHES = frozenset(
    {"labour", "family", "civil", "land", "admin", "criminal", "service", "internal"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a rule file: where, and why."""

    file: str
    row: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}，{self.row or '文件'}：{self.reason}"


class RuleError(Invalid):
    """A set of rules that is refused as a whole; the active set stays."""

    code = "rules_refused"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        lines = "；".join(str(problem) for problem in problems[:5])
        more = f"；另有{len(problems) - 5}处" if len(problems) > 5 else ""
        super().__init__(f"规则未启用：{lines}{more}", where=problems[0].file)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Cite:
    """An article that decides; `article` is the Arabic number, `since`/`until` bound its use."""

    law: str
    article: int
    since: date | None = None
    until: date | None = None

    def usable(self, day: date) -> bool:
        """Whether the rule wants this article cited on `day`."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    `recommended` goes to the front in this order, `possible` to the end; `blocked` forbids, and
    `blocked_if_offered` forbids only what the dispute offered; `only` keeps nothing else,
    `allows` lifts an earlier ban.
    `precondition` None leaves it as it was. `rank` decides between rows that both match (1 first).
    """

    id: str
    rank: int
    when: Condition
    recommended: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    blocked: Mapping[str, str] = field(default_factory=dict)
    blocked_if_offered: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()
    precondition: str | None = None
    clocks: tuple[str, ...] = ()
    stop_clocks: tuple[str, ...] = ()
    cite: tuple[Cite, ...] = ()
    keep_cites: bool = True
    branch: str = ""
    arbitrable: bool | None = None
    aid: bool | None = None
    last: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """A test kept beside its rule: facts, the day, and what must come out."""

    name: str
    kind: str
    as_of: date
    region: str
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of dispute (or one general table): exactly one of `rows` applies, each of `also`.

    `asked_in` limits in which branches a general table makes us ask for its facts.
    """

    id: str
    version: int
    name: str
    file: str
    issues: tuple[str, ...]
    branch: str
    applies: Condition
    valid_from: date
    valid_to: date | None
    date_basis: str
    author: str
    reviewer: str
    reviewed_by_lawyer: str
    rows: tuple[Row, ...]
    also: tuple[Row, ...]
    tests: tuple[WorkedCase, ...]
    arbitrable: bool = False
    aid: bool = False
    cost: str = ""
    competent: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    asked_in: frozenset[str] = BRANCHES

    @property
    def stamp(self) -> str:
        """The rule and its version as a decision records it."""
        return f"{self.id}@{self.version}"

    def valid_on(self, day: date) -> bool:
        """Whether the rule applies to a request of this day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything a decision needs: words, clocks, kinds of dispute by issue, general tables."""

    version: str
    vocabulary: Vocabulary
    clocks: Mapping[str, Clock]
    rules: tuple[Rule, ...]
    by_issue: Mapping[str, tuple[Rule, ...]]
    general: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this id, or None."""
        return next((rule for rule in (*self.rules, *self.general) if rule.id == rule_id), None)
