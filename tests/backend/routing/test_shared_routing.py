"""The worked cases and the vocabulary beside the repository, field by field."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.decide import decide
from backend.routing.model.decision import RoutingRequest, to_json
from backend.routing.model.vocabulary import TvNode

pytestmark = pytest.mark.shared

RUNNING_FLAGS = {"deadline_lt7", "deadline_lt30", "limit_expired"}
MOST_EXTRA = 4


def differences(case: dict[str, Any]) -> list[str]:
    """What the decision on one case has wrong, by the rules of the data's README."""
    request = RoutingRequest(
        case["matter"], date.fromisoformat(case["as_of"]), case["region"], case["facts"]
    )
    got, want = to_json(decide(request, built_in_rules(), published_calendar())), case["expect"]
    offered = {*got["recommended"], *got["possible"]}
    due = {item["clock"]: item["due"] for item in got["deadlines"]}
    cited = {(item["law"], item["article"]) for item in got["cite"]}
    wanted = {(item["law"], item["article"]) for item in want["cite"]}
    more_clocks = set(due) - {item["clock"] for item in want["deadlines"]}
    allowed = RUNNING_FLAGS if more_clocks else set()
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


def test_all_worked_cases_are_right_in_every_field(shared: Path) -> None:
    lines = (shared / "routing" / "cases_dev.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    assert len(cases) == 70
    assert [fault for case in cases for fault in differences(case)] == []


def test_the_codes_are_the_same(shared: Path) -> None:
    folder = shared / "routing"
    vocabulary = built_in_rules().vocabulary
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))["facts"]
    assert {fact["code"]: fact["type"] for fact in facts} == {
        fact.code: fact.type for fact in vocabulary.facts.values()
    }
    for fact in facts:
        ours = vocabulary.facts[fact["code"]]
        assert [v["code"] for v in fact.get("values", ())] == [v.code for v in ours.values]
    issues = {v["code"]: v for v in facts[0]["values"]}
    for value in vocabulary.facts["issue"].values:
        assert issues[value.code]["matter"] == value.matter
        assert issues[value.code]["kinds"] == list(value.kinds)
    for name, codes in (
        ("channels", vocabulary.channels),
        ("preconditions", vocabulary.preconditions),
        ("flags", vocabulary.flags),
        ("clocks", built_in_rules().clocks),
    ):
        theirs = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        assert {item["code"] for item in theirs} == set(codes)


def test_the_dates_of_laws_are_the_same(shared: Path) -> None:
    theirs = json.loads((shared / "routing" / "law_versions.json").read_text(encoding="utf-8"))
    ours = {
        law: [
            {
                "version_date": text.version.isoformat(),
                "valid_from": text.valid_from.isoformat(),
                "valid_to": text.valid_to.isoformat() if text.valid_to else None,
            }
            for text in texts
        ]
        for law, texts in built_in_rules().vocabulary.laws.items()
    }
    assert ours == theirs


def test_the_screen_reaches_every_issue_in_few_keys() -> None:
    found: list[str] = []

    def walk(node: TvNode, depth: int) -> None:
        assert len(node.children) <= 4
        assert depth <= 4
        if node.value:
            found.append(node.value)
        for child in node.children:
            walk(child, depth + 1)

    walk(built_in_rules().vocabulary.tv_tree, 0)
    codes = [value.code for value in built_in_rules().vocabulary.facts["issue"].values]
    assert sorted(found) == sorted(codes)
