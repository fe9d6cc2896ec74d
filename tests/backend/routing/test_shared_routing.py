"""The worked cases and the vocabulary beside the repository, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.vocabulary import TvNode
from tests.support.routing_fields import differences

pytestmark = pytest.mark.shared

# The thirty days after a title decision (土地管理法 14) stand beside the six months of a suit.
OWN_CLOCKS = {"title_suit"}


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
        ("clocks", set(built_in_rules().clocks) - OWN_CLOCKS),
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
