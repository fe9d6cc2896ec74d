"""Reading facts: each is accepted, or set aside with the reason; nothing is guessed or repaired."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.routing.model.vocabulary import Fact, Vocabulary

EARLIEST = date(1949, 10, 1)
LATEST_YEARS_AHEAD = 50

# Pairs of dates of which the first can never be later than the second.
_IN_ORDER = (
    ("event_on", "knew_on", "知道的日子早于事情发生的日子"),
    ("knew_on", "remedy_known_on", "得知能复议的日子早于知道决定的日子"),
    ("recon_applied_on", "recon_accepted_on", "复议受理早于递交申请"),
    ("recon_accepted_on", "recon_decided_on", "复议决定早于受理"),
    ("recon_applied_on", "recon_decided_on", "复议决定早于递交申请"),
    ("knew_on", "recon_applied_on", "递交复议申请早于知道决定的日子"),
)

# Values that cannot both be true: (fact, values), (fact, values), reason.
_EXCLUSIVE: tuple[tuple[str, tuple[Any, ...], str, tuple[Any, ...], str], ...] = (
    (
        "issue",
        ("family_violence",),
        "domestic_violence",
        (False,),
        "说是家庭暴力，又说没有家庭暴力",
    ),
    ("info_outcome", ("refused",), "agency_no_action", (True,), "既说答复不予公开，又说没有答复"),
    ("info_outcome", ("no_reply",), "agency_no_action", (False,), "既说没有答复，又说已经答复"),
)


@dataclass(frozen=True, slots=True)
class CheckedFacts:
    """Facts that may be used, and those that may not, each with its reason."""

    known: Mapping[str, Any]
    invalid: Mapping[str, str]


def check_facts(raw: Mapping[str, Any], as_of: date, vocabulary: Vocabulary) -> CheckedFacts:
    """Check types, ranges, days and contradictions; an empty value counts as unknown."""
    known: dict[str, Any] = {}
    invalid: dict[str, str] = {}
    for code, value in raw.items():
        fact = vocabulary.facts.get(code)
        if fact is None:
            invalid[code] = "不认识的事实"
            continue
        if value is None or value == "":
            continue
        try:
            known[code] = _read(fact, value, as_of)
        except ValueError as error:
            invalid[code] = str(error)
    for code, reason in _contradictions(known).items():
        known.pop(code, None)
        invalid[code] = reason
    return CheckedFacts(known, invalid)


def _read(fact: Fact, value: Any, as_of: date) -> Any:
    if fact.type == "bool":
        if not isinstance(value, bool):
            raise ValueError("应为是或否")
        return value
    if fact.type == "enum":
        if not isinstance(value, str) or not fact.allows(value):
            raise ValueError(f"没有这个选项：{str(value)[:20]}")
        return value
    if fact.type == "number":
        return _number(fact, value)
    return _day(fact, value, as_of)


def _number(fact: Fact, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("应为数字")
    if fact.low is not None and value < fact.low:
        raise ValueError(f"不能小于{fact.low:g}")
    if fact.high is not None and value > fact.high:
        raise ValueError("数目大得不合情理")
    return value


def _day(fact: Fact, value: Any, as_of: date) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise ValueError("不是有效的日期（应为 年-月-日）") from None
    if type(value) is not date:
        raise ValueError("不是有效的日期（应为 年-月-日）")
    if value < EARLIEST:
        raise ValueError("日期早于1949年10月1日")
    if value > as_of and not fact.future:
        raise ValueError("日期在来电日之后")
    if value.year > as_of.year + LATEST_YEARS_AHEAD:
        raise ValueError("日期过远")
    return value


def _contradictions(known: Mapping[str, Any]) -> dict[str, str]:
    """Both sides of a contradiction are set aside: which one is wrong is for the person to say."""
    found: dict[str, str] = {}
    for first, second, reason in _IN_ORDER:
        one, other = known.get(first), known.get(second)
        if one is not None and other is not None and one > other:
            found[first] = found[second] = reason
    for first, values, second, others, reason in _EXCLUSIVE:
        if known.get(first) in values and known.get(second) in others:
            found[second] = reason
    if known.get("still_employed") is True and known.get("employment_ended_on") is not None:
        found["still_employed"] = found["employment_ended_on"] = "既说仍在职，又给了离职日期"
    return found
