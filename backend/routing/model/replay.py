"""Before rules change: what stored requests would get under the new set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backend.clocks import Calendar
from backend.routing.model.decision import Decision, RoutingRequest
from backend.routing.model.facts import check_facts
from backend.routing.model.outcome import Outcome, outcome
from backend.routing.model.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs for one stored decision."""

    index: int
    field: str
    before: Any
    after: Any


def replay(
    stored: Iterable[Decision | RoutingRequest],
    old: RuleSet,
    new: RuleSet,
    calendar: Calendar,
) -> tuple[Change, ...]:
    """Evaluate every request under both sets and return each difference, in order.

    Words, missing facts and trace are left out: they follow from what is compared.
    """
    changes: list[Change] = []
    for index, item in enumerate(stored):
        request = item.request if isinstance(item, Decision) else item
        known = check_facts(request.facts, request.as_of, old.vocabulary).known
        before = outcome(known, request.as_of, old, calendar)
        after = outcome(known, request.as_of, new, calendar)
        changes += _changes(index, before, after)
    return tuple(changes)


def _changes(index: int, before: Outcome | None, after: Outcome | None) -> list[Change]:
    if before is None or after is None:
        same = before is None and after is None
        return [] if same else [Change(index, "status", _status(before), _status(after))]
    one, other = _comparable(before), _comparable(after)
    return [Change(index, name, one[name], other[name]) for name in one if one[name] != other[name]]


def _status(result: Outcome | None) -> str:
    return "undecided" if result is None else "decided"


def _comparable(result: Outcome) -> dict[str, Any]:
    return {
        "recommended": result.recommended,
        "possible": tuple(sorted(result.possible)),
        "blocked": tuple(sorted(result.blocked.items())),
        "precondition": result.precondition,
        "deadlines": tuple(sorted((d.clock, d.due.isoformat()) for d in result.deadlines)),
        "cite": tuple(sorted(result.cite)),
        "red_flags": result.red_flags,
    }
