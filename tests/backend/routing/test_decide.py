"""Decisions: bad input never guesses and never raises; words, missing facts, trace, expiry."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.clocks.adapters.calendar_json import published_calendar
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.decide import decide, superseded
from backend.routing.model.decision import Decision, RoutingRequest, to_json, to_record

RULES = built_in_rules()
CALENDAR = published_calendar()
DAY = date(2026, 5, 20)


def on(facts: dict[str, Any], as_of: date = DAY, region: str = "150402") -> Decision:
    return decide(RoutingRequest("1006", as_of, region, facts), RULES, CALENDAR)


@cache
def decided() -> tuple[Decision, ...]:
    """The decision on every worked case, made once."""
    return tuple(on(dict(case.facts), case.as_of) for rule in RULES.rules for case in rule.tests)


LOAN = {"issue": "loan", "mediation_refused": False, "debt_clear": True, "due_on": "2025-12-31"}


def test_the_json_has_the_promised_shape() -> None:
    result = to_json(on(LOAN))
    promised = (
        "recommended possible blocked precondition deadlines cite red_flags missing_facts rules "
        "explanation spoken"
    ).split()
    assert set(promised) <= set(result)
    assert result["deadlines"][0]["clock"] == "civil_limitation"
    assert result["deadlines"][0]["due"] == "2028-12-31"
    assert result["cite"][0] == {"law": "民法典", "article": 188}
    assert result["rules"] == ["D43@1"]
    assert json.loads(json.dumps(to_record(on(LOAN)), ensure_ascii=False))["status"] == "decided"


def test_at_most_five_sentences_and_short_lines() -> None:
    for result in decided():
        assert 1 <= len(result.explanation) <= 5
        assert result.spoken
        assert all(len(line) <= 18 for line in result.tv)
        assert len(result.tv) <= 5


@pytest.mark.parametrize(
    ("facts", "code", "reason"),
    [
        ({"knew_on": "2026-05-21"}, "knew_on", "来电日之后"),
        ({"knew_on": "1948-01-01"}, "knew_on", "1949"),
        ({"knew_on": "昨天"}, "knew_on", "不是有效的日期"),
        ({"knew_on": "2026-02-30"}, "knew_on", "不是有效的日期"),
        ({"knew_on": 20260101}, "knew_on", "不是有效的日期"),
        ({"due_on": "2199-01-01"}, "due_on", "过远"),
        ({"amount": -1}, "amount", "不能小于"),
        ({"amount": "两万"}, "amount", "数字"),
        ({"amount": float("nan")}, "amount", "数字"),
        ({"amount": True}, "amount", "数字"),
        ({"amount": 1e15}, "amount", "不合情理"),
        ({"persons": 0}, "persons", "不能小于1"),
        ({"debt_clear": "yes"}, "debt_clear", "是或否"),
        ({"debt_clear": 1}, "debt_clear", "是或否"),
        ({"aid_ground": "rich"}, "aid_ground", "没有这个选项"),
        ({"aid_ground": ["none"]}, "aid_ground", "没有这个选项"),
        ({"colour": "red"}, "colour", "不认识的事实"),
        ({"event_on": "2026-05-02", "knew_on": "2026-05-01"}, "event_on", "早于"),
        (
            {"recon_applied_on": "2026-05-02", "recon_accepted_on": "2026-05-01"},
            "recon_accepted_on",
            "早于",
        ),
        (
            {"still_employed": True, "employment_ended_on": "2026-01-01"},
            "still_employed",
            "仍在职",
        ),
    ],
)
def test_bad_facts_are_set_aside_with_a_reason(
    facts: dict[str, Any], code: str, reason: str
) -> None:
    result = on({"issue": "loan", **facts})
    assert reason in result.invalid_facts[code]
    assert result.status == "decided"
    assert result.deadlines == ()
    if code in RULES.vocabulary.facts:
        assert code in result.missing_facts


@pytest.mark.parametrize(
    ("as_of", "region", "facts", "missing"),
    [
        (DAY, "999999", LOAN, "region"),
        (DAY, "159999", LOAN, "region"),
        (DAY, "", LOAN, "region"),
        (DAY, "十五万", LOAN, "region"),
        (date(1948, 1, 1), "150402", LOAN, "as_of"),
    ],
)
def test_a_wrong_request_is_undecided(
    as_of: date, region: str, facts: dict[str, Any], missing: str
) -> None:
    result = on(facts, as_of, region)
    assert result.status == "undecided"
    assert missing in result.invalid_facts
    assert result.recommended == ()
    assert result.explanation


@pytest.mark.parametrize("facts", [{}, {"issue": ""}, {"issue": None}, {"issue": "nonsense"}])
def test_without_an_issue_the_question_comes_back(facts: dict[str, Any]) -> None:
    result = on(facts)
    assert result.status == "undecided"
    assert result.missing_facts == ("issue",)
    assert any("哪一类" in sentence for sentence in result.explanation)


def test_contradictory_facts_are_both_set_aside() -> None:
    result = on({"issue": "wages", "still_employed": True, "employment_ended_on": "2026-01-20"})
    assert set(result.invalid_facts) == {"still_employed", "employment_ended_on"}
    assert {"still_employed", "employment_ended_on"} <= set(result.missing_facts)


def test_regions_of_elsewhere_are_known_by_province() -> None:
    assert on(LOAN, region="110101").status == "decided"
    assert "北京市" in on(LOAN, region="110101").competent["people_mediation"]
    assert "红山区" in on(LOAN, region="150402").competent["people_mediation"]
    contract = on({"issue": "contract", "award_on": "2026-05-01"})
    assert "赤峰市" in contract.competent["award_setaside"]


def test_missing_facts_come_by_how_much_they_change() -> None:
    order = on({"issue": "divorce", "divorce_mutual": False}).missing_facts
    assert order.index("domestic_violence") < order.index("aid_ground")  # only one more offer
    assert "knew_on" not in order
    assert "domestic_violence" not in on({"issue": "penalty"}).missing_facts


def test_a_known_fact_is_never_asked_for() -> None:
    for result in decided():
        assert not set(result.request.facts) & set(result.missing_facts)


def test_why_and_why_not() -> None:
    result = on({"issue": "wages", "employment_relation": "yes"})
    by_channel = {item.channel: item for item in result.trace.channels}
    suit = by_channel["civil_suit"]
    assert suit.stance == "blocked"
    assert any("劳动争议未经仲裁" in text for text in suit.because)
    assert any("iou_only" in text and "wage_iou: true" in text for text in suit.otherwise)
    iou = next(row for row in result.trace.rows if row.row == "iou_only")
    assert not iou.applied
    assert iou.cells[0].unknown == ("wage_iou",)


def test_the_first_sentence_names_the_first_channel() -> None:
    result = on({"issue": "penalty", "act_on_the_spot_penalty": True})
    assert result.explanation[0].startswith("建议先走行政复议")
    assert result.explanation[1] == RULES.vocabulary.preconditions["RECON_FIRST"].notice


def test_a_decision_ends_with_its_earliest_clock_or_law() -> None:
    assert on(LOAN).expires_on == date(2028, 12, 31)
    noise = on({"issue": "noise_fumes"})
    assert noise.expires_on == date(2026, 8, 14)
    later = superseded(noise, date(2026, 9, 1), RULES, CALENDAR)
    assert later.cite != noise.cite
    assert noise.request.as_of == DAY


def test_every_decision_says_that_no_lawyer_has_reviewed_it_yet() -> None:
    assert on(LOAN).reviewed_by_lawyer == "not yet"


def test_beyond_the_calendar_is_said() -> None:
    result = on({"issue": "loan", "due_on": "2026-03-11"})
    assert result.deadlines[0].provisional
    assert "2029" in result.deadlines[0].reason
    assert any("先按较早的日子" in sentence for sentence in result.explanation)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.dates().map(date.isoformat),
    st.lists(st.integers(), max_size=2),
)
CODES = st.sampled_from(sorted(RULES.vocabulary.facts))
VALID = st.fixed_dictionaries(
    {"issue": st.sampled_from([value.code for value in RULES.vocabulary.facts["issue"].values])},
    optional={
        fact.code: {
            "bool": st.booleans(),
            "enum": st.sampled_from([value.code for value in fact.values] or ["none"]),
            "date": st.dates(date(2021, 1, 1), DAY).map(date.isoformat),
            "number": st.integers(1, 10**6),
        }[fact.type]
        for fact in RULES.vocabulary.facts.values()
        if fact.code != "issue"
    },
)


@settings(max_examples=60, deadline=None)
@given(facts=st.dictionaries(CODES | st.text(max_size=8), ANYTHING, max_size=8))
def test_anything_at_all_gives_a_decision(facts: dict[str, Any]) -> None:
    result = on(facts)
    assert result.explanation
    json.dumps(to_record(result), default=str)


@settings(max_examples=120, deadline=None)
@given(facts=VALID)
def test_what_is_offered_is_never_blocked_and_citations_are_in_force(
    facts: dict[str, Any],
) -> None:
    result = on(facts)
    offered = {*result.recommended, *result.possible}
    assert not offered & set(result.blocked)
    assert len(result.recommended) + len(result.possible) == len(offered)
    assert all(RULES.vocabulary.in_force(law, DAY) for law, _ in result.cite)
    if facts.get("mediation_refused") is True:
        assert not offered & {"people_mediation", "industry_mediation", "admin_mediation"}
    if facts.get("danger_now"):
        assert result.recommended[:1] == ("police",)
