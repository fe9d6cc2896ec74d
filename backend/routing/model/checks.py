"""What a set of rules must satisfy before it may become active.

Ties (two rows of one rank, or two kinds, matching the same facts), gaps (facts for which nothing
matches), circular preconditions, missing citations, tests or reviewers: each is a problem with
file, row and reason, and one problem refuses the whole set.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from backend.routing.model.conditions import CLOCK_STATES, Condition
from backend.routing.model.rules import Problem, Row, Rule, RuleSet
from backend.routing.model.vocabulary import Vocabulary

Exists = Callable[[str, int, date], bool]

FEWEST_TESTS = 3
NEEDED_TESTS = ("exclusion", "near_miss")
MOST_COMBINATIONS = 20_000
_A_DAY = date(2026, 6, 15)


class _Sample:
    """A view with given values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.known = {code: value for code, value in values.items() if value is not None}

    def get(self, code: str) -> Any:
        """The sampled value; None when unknown."""
        return self.known.get(code)


def check(rules: RuleSet) -> tuple[Problem, ...]:
    """Every problem of the set, in order of file."""
    found = [
        *_circles(rules.vocabulary),
        *_unserved_issues(rules),
        *_kind_ties(rules),
        *_doubles(rules),
    ]
    for rule in rules.rules:
        found += _paper(rule)
        found += _row_ties(rule, rules.vocabulary)
        found += _row_gaps(rule, rules.vocabulary)
        found += _rows(rule, rules.vocabulary)
    for rule in rules.general:
        found += _paper(rule, tests=0)
        found += _rows(rule, rules.vocabulary)
    return tuple(sorted(found, key=lambda problem: problem.file))


def check_citations(rules: RuleSet, exists: Exists, as_of: date) -> tuple[Problem, ...]:
    """Citations a rule would use on `as_of` and that `exists(law, article, as_of)` denies."""
    found = []
    for rule in (*rules.rules, *rules.general):
        for row in (*rule.rows, *rule.also):
            for cite in row.cite:
                if not cite.usable(as_of) or not rules.vocabulary.in_force(cite.law, as_of):
                    continue
                if not exists(cite.law, cite.article, as_of):
                    reason = f"{as_of} 没有现行的{cite.law}第{cite.article}条"
                    found.append(Problem(rule.file, f"{rule.id}.{row.id}", reason))
    return tuple(found)


def _paper(rule: Rule, tests: int = FEWEST_TESTS) -> Iterator[Problem]:
    """Who wrote it, who checked it, and whether it is tested."""
    if not rule.author:
        yield Problem(rule.file, rule.id, "没有作者")
    if not rule.reviewer:
        yield Problem(rule.file, rule.id, "没有复核人")
    elif rule.reviewer == rule.author:
        yield Problem(rule.file, rule.id, "复核人不能是作者本人")
    if not rule.reviewed_by_lawyer:
        yield Problem(rule.file, rule.id, "没有写明律师是否审过")
    if len(rule.tests) < tests:
        yield Problem(rule.file, rule.id, f"测试少于{tests}个")
    kinds = {test.kind for test in rule.tests}
    for kind in NEEDED_TESTS if tests else ():
        if kind not in kinds:
            yield Problem(rule.file, rule.id, f"缺少 {kind} 类测试")
    cited = any(row.cite for row in rule.rows)
    if not cited and not rule.sources and tests:
        yield Problem(rule.file, rule.id, "没有引用")


def _rows(rule: Rule, vocabulary: Vocabulary) -> Iterator[Problem]:
    for row in (*rule.rows, *rule.also):
        where = f"{rule.id}.{row.id}"
        for cite in row.cite:
            if cite.law not in vocabulary.laws:
                yield Problem(rule.file, where, f"引用了没有效力记录的法律 {cite.law}")
        both = set(row.recommended + row.possible) & set(row.blocked)
        if both:
            yield Problem(rule.file, where, f"既推荐又禁止 {'、'.join(sorted(both))}")
        steps = vocabulary.preconditions[row.precondition].steps if row.precondition else ()
        if steps and all(step in row.blocked for step in steps):
            yield Problem(
                rule.file, where, f"前置程序 {row.precondition} 要走的渠道被自己禁止，成了死循环"
            )


def _circles(vocabulary: Vocabulary) -> Iterator[Problem]:
    for code in vocabulary.preconditions:
        seen, queue = set(), [code]
        while queue:
            for before in vocabulary.preconditions[queue.pop()].after:
                if before == code:
                    yield Problem("preconditions.yaml", code, "前置程序成环")
                    return
                if before not in seen:
                    seen.add(before)
                    queue.append(before)


def _doubles(rules: RuleSet) -> Iterator[Problem]:
    seen: set[str] = set()
    for rule in (*rules.rules, *rules.general):
        if rule.id in seen:
            yield Problem(rule.file, rule.id, "规则编号重复")
        seen.add(rule.id)
        names = [row.id for row in (*rule.rows, *rule.also)]
        for name in {name for name in names if names.count(name) > 1}:
            yield Problem(rule.file, f"{rule.id}.{name}", "行编号重复")


