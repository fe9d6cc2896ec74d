"""The request, the decision and its JSON: immutable, superseded but never edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backend.clocks import Deadline


@dataclass(frozen=True, slots=True)
class RoutingRequest:
    """What is asked: the matter, the day it is asked on, the place, and the facts known.

    `facts` are raw: dates may be ISO strings, anything may be wrong. `region` is a six-digit code.
    """

    matter: str
    as_of: date
    region: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CellTrace:
    """One cell of a row: what it wanted, whether it held, and which facts were unknown."""

    text: str
    held: bool
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowTrace:
    """One row looked at: whether it applied, and cell by cell why or why not."""

    rule: str
    row: str
    applied: bool
    cells: tuple[CellTrace, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ChannelTrace:
    """Why a channel is offered or blocked, row by row, and what would have offered it."""

    channel: str
    stance: str
    because: tuple[str, ...]
    otherwise: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that was looked at, and the answer to "why this" and "why not that"."""

    rows: tuple[RowTrace, ...]
    channels: tuple[ChannelTrace, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Which doors are open on a day, which are shut and why, and what runs.

    `missing_facts` come in order of how much their answer would change; `invalid_facts` give the
    reason for each fact that was set aside; `expires_on` is the day after which the decision no
    longer holds, because a deadline, a rule or a law ends. `status` is `decided`, or `undecided`
    when the request itself or the issue cannot be used.
    """

    request: RoutingRequest
    status: str
    recommended: tuple[str, ...]
    possible: tuple[str, ...]
    blocked: Mapping[str, str]
    precondition: str
    deadlines: tuple[Deadline, ...]
    cite: tuple[tuple[str, int], ...]
    red_flags: tuple[str, ...]
    missing_facts: tuple[str, ...]
    invalid_facts: Mapping[str, str]
    rules: tuple[str, ...]
    explanation: tuple[str, ...]
    spoken: str
    tv: tuple[str, ...]
    expires_on: date | None
    competent: Mapping[str, str]
    cost: str
    reviewed_by_lawyer: str
    rule_set: str
    trace: Trace = field(compare=False, repr=False)


def to_json(decision: Decision) -> dict[str, Any]:
    """The decision as `fatong route --json` prints it; days are ISO, articles Arabic numbers."""
    return {
        "recommended": list(decision.recommended),
        "possible": list(decision.possible),
        "blocked": dict(decision.blocked),
        "precondition": decision.precondition,
        "deadlines": [_deadline(item) for item in decision.deadlines],
        "cite": [{"law": law, "article": article} for law, article in decision.cite],
        "red_flags": list(decision.red_flags),
        "missing_facts": list(decision.missing_facts),
        "invalid_facts": dict(decision.invalid_facts),
        "rules": list(decision.rules),
        "explanation": "".join(decision.explanation),
        "spoken": decision.spoken,
    }


def to_record(decision: Decision) -> dict[str, Any]:
    """Everything worth storing: the JSON above, the request, and what desk and screen show."""
    return to_json(decision) | {
        "status": decision.status,
        "request": {
            "matter": decision.request.matter,
            "as_of": decision.request.as_of.isoformat(),
            "region": decision.request.region,
            "facts": {
                code: value.isoformat() if isinstance(value, date) else value
                for code, value in decision.request.facts.items()
            },
        },
        "tv": list(decision.tv),
        "expires_on": decision.expires_on.isoformat() if decision.expires_on else None,
        "competent": dict(decision.competent),
        "cost": decision.cost,
        "reviewed_by_lawyer": decision.reviewed_by_lawyer,
        "rule_set": decision.rule_set,
        "why": [
            {
                "channel": item.channel,
                "stance": item.stance,
                "because": list(item.because),
                "otherwise": list(item.otherwise),
            }
            for item in decision.trace.channels
        ],
    }


def _deadline(item: Deadline) -> dict[str, Any]:
    return {
        "clock": item.clock,
        "due": item.due.isoformat(),
        "name": item.name,
        "starts": item.starts.isoformat(),
        "days_left": item.days_left,
        "colour": item.colour,
        "basis": [{"law": basis.law, "article": basis.article} for basis in item.basis],
        "basis_other": list(item.basis_other),
        "provisional": item.provisional,
        "reason": item.reason,
    }
