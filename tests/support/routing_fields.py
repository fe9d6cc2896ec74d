"""Compares a decision with a worked case, field by field, as strictly as the cases ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.decide import decide
from backend.routing.model.decision import RoutingRequest, to_json

RUNNING_FLAGS = frozenset({"deadline_lt7", "deadline_lt30", "limit_expired"})
MOST_EXTRA = 4


def differences(case: Mapping[str, Any]) -> list[str]:
    """What the decision on one case has wrong; empty when every field passes."""
    request = RoutingRequest(
        case["matter"], date.fromisoformat(case["as_of"]), case["region"], case["facts"]
    )
    got, want = to_json(decide(request, built_in_rules(), published_calendar())), case["expect"]
    offered = {*got["recommended"], *got["possible"]}
    due = {item["clock"]: item["due"] for item in got["deadlines"]}
    cited = {(item["law"], item["article"]) for item in got["cite"]}
    wanted = {(item["law"], item["article"]) for item in want["cite"]}
    more_clocks = set(due) - {item["clock"] for item in want["deadlines"]}
    allowed = RUNNING_FLAGS if more_clocks else frozenset()
    in_force = built_in_rules().vocabulary.in_force
    checks = {
        "first": got["recommended"][:1] == want["recommended"][:1],
        "offered": {*want["recommended"], *want["possible"]} <= offered,
        "blocked": set(want["blocked"]) <= set(got["blocked"]),
        "blocked too much": len(set(got["blocked"]) - set(want["blocked"])) <= MOST_EXTRA,
        "offered and blocked": not offered & set(got["blocked"]),
        "precondition": got["precondition"] == want["precondition"],
        "deadlines": all(due.get(i["clock"]) == i["due"] for i in want["deadlines"]),
        "not running": not set(want.get("not_running", ())) & set(due),
        "cite": wanted <= cited,
        "cited too much": len(cited - wanted) <= MOST_EXTRA,
        "in force": all(in_force(law, request.as_of) for law, _ in cited),
        "flags": set(want["red_flags"]) <= set(got["red_flags"]),
        "flags too many": set(got["red_flags"]) <= {*want["red_flags"], *allowed},
    }
    return [f"{case['id']} {name}" for name, right in checks.items() if not right]
