"""Which unanswered fact would change the decision, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from backend.clocks import Calendar
from backend.routing.model.outcome import Outcome, outcome
from backend.routing.model.rules import Rule, RuleSet
from backend.routing.model.vocabulary import Fact

# What a change weighs: the first door most, then the step before court, then what shuts.
_FIRST, _PRECONDITION, _BLOCKED, _CLOCKS, _OFFERED, _FLAGS = 8.0, 6.0, 4.0, 3.0, 2.0, 1.0
_A_WHILE_AGO = timedelta(days=20)
_TRIED_NUMBERS = (1, 10)


def missing_facts(
    facts: Mapping[str, Any],
    as_of: date,
    rules: RuleSet,
    calendar: Calendar,
    base: Outcome | None,
) -> tuple[str, ...]:
    """Codes of unknown facts in order of how much an answer would change; ties by vocabulary."""
    if base is None or base.rule is None:
        return ("issue",) if "issue" not in facts else ()
    scored: list[tuple[float, str]] = []
    for code in relevant_facts(base.rule, rules):
        if code in facts:
            continue
        fact = rules.vocabulary.facts[code]
        weight = max(
            (
                _difference(base, outcome({**facts, code: value}, as_of, rules, calendar))
                for value in _tried(fact, as_of)
            ),
            default=0.0,
        )
        if weight:
            scored.append((-weight * fact.likely, code))
    return tuple(code for _, code in sorted(scored, key=lambda item: item[0]))


def relevant_facts(rule: Rule, rules: RuleSet) -> tuple[str, ...]:
    """Facts that the kind's own table, its clocks or its neighbours look at, in fixed order."""
    names: set[str] = set()
    for kind in (rule, *(other for issue in rule.issues for other in rules.by_issue[issue])):
        names |= kind.applies.names
        for row in (*kind.rows, *kind.also):
            names |= row.when.names
            names |= set(_clock_facts(row.clocks, rules))
    for table in rules.general:
        if _concerns(rule, table):
            names |= table.applies.names
            for row in table.rows:
                names |= row.when.names
    names |= set(
        _clock_facts(
            (n.removeprefix("clock.") for n in set(names) if n.startswith("clock.")), rules
        )
    )
    return tuple(code for code in rules.vocabulary.facts if code in names and code != "issue")


def _concerns(rule: Rule, table: Rule) -> bool:
    branches = {rule.branch, *(row.branch for row in rule.rows if row.branch)}
    if not branches & table.asked_in:
        return False
    if "branch" not in table.applies.names:
        return True
    return any(_may_apply(table, branch) for branch in branches)


def _may_apply(table: Rule, branch: str) -> bool:
    """Whether the branch alone does not rule the table out."""
    cells = [cell for cell in table.applies.cells if "branch" in cell.names]
    return all(cell.test(_Branch(branch)) for cell in cells)


class _Branch:
    """A view that knows only the branch."""

    known: Mapping[str, Any] = {}

    def __init__(self, branch: str) -> None:
        self._branch = branch

    def get(self, code: str) -> Any:
        """The branch, or nothing."""
        return self._branch if code == "branch" else None


def _clock_facts(codes: Iterable[str], rules: RuleSet) -> Iterator[str]:
    for code in codes:
        clock = rules.clocks[code]
        starts = [clock.starts_from, *(v.starts_from for v in clock.variants if v.starts_from)]
        yield from (start for start in starts if not start.startswith("clock:"))
        for variant in clock.variants:
            yield from (name for name in variant.when if name != "as_of")


def _tried(fact: Fact, as_of: date) -> tuple[Any, ...]:
    match fact.type:
        case "bool":
            return (True, False)
        case "enum":
            return tuple(value.code for value in fact.values)
        case "number":
            return _TRIED_NUMBERS
        case _:
            return (as_of - _A_WHILE_AGO,)


def _difference(base: Outcome, other: Outcome | None) -> float:
    if other is None:
        return 0.0
    weight = 0.0
    if base.recommended[:1] != other.recommended[:1]:
        weight += _FIRST
    if base.precondition != other.precondition:
        weight += _PRECONDITION
    if set(base.blocked) != set(other.blocked):
        weight += _BLOCKED
    if [(d.clock, d.due) for d in base.deadlines] != [(d.clock, d.due) for d in other.deadlines]:
        weight += _CLOCKS
    if {*base.recommended, *base.possible} != {*other.recommended, *other.possible}:
        weight += _OFFERED
    if set(base.red_flags) != set(other.red_flags):
        weight += _FLAGS
    return weight
