"""Runs the cases kept beside the rules, and says in words what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.clocks import Calendar
from backend.routing.model.building import cites_of
from backend.routing.model.decide import decide
from backend.routing.model.decision import Decision, RoutingRequest
from backend.routing.model.rules import RuleSet, WorkedCase

_KEYS = frozenset(
    "first second offered not_offered blocked precondition deadlines not_running cite not_cite "
    "flags no_flags missing".split()
)


def run_case(case: WorkedCase, rules: RuleSet, calendar: Calendar) -> tuple[str, ...]:
    """What a case expects and does not get; empty when it passes."""
    matter = next(
        (v.matter for v in rules.vocabulary.facts["issue"].values if v.code == case.facts["issue"]),
        "",
    )
    request = RoutingRequest(matter, case.as_of, case.region, case.facts)
    decision = decide(request, rules, calendar)
    unknown = set(case.expect) - _KEYS
    found = [f"不认识的预期 {key}" for key in sorted(unknown)]
    found += [f"{code}：{reason}" for code, reason in decision.invalid_facts.items()]
    return (*found, *_differences(case.expect, decision))


def _differences(expect: Mapping[str, Any], decision: Decision) -> Iterator[str]:
    offered = {*decision.recommended, *decision.possible}
    running = {item.clock: item.due.isoformat() for item in decision.deadlines}
    cited = set(decision.cite)
    for place, key in enumerate(("first", "second")):
        got = decision.recommended[place] if len(decision.recommended) > place else ""
        if key in expect and expect[key] != got:
            yield f"{key} 应为 {expect[key]}，得到 {got or '无'}"
    if "precondition" in expect and expect["precondition"] != decision.precondition:
        yield f"前置应为 {expect['precondition']}，得到 {decision.precondition}"
    yield from _all_in("offered", expect.get("offered", ()), offered)
    yield from _all_in("blocked", expect.get("blocked", ()), set(decision.blocked))
    yield from _all_in("flags", expect.get("flags", ()), set(decision.red_flags))
    yield from _none_in("not_offered", expect.get("not_offered", ()), offered)
    yield from _none_in("not_running", expect.get("not_running", ()), set(running))
    yield from _none_in("no_flags", expect.get("no_flags", ()), set(decision.red_flags))
    wanted = {(cite.law, cite.article) for cite in cites_of(expect.get("cite", ()))}
    unwanted = {(cite.law, cite.article) for cite in cites_of(expect.get("not_cite", ()))}
    yield from _all_in("cite", sorted(wanted), cited)
    yield from _none_in("not_cite", sorted(unwanted), cited)
    for clock, due in expect.get("deadlines", {}).items():
        if running.get(clock) != str(due):
            yield f"{clock} 应为 {due}，得到 {running.get(clock)}"
    yield from _all_in("missing", expect.get("missing", ()), set(decision.missing_facts))


def _all_in(name: str, wanted: Iterable[Any], got: set[Any]) -> Iterator[str]:
    lacking = [item for item in wanted if item not in got]
    if lacking:
        yield f"{name} 缺 {lacking}，得到 {sorted(got)}"


def _none_in(name: str, unwanted: Iterable[Any], got: set[Any]) -> Iterator[str]:
    surplus = [item for item in unwanted if item in got]
    if surplus:
        yield f"{name} 却有 {surplus}"
