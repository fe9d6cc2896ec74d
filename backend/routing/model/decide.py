"""From a request to a decision: check, evaluate, explain. Never a guess, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from backend.clocks import Calendar, Nature
from backend.routing.model.decision import Decision, RoutingRequest, Trace
from backend.routing.model.facts import EARLIEST, check_facts
from backend.routing.model.missing import missing_facts
from backend.routing.model.outcome import Outcome, outcome
from backend.routing.model.rules import NOT_REVIEWED, RuleSet
from backend.routing.model.tracing import trace_of
from backend.routing.model.words import explanation_of, spoken_of, tv_of, undecided_words


def decide(request: RoutingRequest, rules: RuleSet, calendar: Calendar) -> Decision:
    """Decide on a request; what cannot be used is named in `invalid_facts` with its reason.

    A request whose day or region is wrong, or whose issue is unknown, gives an undecided answer
    that says what is missing.
    """
    checked = check_facts(request.facts, request.as_of, rules.vocabulary)
    invalid = dict(checked.invalid)
    if request.as_of < EARLIEST:
        invalid["as_of"] = "日期早于1949年10月1日"
    if not rules.vocabulary.knows_region(request.region):
        invalid["region"] = f"不认识的地区编码：{str(request.region)[:12] or '空'}"
    if "as_of" in invalid or "region" in invalid:
        return _undecided(request, rules, invalid, ())
    result = outcome(checked.known, request.as_of, rules, calendar)
    missing = missing_facts(checked.known, request.as_of, rules, calendar, result)
    missing = tuple(dict.fromkeys([*(c for c in invalid if c in rules.vocabulary.facts), *missing]))
    if result is None or result.rule is None:
        return _undecided(request, rules, invalid, missing or ("issue",))
    words = explanation_of(result, rules.vocabulary)
    return Decision(
        request=request,
        status="decided",
        recommended=result.recommended,
        possible=result.possible,
        blocked=result.blocked,
        precondition=result.precondition,
        deadlines=result.deadlines,
        cite=result.cite,
        red_flags=result.red_flags,
        missing_facts=missing,
        invalid_facts=invalid,
        rules=result.rules,
        explanation=words,
        spoken=spoken_of(words),
        tv=tv_of(result, rules.vocabulary),
        expires_on=_expires(result, request.as_of, rules),
        competent=_competent(result, request.region, rules),
        cost=result.rule.cost or rules.vocabulary.channels[result.recommended[0]].cost
        if result.recommended
        else result.rule.cost,
        reviewed_by_lawyer=result.rule.reviewed_by_lawyer,
        rule_set=rules.version,
        trace=trace_of(checked.known, request.as_of, rules, calendar, result),
    )


def superseded(decision: Decision, as_of: date, rules: RuleSet, calendar: Calendar) -> Decision:
    """A new decision on the same request at a later day; the old one is left as it is."""
    return decide(replace(decision.request, as_of=as_of), rules, calendar)


def _undecided(
    request: RoutingRequest, rules: RuleSet, invalid: Mapping[str, str], missing: tuple[str, ...]
) -> Decision:
    words = undecided_words(missing, invalid, rules.vocabulary)
    return Decision(
        request=request,
        status="undecided",
        recommended=(),
        possible=(),
        blocked={},
        precondition="NONE",
        deadlines=(),
        cite=(),
        red_flags=(),
        missing_facts=missing,
        invalid_facts=invalid,
        rules=(),
        explanation=words,
        spoken=spoken_of(words),
        tv=("资料不全，请补充",),
        expires_on=None,
        competent={},
        cost="",
        reviewed_by_lawyer=NOT_REVIEWED,
        rule_set=rules.version,
        trace=Trace((), ()),
    )


def _competent(result: Outcome, region: str, rules: RuleSet) -> dict[str, str]:
    """Who is competent for each offered channel, by region and level."""
    own = result.rule.competent if result.rule else {}
    banner, league = rules.vocabulary.place(region)
    return {
        code: own.get(code, rules.vocabulary.channels[code].body).format(
            banner=banner, league=league
        )
        for code in (*result.recommended, *result.possible)
    }


def _expires(result: Outcome, as_of: date, rules: RuleSet) -> date | None:
    """The last day on which the decision holds: the nearest own deadline, rule or law to end."""
    ends = [d.due for d in result.deadlines if d.nature is Nature.DEADLINE and d.due >= as_of]
    ends += [d.due for d in result.deadlines if d.nature is Nature.WAIT and d.due >= as_of]
    if result.rule and result.rule.valid_to:
        ends.append(result.rule.valid_to)
    for law, _ in result.cite:
        ends += [
            text.valid_to
            for text in rules.vocabulary.laws.get(law, ())
            if text.valid_to is not None and text.covers(as_of)
        ]
        ends += [
            text.valid_from - timedelta(days=1)
            for text in rules.vocabulary.laws.get(law, ())
            if text.valid_from > as_of
        ]
    return min(ends, default=None)
