"""The evaluator: facts in, outcome out, each row that counted on record.

The order is fixed and is the law's own: the kind's table, its additions, the general tables
(danger, violence, pending proceedings, arbitration, refusal, aid), then a deadline of fewer than
seven days. Nothing here knows a single dispute; all knowledge is in the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.clocks import Calendar, Deadline, Nature, compute
from backend.routing.model.flags import flags_of
from backend.routing.model.rules import Cite, Row, Rule, RuleSet

MOST_CITES = 7


@dataclass(slots=True)
class Facts:
    """The view conditions look at: facts, and what the case has become so far."""

    known: Mapping[str, Any]
    as_of: date
    rules: RuleSet
    calendar: Calendar
    draft: Draft
    computed: dict[str, Deadline | None]

    def get(self, code: str) -> Any:
        """A fact, `as_of`, `branch`, `clock.CODE` or `can.CHANNEL`."""
        kind, dot, name = code.partition(".")
        if not dot:
            if code == "branch":
                return self.draft.branch
        elif kind == "can":
            return name in self.draft.offered and name not in self.draft.blocked
        else:
            return self._state(name)
        return self.as_of if code == "as_of" else self.known.get(code)

    def deadline(self, code: str) -> Deadline | None:
        """The clock's day under these facts, computed once."""
        if code not in self.computed:
            self.computed[code] = compute(
                code, self.rules.clocks, self.known, self.as_of, self.calendar
            )
        return self.computed[code]

    def _state(self, code: str) -> str:
        deadline = self.deadline(code)
        if deadline is None:
            return "none"
        if deadline.expired:
            return "expired"
        return "lt7" if deadline.colour == "red" else "open"


