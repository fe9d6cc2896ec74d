"""From plain data (as YAML or xlsx give it) to values; faults are collected, none is guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from backend.clocks import Basis, Clock, Length, Nature, Roll, Unit, Variant
from backend.routing.model.checks import check
from backend.routing.model.conditions import Compiler, ConditionError
from backend.routing.model.rules import (
    BRANCHES,
    NOT_REVIEWED,
    Cite,
    Problem,
    Row,
    Rule,
    RuleError,
    RuleSet,
    WorkedCase,
)
from backend.routing.model.vocabulary import Vocabulary

Plain = Mapping[str, Any]

_CITE = re.compile(r"^(\S+) (\d+(?:, ?\d+)*)$")
_ROW_KEYS = frozenset(
    "id rank when recommended possible blocked blocked_if_offered only allows precondition clocks "
    "stop_clocks cite cite_until cite_since keep_cites branch arbitrable aid last why".split()
)
_RULE_KEYS = frozenset(
    "id version name general order issues branch applies valid_from valid_to date_basis author "
    "reviewer reviewed_by_lawyer rows also tests arbitrable aid cost competent sources "
    "asked_in".split()
)


class _Refused(ValueError):
    """A fault inside one row or head; caught and collected."""


def cites_of(
    texts: Sequence[str], since: date | None = None, until: date | None = None
) -> tuple[Cite, ...]:
    """Read citations written as "民法典 188, 191"; raises ValueError on anything else."""
    found: list[Cite] = []
    for text in texts:
        match = _CITE.match(str(text))
        if match is None:
            raise ValueError(f"引用应写作“法律名 条号”，得到 {text!r}")
        found += [Cite(match[1], int(n), since, until) for n in match[2].split(",")]
    return tuple(found)


def clock_from(data: Plain) -> Clock:
    """One clock; raises ValueError naming the clock and the fault."""
    try:
        return Clock(
            code=data["code"],
            name=data["name"],
            text=data["text"],
            length=_length(data["length"]),
            starts_from=data["from"],
            basis=_basis(data["basis"]),
            nature=Nature(data["nature"]),
            roll=Roll(data["roll"]),
            stops=tuple(data.get("stops", ())),
            basis_other=tuple(data.get("basis_other", ())),
            variants=tuple(_variant(item) for item in data.get("variants", ())),
            interruptible=bool(data.get("interruptible", False)),
            suspendable=bool(data.get("suspendable", False)),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ValueError(f"时限 {data.get('code', '?')}：{error}") from error


def _variant(data: Plain) -> Variant:
    when = {
        code: ("before", wanted["before"]) if isinstance(wanted, Mapping) else wanted
        for code, wanted in data["when"].items()
    }
    return Variant(
        when=when,
        length=_length(data["length"]) if "length" in data else None,
        starts_from=data.get("from"),
        cap=data.get("cap"),
        none=bool(data.get("none", False)),
        basis=_basis(data["basis"]) if "basis" in data else None,
        note=data.get("note", ""),
    )


def _length(text: str) -> Length:
    number, unit = str(text).split()
    if int(number) < 1:
        raise ValueError(f"期限应为正数：{text}")
    return Length(int(number), Unit(unit))


def _basis(texts: Sequence[str]) -> tuple[Basis, ...]:
    return tuple(Basis(cite.law, cite.article) for cite in cites_of(texts))


class RuleBuilder:
    """Builds rules from plain mappings and collects what is wrong with them."""

    def __init__(self, vocabulary: Vocabulary, clocks: Mapping[str, Clock]) -> None:
        self._vocabulary = vocabulary
        self._clocks = clocks
        self._compiler = Compiler(vocabulary, frozenset(clocks), BRANCHES)
        self.problems: list[Problem] = []

    def build(self, file: str, data: Plain) -> Rule | None:
        """One rule, or None when its head is unusable (see `problems`)."""
        try:
            if not isinstance(data, dict):
                raise _Refused("规则应为键值表")
            self._head(data)
            return self._rule(file, data)
        except (_Refused, ConditionError, ValueError, KeyError, TypeError, AttributeError) as fault:
            reason = f"缺少 {fault}" if isinstance(fault, KeyError) else str(fault)
            rule_id = str(data.get("id", "")) if isinstance(data, dict) else ""
            self.problems.append(Problem(file, rule_id, reason))
            return None

    def _head(self, data: Plain) -> None:
        unknown = set(data) - _RULE_KEYS
        if unknown:
            raise _Refused(f"不认识的栏目 {'、'.join(sorted(unknown))}")
        issue = self._vocabulary.facts["issue"]
        for code in data.get("issues", ()):
            if not issue.allows(code):
                raise _Refused(f"不认识的事项 {code}")
        if data["branch"] not in BRANCHES:
            raise _Refused(f"不认识的类别 {data['branch']}")

    def _rule(self, file: str, data: Plain) -> Rule:
        rows = [row for row in (self._row(file, item) for item in data["rows"]) if row]
        also = [row for row in (self._row(file, item) for item in data.get("also", ())) if row]
        return Rule(
            id=data["id"],
            version=int(data["version"]),
            name=data["name"],
            file=file,
            issues=tuple(data.get("issues", ())),
            branch=data["branch"],
            applies=self._compiler.compile(data.get("applies")),
            valid_from=_day(data["valid_from"]),
            valid_to=_day(data["valid_to"]) if data.get("valid_to") else None,
            date_basis=data.get("date_basis", ""),
            author=str(data.get("author", "")).strip(),
            reviewer=str(data.get("reviewer", "")).strip(),
            reviewed_by_lawyer=str(data.get("reviewed_by_lawyer", NOT_REVIEWED)),
            rows=tuple(sorted(rows, key=lambda row: row.rank)),
            also=tuple(also),
            tests=tuple(self._worked(item, data) for item in data.get("tests", ())),
            arbitrable=bool(data.get("arbitrable", False)),
            aid=bool(data.get("aid", False)),
            cost=data.get("cost", ""),
            competent=self._codes(data.get("competent", {}), self._vocabulary.channels, "渠道"),
            sources=tuple(data.get("sources", ())),
            asked_in=frozenset(data.get("asked_in", BRANCHES)),
        )

    def _row(self, file: str, data: Plain) -> Row | None:
        try:
            return self._checked_row(data)
        except (_Refused, ConditionError, ValueError, KeyError, TypeError, AttributeError) as fault:
            reason = f"缺少 {fault}" if isinstance(fault, KeyError) else str(fault)
            row_id = str(data.get("id", "")) if isinstance(data, Mapping) else str(data)
            self.problems.append(Problem(file, row_id, reason))
            return None

    def _checked_row(self, data: Plain) -> Row:
        unknown = set(data) - _ROW_KEYS
        if unknown:
            raise _Refused(f"不认识的栏目 {'、'.join(sorted(unknown))}")
        channels = self._vocabulary.channels
        precondition = data.get("precondition")
        if precondition is not None and precondition not in self._vocabulary.preconditions:
            raise _Refused(f"不认识的前置程序 {precondition}")
        branch = data.get("branch", "")
        if branch and branch not in BRANCHES:
            raise _Refused(f"不认识的类别 {branch}")
        return Row(
            id=str(data["id"]),
            rank=int(data.get("rank", 5)),
            when=self._compiler.compile(data.get("when")),
            recommended=self._list(data, "recommended", channels, "渠道"),
            possible=self._list(data, "possible", channels, "渠道"),
            blocked=self._codes(data.get("blocked", {}), channels, "渠道"),
            blocked_if_offered=self._codes(data.get("blocked_if_offered", {}), channels, "渠道"),
            only=self._list(data, "only", channels, "渠道"),
            allows=self._list(data, "allows", channels, "渠道"),
            precondition=precondition,
            clocks=self._list(data, "clocks", self._clocks, "时限"),
            stop_clocks=self._list(data, "stop_clocks", {**self._clocks, "all": None}, "时限"),
            cite=self._cites(data),
            keep_cites=bool(data.get("keep_cites", True)),
            branch=branch,
            arbitrable=data.get("arbitrable"),
            aid=data.get("aid"),
            last=bool(data.get("last", False)),
            why=data.get("why", ""),
        )

    def _cites(self, data: Plain) -> tuple[Cite, ...]:
        cites = list(cites_of(data.get("cite", ())))
        for day, texts in data.get("cite_since", {}).items():
            cites += cites_of(texts, since=_day(day))
        for day, texts in data.get("cite_until", {}).items():
            cites += cites_of(texts, until=_day(day))
        return tuple(cites)

    def _list(self, data: Plain, key: str, known: Mapping[str, Any], what: str) -> tuple[str, ...]:
        codes = tuple(data.get(key, ()))
        for code in codes:
            if code not in known:
                raise _Refused(f"{key} 里有不认识的{what} {code}")
        return codes

    def _codes(
        self, table: Mapping[str, str], known: Mapping[str, Any], what: str
    ) -> dict[str, str]:
        for code in table:
            if code not in known:
                raise _Refused(f"不认识的{what} {code}")
        return dict(table)

    def _worked(self, data: Plain, rule: Plain) -> WorkedCase:
        issues = rule.get("issues", ())
        facts = dict(data.get("facts") or {})
        if len(issues) == 1:
            facts.setdefault("issue", issues[0])
        return WorkedCase(
            name=data["name"],
            kind=data.get("kind", "typical"),
            as_of=_day(data["as_of"]),
            region=str(data.get("region", "150402")),
            facts=facts,
            expect=data["expect"],
        )


def build_rule_set(
    version: str,
    vocabulary: Vocabulary,
    clocks: Mapping[str, Clock],
    files: Sequence[tuple[str, Sequence[Plain]]],
) -> RuleSet:
    """Build and check the whole set; raises RuleError with every problem, or returns a good set."""
    builder = RuleBuilder(vocabulary, clocks)
    kinds: list[Rule] = []
    general: list[tuple[int, Rule]] = []
    for file, items in files:
        for data in items:
            rule = builder.build(file, data)
            if rule is None:
                continue
            if data.get("general"):
                general.append((int(data.get("order", 100)), rule))
            else:
                kinds.append(rule)
    by_issue: dict[str, list[Rule]] = {}
    for rule in kinds:
        for code in rule.issues:
            by_issue.setdefault(code, []).append(rule)
    rules = RuleSet(
        version=version,
        vocabulary=vocabulary,
        clocks=clocks,
        rules=tuple(kinds),
        by_issue={code: tuple(found) for code, found in by_issue.items()},
        general=tuple(rule for _, rule in sorted(general, key=lambda item: item[0])),
    )
    problems = tuple(builder.problems) or check(rules)
    if problems:
        raise RuleError(problems)
    return rules


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
