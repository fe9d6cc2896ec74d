"""`cases.FactVocabulary` over the routing vocabulary: types, names, questions, words."""

from __future__ import annotations

from datetime import date
from typing import Any

from backend.cases.model import UNKNOWN
from backend.kernel.errors import Invalid
from backend.kernel.personal import ERASED
from backend.routing.model.vocabulary import Fact, Vocabulary


class FactWords:
    """What the fact sheet needs to know about facts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._facts = vocabulary.facts

    def knows(self, code: str) -> bool:
        """Whether a code exists."""
        return code in self._facts

    def read(self, code: str, value: Any) -> Any:
        """The value as JSON keeps it (days as ISO text); raises `Invalid` when it cannot be one."""
        fact = self._facts[code]
        reader = {"bool": _bool, "date": _day, "enum": _choice, "number": _number}[fact.type]
        return reader(fact, value)

    def label(self, code: str) -> str:
        """The Chinese name of a fact."""
        return self._facts[code].name if code in self._facts else code

    def question(self, code: str) -> str:
        """How an agent asks for it."""
        return self._facts[code].question

    def show(self, code: str, value: Any) -> str:
        """The value in words."""
        if value == UNKNOWN:
            return "说不清"
        if value == ERASED or code not in self._facts:
            return str(value)
        fact = self._facts[code]
        if fact.type == "bool":
            return "是" if value else "不是"
        if fact.type == "enum":
            return next((item.name for item in fact.values if item.code == value), str(value))
        if fact.type == "date":
            day = date.fromisoformat(value)
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{value:,}"


def _bool(fact: Fact, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise Invalid(f"“{fact.name}”只能答是或不是。", where=fact.code)


def _day(fact: Fact, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise Invalid(f"“{fact.name}”要写成日期，如 2026-03-05。", where=fact.code) from error


def _choice(fact: Fact, value: Any) -> str:
    if isinstance(value, str) and fact.allows(value):
        return value
    raise Invalid(f"“{fact.name}”没有这个选项。", where=fact.code)


def _number(fact: Fact, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid(f"“{fact.name}”要写成数字。", where=fact.code)
    too_low = fact.low is not None and value < fact.low
    if too_low or (fact.high is not None and value > fact.high):
        raise Invalid(f"“{fact.name}”的数目不在合理范围内。", where=fact.code)
    return value
