"""Every worked case kept beside a rule, run through the whole decision."""

from __future__ import annotations

import pytest

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.rules import WorkedCase
from backend.routing.model.worked import run_case

CASES = [
    pytest.param(case, id=f"{rule.id}-{case.name}")
    for rule in built_in_rules().rules
    for case in rule.tests
]


@pytest.mark.parametrize("case", CASES)
def test_worked_case(case: WorkedCase) -> None:
    assert run_case(case, built_in_rules(), published_calendar()) == ()


def test_a_wrong_expectation_is_reported() -> None:
    """The runner itself must be able to fail, in every kind of expectation."""
    case = next(case for rule in built_in_rules().rules for case in rule.tests)
    wrong = WorkedCase(
        name="错的",
        kind="typical",
        as_of=case.as_of,
        region=case.region,
        facts={"issue": "loan", "mediation_refused": True},
        expect={
            "first": "notary",
            "second": "police",
            "precondition": "RECON_FIRST",
            "offered": ["notary"],
            "not_offered": ["civil_suit"],
            "blocked": ["civil_suit"],
            "deadlines": {"recon_apply": "2026-01-01"},
            "not_running": [],
            "cite": ["公证法 11"],
            "not_cite": ["人民调解法 17"],
            "flags": ["danger_now"],
            "no_flags": ["mediation_refused"],
            "missing": ["issue"],
            "nonsense": 1,
        },
    )
    assert len(run_case(wrong, built_in_rules(), published_calendar())) == 13
