"""Why and why not: each row looked at, cell by cell, and each channel with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from backend.clocks import Calendar
from backend.routing.model.decision import CellTrace, ChannelTrace, RowTrace, Trace
from backend.routing.model.outcome import Draft, Facts, Outcome
from backend.routing.model.rules import Row, Rule, RuleSet


def trace_of(
    facts: Mapping[str, Any],
    as_of: date,
    rules: RuleSet,
    calendar: Calendar,
    result: Outcome,
) -> Trace:
    """Explain a result; the draft the conditions see is the finished one."""
    rule = result.rule
    if rule is None:
        return Trace((), ())
    draft = Draft(rule.branch, rule.arbitrable, rule.aid)
    draft.offered = [*result.recommended, *result.possible]
    draft.blocked = dict(result.blocked)
    view = Facts(facts, as_of, rules, calendar, draft, {})
    fired = set(result.rows)
    tables = [rule, *(table for table in rules.general if _looked_at(table, result, view))]
    pairs = [(table, row) for table in tables for row in (*table.rows, *table.also)]
    rows = tuple(_row(table, row, view, fired) for table, row in pairs)
    return Trace(rows, tuple(_channels(pairs, result, fired, rules)))


def _looked_at(table: Rule, result: Outcome, view: Facts) -> bool:
    fired = any(name.startswith(f"{table.id}.") for name in result.rows)
    return fired or table.applies.test(view)


def _row(rule: Rule, row: Row, view: Facts, fired: set[str]) -> RowTrace:
    cells = tuple(
        CellTrace(
            text=cell.text,
            held=cell.test(view),
            unknown=tuple(
                name
                for name in sorted(cell.names)
                if name in view.rules.vocabulary.facts and name not in view.known
            ),
        )
        for cell in row.when.cells
    )
    return RowTrace(rule.stamp, row.id, f"{rule.id}.{row.id}" in fired, cells, row.why)


def _channels(
    pairs: list[tuple[Rule, Row]], result: Outcome, fired: set[str], rules: RuleSet
) -> list[ChannelTrace]:
    found = []
    for code in rules.vocabulary.channels:
        stance = _stance(code, result)
        because, otherwise = [], []
        for rule, row in pairs:
            applied = f"{rule.id}.{row.id}" in fired
            offers = code in row.recommended or code in row.possible
            reason = row.blocked.get(code) or row.blocked_if_offered.get(code)
            if applied and offers:
                because.append(f"{rule.stamp} {row.id}：{row.why or '列为可选'}")
            if applied and reason:
                because.append(f"{rule.stamp} {row.id}：{reason}")
            if not applied and offers and stance != "recommended":
                wanted = "，".join(cell.text for cell in row.when.cells) or "其他情形"
                otherwise.append(f"{rule.stamp} {row.id}：{wanted}")
        if because or otherwise:
            found.append(ChannelTrace(code, stance, tuple(because), tuple(otherwise)))
    return found


def _stance(code: str, result: Outcome) -> str:
    if code in result.recommended:
        return "recommended"
    if code in result.possible:
        return "possible"
    return "blocked" if code in result.blocked else "not_offered"
