"""Replay of stored decisions before rules change, and what a decision costs."""

from __future__ import annotations

import copy
import statistics
import time
from datetime import date

import pytest

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ruleset_yaml import built_in_files, built_in_rules, rule_set_from
from backend.routing.model.decide import decide
from backend.routing.model.decision import RoutingRequest
from backend.routing.model.replay import replay
from backend.routing.model.rules import RuleSet

CALENDAR = published_calendar()


def requests() -> list[RoutingRequest]:
    return [
        RoutingRequest("", case.as_of, case.region, case.facts)
        for rule in built_in_rules().rules
        for case in rule.tests
    ]


def changed_rules() -> RuleSet:
    """The shipped rules, but neighbours go to court at once."""
    files = [(name, copy.deepcopy([dict(r) for r in rules])) for name, rules in built_in_files()]
    neighbour = next(r for _, rules in files for r in rules if r["id"] == "D13")
    neighbour["version"] = 2
    for row in neighbour["rows"]:
        row["recommended"], row["possible"] = ["civil_suit"], ["people_mediation"]
    return rule_set_from(files)


def test_the_same_rules_change_nothing() -> None:
    assert replay(requests(), built_in_rules(), built_in_rules(), CALENDAR) == ()


def test_a_changed_rule_shows_which_decisions_change_and_how() -> None:
    stored = [decide(request, built_in_rules(), CALENDAR) for request in requests()]
    changes = replay(stored, built_in_rules(), changed_rules(), CALENDAR)
    assert changes == replay(requests(), built_in_rules(), changed_rules(), CALENDAR)
    touched = {stored[change.index].request.facts["issue"] for change in changes}
    assert touched == {"neighbour"}
    first = next(change for change in changes if change.field == "recommended")
    assert first.before == ("people_mediation",)
    assert first.after == ("civil_suit",)


def test_an_undecided_request_stays_undecided() -> None:
    nothing = RoutingRequest("", date(2026, 5, 20), "150402", {})
    assert replay([nothing], built_in_rules(), changed_rules(), CALENDAR) == ()


@pytest.mark.bench
def test_a_decision_takes_five_milliseconds_at_most() -> None:
    rules, asked = built_in_rules(), requests()
    times = []
    for request in asked * 2:
        start = time.process_time()
        decide(request, rules, CALENDAR)
        times.append(1000 * (time.process_time() - start))
    warm = times[len(asked) :]
    print(f"decision: median {statistics.median(warm):.2f} ms, most {max(warm):.2f} ms")  # noqa: T201
    assert statistics.median(warm) <= 5


@pytest.mark.bench
def test_ten_thousand_decisions_are_replayed_in_a_second_a_core() -> None:
    rules = built_in_rules()
    stored = [decide(request, rules, CALENDAR) for request in requests()]
    many = [stored[number % len(stored)] for number in range(10_000)]
    spent = []
    for _ in range(5):
        start = time.process_time()
        assert replay(many, rules, rules, CALENDAR) == ()
        spent.append(time.process_time() - start)
    print(f"10,000 replayed: {min(spent):.2f} s of one core at best")  # noqa: T201
    assert min(spent) <= 1