def _unserved_issues(rules: RuleSet) -> Iterator[Problem]:
    for value in rules.vocabulary.facts["issue"].values:
        found = rules.by_issue.get(value.code, ())
        if not found:
            yield Problem("rules", value.code, "没有规则管这个事项")
            continue
        conditions = [rule.applies for rule in found]
        for facts in _combinations(conditions, rules.vocabulary, {"issue": value.code}):
            if not any(condition.test(_Sample(facts)) for condition in conditions):
                yield Problem(found[0].file, found[0].id, f"有空档：{_words(facts)}")
                break


def _kind_ties(rules: RuleSet) -> Iterator[Problem]:
    for issue, found in rules.by_issue.items():
        for one, other in itertools.combinations(found, 2):
            if not _same_days(one, other):
                continue
            facts = _both(one.applies, other.applies, rules.vocabulary, {"issue": issue})
            if facts is not None:
                yield Problem(other.file, other.id, f"与 {one.id} 重叠：{_words(facts)}")


def _row_ties(rule: Rule, vocabulary: Vocabulary) -> Iterator[Problem]:
    for one, other in itertools.combinations(rule.rows, 2):
        if one.rank != other.rank:
            continue
        facts = _both(one.when, other.when, vocabulary, _fixed(rule))
        if facts is not None:
            where = f"{rule.id}.{other.id}"
            yield Problem(rule.file, where, f"与 {one.id} 行同级重叠：{_words(facts)}")


def _row_gaps(rule: Rule, vocabulary: Vocabulary) -> Iterator[Problem]:
    if not rule.rows:
        yield Problem(rule.file, rule.id, "没有行")
        return
    if any(not row.when.cells for row in rule.rows):
        return
    conditions = [row.when for row in rule.rows]
    for facts in _combinations([rule.applies, *conditions], vocabulary, _fixed(rule)):
        sample = _Sample(facts)
        if rule.applies.test(sample) and not any(c.test(sample) for c in conditions):
            yield Problem(rule.file, rule.id, f"有空档：{_words(facts)}")
            return


def _fixed(rule: Rule) -> dict[str, Any]:
    return {"issue": rule.issues[0]} if len(rule.issues) == 1 else {}


def _both(
    one: Condition, other: Condition, vocabulary: Vocabulary, fixed: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Facts under which both hold, or None."""
    for facts in _combinations([one, other], vocabulary, fixed):
        sample = _Sample(facts)
        if one.test(sample) and other.test(sample):
            return facts
    return None


def _combinations(
    conditions: Sequence[Condition], vocabulary: Vocabulary, fixed: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Representative facts over every name the conditions read, at most `MOST_COMBINATIONS`."""
    names = sorted(frozenset().union(*(condition.names for condition in conditions)) - set(fixed))
    domains = [_domain(name, vocabulary) for name in names]
    for values in itertools.islice(itertools.product(*domains), MOST_COMBINATIONS):
        yield {**fixed, **dict(zip(names, values, strict=True))}


def _domain(name: str, vocabulary: Vocabulary) -> Sequence[Any]:
    """Values that stand for all: unknown, each enumerated one, a day, small and large numbers."""
    prefix, _, _ = name.partition(".")
    if name in vocabulary.facts:
        fact = vocabulary.facts[name]
        by_type: Mapping[str, Iterable[Any]] = {
            "bool": (True, False),
            "enum": (value.code for value in fact.values),
            "date": (_A_DAY,),
            "number": (1, 5, 50, 5_000),
        }
        return (None, *by_type[fact.type])
    if prefix == "clock":
        return CLOCK_STATES
    if prefix == "can":
        return (True, False)
    if name == "as_of":
        return (date(2024, 6, 1), _A_DAY, _A_DAY + timedelta(days=300))
    return ("civil", "labour", "family", "land", "admin", "criminal", "service", "internal")


def _same_days(one: Rule, other: Rule) -> bool:
    ends_first = one.valid_to is not None and one.valid_to < other.valid_from
    starts_after = other.valid_to is not None and other.valid_to < one.valid_from
    return not (ends_first or starts_after)


def _words(facts: Mapping[str, Any]) -> str:
    known = [f"{code}={value}" for code, value in facts.items() if value is not None]
    return "，".join(known) or "什么都不知道时"


def row_of(rules: RuleSet, name: str) -> tuple[Rule, Row] | None:
    """The rule and row behind a name like `D01.default`, or None."""
    rule_id, _, row_id = name.partition(".")
    rule = rules.rule(rule_id)
    if rule is None:
        return None
    row = next((row for row in (*rule.rows, *rule.also) if row.id == row_id), None)
    return (rule, row) if row else None
