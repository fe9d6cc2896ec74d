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

    A decision made under `old` counts as it was stored; a bare request, or a decision of an
    earlier set, is evaluated under `old` first. Words, missing facts and trace are left out: they
    follow from what is compared.
    """
    changes: list[Change] = []
    for index, item in enumerate(stored):
        request = item.request if isinstance(item, Decision) else item
        known = check_facts(request.facts, request.as_of, old.vocabulary).known
        before: Outcome | Decision | None
        if isinstance(item, Decision) and item.rule_set == old.version:
            before = item if item.status == "decided" else None
        else:
            before = outcome(known, request.as_of, old, calendar)
        after = outcome(known, request.as_of, new, calendar)
        changes += _changes(index, before, after)
    return tuple(changes)


def _changes(index: int, before: Outcome | Decision | None, after: Outcome | None) -> list[Change]:
    if before is None or after is None:
        same = before is None and after is None
        return [] if same else [Change(index, "status", _status(before), _status(after))]
    if _key(before) == _key(after):
        return []
    one, other = _comparable(before), _comparable(after)
    return [Change(index, name, one[name], other[name]) for name in one if one[name] != other[name]]


def _status(result: Outcome | Decision | None) -> str:
    return "undecided" if result is None else "decided"


def _key(result: Outcome | Decision) -> tuple[Any, ...]:
    """What is compared, as it stands: equal keys mean that nothing differs."""
    return (
        result.recommended,
        result.possible,
        result.blocked,
        result.precondition,
        [(deadline.clock, deadline.due) for deadline in result.deadlines],
        result.cite,
        result.red_flags,
    )


def _comparable(result: Outcome | Decision) -> dict[str, Any]:
    return {
        "recommended": result.recommended,
        "possible": tuple(sorted(result.possible)),
        "blocked": tuple(sorted(result.blocked.items())),
        "precondition": result.precondition,
        "deadlines": tuple(sorted((d.clock, d.due.isoformat()) for d in result.deadlines)),
        "cite": tuple(sorted(result.cite)),
        "red_flags": result.red_flags,
    }
