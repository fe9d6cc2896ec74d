"""The small language of conditions: what a lawyer writes in a table, compiled once.

A mapping means "all of these"; a key is a fact (or `as_of`, `branch`, `clock.CODE`, `can.CHANNEL`)
and its value a plain value (equal), a list (one of), `present`, `absent`, or a comparison
(`ge gt le lt eq in not`). `all`, `any` and `not` nest. An unknown fact satisfies only `absent` and
`not`. Every top-level entry is a cell, so that why and why-not can be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from backend.routing.model.vocabulary import Vocabulary

CLOCK_STATES = ("none", "open", "lt7", "expired")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "ge": lambda value, wanted: value >= wanted,
    "gt": lambda value, wanted: value > wanted,
    "le": lambda value, wanted: value <= wanted,
    "lt": lambda value, wanted: value < wanted,
}


class View(Protocol):
    """What a condition looks at: known facts and what follows from them."""

    @property
    def known(self) -> Mapping[str, Any]:
        """The facts that are known, by code."""

    def get(self, code: str) -> Any:
        """The value of a fact or derived name; None when unknown."""


Test = Callable[[View], bool]


class ConditionError(ValueError):
    """A condition that cannot be understood; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of a condition: its words, the names it reads, and its test.

    `needs` are facts without which the entry cannot hold; they let the evaluator skip quickly.
    """

    text: str
    names: frozenset[str]
    test: Test
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition; an empty one always holds."""

    cells: tuple[Cell, ...]
    names: frozenset[str]
    test: Test
    needs: frozenset[str] = frozenset()


class Compiler:
    """Compiles conditions against a vocabulary and the names of clocks and branches."""

    def __init__(
        self, vocabulary: Vocabulary, clocks: frozenset[str], branches: frozenset[str]
    ) -> None:
        self._vocabulary = vocabulary
        self._clocks = clocks
        self._branches = branches

    def compile(self, node: Mapping[str, Any] | None) -> Condition:
        """Compile a mapping; raises ConditionError naming the wrong part."""
        if not node:
            return Condition((), frozenset(), lambda view: True)
        if not isinstance(node, Mapping):
            raise ConditionError(f"条件应为键值表，得到 {node!r}")
        cells = tuple(self._cell(str(key), value) for key, value in node.items())
        names = frozenset().union(*(cell.names for cell in cells))
        needs = frozenset().union(*(cell.needs for cell in cells))
        return Condition(cells, names, _all_of([cell.test for cell in cells]), needs)

    def _cell(self, key: str, value: Any) -> Cell:
        if key in ("all", "any"):
            if not isinstance(value, Sequence) or isinstance(value, str) or not value:
                raise ConditionError(f"{key} 之下应为条件列表")
            parts = [self.compile(part) for part in value]
            tests = [part.test for part in parts]
            joined = ("；" if key == "all" else " 或 ").join(_text(part) for part in parts)
            test = _all_of(tests) if key == "all" else _any_of(tests)
            names = frozenset().union(*(part.names for part in parts))
            first, *rest = (part.needs for part in parts)
            needs = first.union(*rest) if key == "all" else first.intersection(*rest)
            return Cell(joined, names, test, needs)
        if key == "not":
            part = self.compile(value)
            inner = part.test
            return Cell(f"不是（{_text(part)}）", part.names, lambda view: not inner(view))
        self._known(key)
        names = frozenset({key})
        needs = names if key in self._vocabulary.facts and _wants_known(value) else frozenset()
        return Cell(f"{key}: {_words(value)}", names, self._comparison(key, value), needs)

    def _known(self, key: str) -> None:
        prefix, _, rest = key.partition(".")
        if key in self._vocabulary.facts or key in ("as_of", "branch"):
            return
        if prefix == "clock" and rest in self._clocks:
            return
        if prefix == "can" and rest in self._vocabulary.channels:
            return
        raise ConditionError(f"不认识的事实 {key}")

    def _comparison(self, key: str, value: Any) -> Test:
        is_fact = key in self._vocabulary.facts
        if value == "present":
            if is_fact:
                return lambda view: key in view.known
            return lambda view: view.get(key) is not None
        if value == "absent":
            if is_fact:
                return lambda view: key not in view.known
            return lambda view: view.get(key) is None
        if isinstance(value, Mapping):
            if not value:
                raise ConditionError(f"{key} 的比较是空的")
            return _all_of([self._operator(key, str(op), want) for op, want in value.items()])
        if isinstance(value, list | tuple):
            wanted = frozenset(self._checked(key, item) for item in value)
            if is_fact:
                return lambda view: view.known.get(key) in wanted
            return lambda view: view.get(key) in wanted
        single = self._checked(key, value)
        if is_fact:
            return lambda view: view.known.get(key) == single
        return lambda view: view.get(key) == single

    def _operator(self, key: str, operator: str, wanted: Any) -> Test:
        if operator == "not":
            inner = self._comparison(key, wanted)
            return lambda view: not inner(view)
        if operator == "in":
            return self._comparison(key, list(wanted))
        if operator == "eq":
            return self._comparison(key, wanted)
        compare = _COMPARISONS.get(operator)
        if compare is None:
            raise ConditionError(f"{key} 用了不认识的比较 {operator}")
        bound = self._checked(key, wanted)
        if isinstance(bound, bool | str):
            raise ConditionError(f"{key} 不能比较大小")

        def test(view: View) -> bool:
            value = view.get(key)
            return value is not None and compare(value, bound)

        return test

    def _checked(self, key: str, value: Any) -> Any:
        """The value as the fact's type has it, or a ConditionError."""
        prefix, _, _ = key.partition(".")
        if prefix == "clock" and "." in key:
            allowed: object = CLOCK_STATES
        elif prefix == "can" and "." in key:
            allowed = (True, False)
        elif key == "branch":
            allowed = self._branches
        elif key == "as_of":
            return _as_date(key, value)
        else:
            return self._checked_fact(key, value)
        if value not in allowed:  # type: ignore[operator]
            raise ConditionError(f"{key} 没有取值 {value!r}")
        return value

    def _checked_fact(self, key: str, value: Any) -> Any:
        fact = self._vocabulary.facts[key]
        if fact.type == "date":
            return _as_date(key, value)
        fits = {
            "bool": isinstance(value, bool),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "enum": isinstance(value, str) and fact.allows(value),
        }[fact.type]
        if not fits:
            raise ConditionError(f"{key} 没有取值 {value!r}")
        return value


def _wants_known(value: Any) -> bool:
    """Whether a fact must be known for this comparison to hold."""
    if isinstance(value, Mapping):
        return any(operator != "not" for operator in value)
    return bool(value != "absent")


def _as_date(key: str, value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ConditionError(f"{key} 应与日期比较，得到 {value!r}") from None


def _all_of(tests: Sequence[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    fixed = tuple(tests)

    def test(view: View) -> bool:
        for part in fixed:
            if not part(view):
                return False
        return True

    return test


def _any_of(tests: Sequence[Test]) -> Test:
    fixed = tuple(tests)

    def test(view: View) -> bool:
        for part in fixed:
            if part(view):
                return True
        return False

    return test


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{op} {_words(wanted)}" for op, wanted in value.items())
    if isinstance(value, list | tuple):
        return "|".join(_words(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(condition: Condition) -> str:
    return "，".join(cell.text for cell in condition.cells) or "任何情形"