class Draft:
    """A decision being made."""

    __slots__ = (
        "aid",
        "arbitrable",
        "blocked",
        "branch",
        "cites",
        "clocks",
        "fired",
        "front",
        "offered",
        "precondition",
        "settled",
        "why",
    )

    def __init__(self, branch: str, arbitrable: bool, aid: bool) -> None:
        self.branch = branch
        self.arbitrable = arbitrable
        self.aid = aid
        self.front: list[str] = []
        self.offered: list[str] = []
        self.blocked: dict[str, str] = {}
        self.precondition = "NONE"
        self.clocks: list[str] = []
        self.cites: list[Cite] = []
        self.fired: list[tuple[Rule, Row]] = []
        self.why: list[str] = []
        self.settled = False

    def apply(self, rule: Rule, row: Row) -> None:
        """Let one row have its effect."""
        self.fired.append((rule, row))
        if row.branch:
            self.branch = row.branch
        if row.arbitrable is not None:
            self.arbitrable = row.arbitrable
        if row.aid is not None:
            self.aid = row.aid
        for code in row.allows:
            self.blocked.pop(code, None)
        if row.only:
            self.front = [code for code in self.front if code in row.only]
            self.offered = [code for code in self.offered if code in row.only]
        if row.recommended:
            fresh = [code for code in row.recommended if code not in self.blocked]
            self.offered = fresh + [code for code in self.offered if code not in fresh]
            self.front = fresh
        self.offered += [code for code in row.possible if code not in self.offered]
        for code, reason in row.blocked_if_offered.items():
            if code in self.offered:
                self.blocked.setdefault(code, reason)
        for code, reason in row.blocked.items():
            self.blocked.setdefault(code, reason)
        if row.precondition is not None:
            self.precondition = row.precondition
        if row.stop_clocks:
            stopped = set(self.clocks) if "all" in row.stop_clocks else set(row.stop_clocks)
            self.clocks = [code for code in self.clocks if code not in stopped]
        self.clocks += [code for code in row.clocks if code not in self.clocks]
        if not row.keep_cites:
            self.cites = []
        self.cites += row.cite
        if row.why:
            self.why.append(row.why)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, without the words around it; comparable for replay."""

    recommended: tuple[str, ...]
    possible: tuple[str, ...]
    blocked: Mapping[str, str]
    precondition: str
    deadlines: tuple[Deadline, ...]
    cite: tuple[tuple[str, int], ...]
    red_flags: tuple[str, ...]
    rules: tuple[str, ...]
    rows: tuple[str, ...]
    why: tuple[str, ...]
    reason: str
    rule: Rule | None


def outcome(
    facts: Mapping[str, Any], as_of: date, rules: RuleSet, calendar: Calendar
) -> Outcome | None:
    """Evaluate checked facts; None when no kind of dispute applies (the issue is unknown)."""
    draft = Draft("civil", False, False)
    view = Facts(facts, as_of, rules, calendar, draft, {})
    rule = kind_of(view, rules)
    if rule is None:
        return None
    draft.branch, draft.arbitrable, draft.aid = rule.branch, rule.arbitrable, rule.aid
    row = first_row(rule, view)
    if row is not None:
        draft.apply(rule, row)
    known = facts.keys()
    for row in rule.also:
        if known >= row.when.needs and row.when.test(view):
            draft.apply(rule, row)
    _general(view, rules)
    deadlines = _deadlines(view)
    if not draft.settled:
        _urgent(draft, deadlines)
    return _finish(view, rule, deadlines)


def kind_of(view: Facts, rules: RuleSet) -> Rule | None:
    """The one kind of dispute whose rule applies on the day."""
    for rule in rules.by_issue.get(view.known.get("issue", ""), ()):
        if rule.valid_on(view.as_of) and rule.applies.test(view):
            return rule
    return None


def first_row(rule: Rule, view: Facts) -> Row | None:
    """The matching row of the strongest rank; rows are kept in order of rank."""
    known = view.known.keys()
    for row in rule.rows:
        if known >= row.when.needs and row.when.test(view):
            return row
    return None


def _general(view: Facts, rules: RuleSet) -> None:
    draft = view.draft
    known = view.known.keys()
    for table in rules.general:
        if not known >= table.applies.needs:
            continue
        if (table.arbitrable and not draft.arbitrable) or (table.aid and not draft.aid):
            continue
        if not table.applies.test(view) or not table.valid_on(view.as_of):
            continue
        for row in table.rows:
            if known >= row.when.needs and row.when.test(view):
                draft.apply(table, row)
                draft.settled = draft.settled or row.last


def _deadlines(view: Facts) -> list[Deadline]:
    found = [view.deadline(code) for code in view.draft.clocks]
    return [deadline for deadline in found if deadline is not None]


def _urgent(draft: Draft, deadlines: list[Deadline]) -> None:
    """Fewer than seven days left: first the channel that keeps the right, then legal aid."""
    pressing = [
        deadline
        for deadline in deadlines
        if deadline.nature is Nature.DEADLINE and deadline.colour == "red"
    ]
    aid = "legal_aid" in draft.offered and "legal_aid" not in draft.blocked
    if pressing and aid:
        draft.cites.append(Cite("法律援助法", 44))
    for deadline in sorted(pressing, key=lambda item: item.due):
        usable = [c for c in deadline.stops if c in draft.offered and c not in draft.blocked]
        if not usable:
            continue
        front = usable[:1]
        if aid and "legal_aid" not in front:
            front.append("legal_aid")
        draft.front = front
        draft.offered = front + [code for code in draft.offered if code not in front]
        return


def _finish(view: Facts, rule: Rule, deadlines: list[Deadline]) -> Outcome:
    draft = view.draft
    offered = [code for code in draft.offered if code not in draft.blocked]
    recommended = [code for code in draft.front if code in offered] or offered[:1]
    possible = [code for code in offered if code not in recommended]
    stamps = dict.fromkeys(table.stamp for table, _ in draft.fired)
    return Outcome(
        recommended=tuple(recommended),
        possible=tuple(possible),
        blocked=dict(draft.blocked),
        precondition=draft.precondition,
        deadlines=tuple(deadlines),
        cite=_cites(view, deadlines),
        red_flags=flags_of(
            view.known, recommended, possible, draft.precondition, deadlines, view.as_of
        ),
        rules=tuple(stamps),
        rows=tuple(f"{table.id}.{row.id}" for table, row in draft.fired),
        why=tuple(dict.fromkeys(draft.why)),
        reason=_reason(draft, recommended),
        rule=rule,
    )


def _reason(draft: Draft, recommended: list[str]) -> str:
    """The sentence of the last row that put the first channel in front, else that offered it."""
    first = recommended[0] if recommended else ""
    rows = [row for _, row in draft.fired if row.why]
    in_front = [row.why for row in rows if first in row.recommended]
    offered = [row.why for row in rows if first in row.possible]
    return (in_front or offered or [""])[-1]


def _cites(view: Facts, deadlines: list[Deadline]) -> tuple[tuple[str, int], ...]:
    """Articles in force on the day: the rows' own, then what fixes the deadlines; each once."""
    wanted: dict[tuple[str, int], None] = {}
    for deadline in deadlines:
        if deadline.basis:
            wanted[deadline.basis[0].law, deadline.basis[0].article] = None
            if deadline.moved and deadline.basis[0].law == "民法典":
                wanted["民法典", 203] = None
    for cite in view.draft.cites:
        if cite.usable(view.as_of):
            wanted[cite.law, cite.article] = None
    in_force = view.rules.vocabulary.in_force
    return tuple(key for key in wanted if in_force(key[0], view.as_of))[:MOST_CITES]
