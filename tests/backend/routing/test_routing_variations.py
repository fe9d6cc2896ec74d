"""Our own variations: other kinds, missing facts and the edges of every kind of date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.building import cites_of
from tests.support.routing_fields import differences

FEWEST = 60


def _worked(item: dict[str, Any]) -> dict[str, Any]:
    """One variation in the shape of a worked case."""
    want = item["expect"]
    return {
        "id": item["id"],
        "matter": "",
        "as_of": item["as_of"].isoformat(),
        "region": "150404",
        "facts": item["facts"],
        "expect": {
            "recommended": want["recommended"],
            "possible": want.get("possible", []),
            "blocked": want.get("blocked", []),
            "precondition": want["precondition"],
            "deadlines": [
                {"clock": clock, "due": due.isoformat()}
                for clock, due in want.get("deadlines", {}).items()
            ],
            "not_running": want.get("not_running", []),
            "cite": [
                {"law": cite.law, "article": cite.article}
                for cite in cites_of(want.get("cite", []))
            ],
            "red_flags": want.get("red_flags", []),
        },
    }


ITEMS: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("variations.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("item", ITEMS, ids=[item["id"] for item in ITEMS])
def test_a_variation_is_right_in_every_field(item: dict[str, Any]) -> None:
    assert differences(_worked(item)) == [], item["name"]


def test_there_are_enough_variations_and_each_has_its_own_number() -> None:
    numbers = [item["id"] for item in ITEMS]
    assert len(numbers) >= FEWEST
    assert len(set(numbers)) == len(numbers)


def test_every_kind_of_dispute_has_a_worked_case() -> None:
    """All sixty-five kinds: in the rules' own tests, and their issues in the vocabulary."""
    kinds = {
        kind for value in built_in_rules().vocabulary.facts["issue"].values for kind in value.kinds
    }
    tested = {rule.id[:3] for rule in built_in_rules().rules if rule.tests}
    assert len(kinds - {"-"}) == 65
    assert kinds - {"-"} <= tested


def test_a_wrong_expectation_is_found() -> None:
    wrong = _worked(ITEMS[0])
    wrong["expect"] = {**wrong["expect"], "precondition": "RECON_FIRST", "recommended": ["notary"]}
    assert {"V001 first", "V001 precondition", "V001 offered"} <= set(differences(wrong))
