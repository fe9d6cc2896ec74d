"""The two affairs the bot asks through: which facts, in which order, and when one is needless."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.cases.model import UNKNOWN, FactSheet
from backend.routing.model.vocabulary import Fact
from channels.chat import reading

Known = Mapping[str, Any]
_ALWAYS: Callable[[Known], bool] = lambda known: True  # noqa: E731


@dataclass(frozen=True, slots=True)
class Question:
    """One fact to ask for, and whether what is known makes it worth asking."""

    code: str
    needed: Callable[[Known], bool] = _ALWAYS


@dataclass(frozen=True, slots=True)
class Form:
    """An affair asked through; `issue` is the value of the fact of that name."""

    name: str
    issue: str
    questions: tuple[Question, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The facts it may ask for."""
        return tuple(question.code for question in self.questions)

    def next(self, sheet: FactSheet) -> str | None:
        """The next fact to ask for; None when nothing is left. What is known is never asked."""
        known = sheet.values()
        for question in self.questions:
            if not sheet.knows(question.code) and question.needed(known):
                return question.code
        return None


FORMS = {
    form.name: form
    for form in (
        Form(
            "wages_form",
            "wages",
            (
                Question("amount"),
                Question("employment_relation"),
                Question("wage_iou"),
                Question("other_labour_claims"),
                Question("still_employed", lambda known: known.get("employment_relation") != "no"),
                Question("employment_ended_on", lambda known: known.get("still_employed") is False),
            ),
        ),
        Form(
            "divorce_form",
            "divorce",
            (
                Question("divorce_mutual"),
                Question("caller_sex"),
                Question("wife_pregnancy", lambda known: known.get("divorce_mutual") is not True),
                Question("minor_party"),
                Question("domestic_violence"),
                Question("danger_now", lambda known: known.get("domestic_violence") is True),
                Question("spouse_soldier", lambda known: known.get("divorce_mutual") is not True),
                Question(
                    "mediation_refused", lambda known: known.get("divorce_mutual") is not True
                ),
            ),
        ),
    )
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "employment_relation": {
        "disputed": r"不(?:认|承认)|不是(?:它|他|他们|人家)的|不算(?:它|他)",
        "no": r"个人|私人|包工头|工头|老乡|熟人|东家|雇主|人家里|亲戚|朋友",
        "yes": r"单位|公司|厂|招(?:工|的|我|去)|劳务|工地|饭店|签了?合同|商店|学校",
    },
    "caller_sex": {"female": r"女|妻|媳妇$|老婆$", "male": r"男|丈夫|老公$"},
    "wife_pregnancy": {
        "none": r"^没|^无|^不|都没|没(?:有)?怀|没生",
        "termination_6m": r"小产|流产|引产|终止",
        "birth_1y": r"刚生|生完|生了|月子|哺乳|喂奶|生产|分娩|不(?:到|满)一(?:年|岁|周岁)",
        "pregnant": r"怀",
    },
}


def form_of(issue: Any) -> Form | None:
    """The form that asks through an issue."""
    return next((form for form in FORMS.values() if form.issue == issue), None)


def read(fact: Fact, text: str, *, intent: str, today: date) -> Any:
    """The value of a fact in what was said; `UNKNOWN` when the person does not know; None unread.

    `intent` is the recogniser's view, used for yes and no alone and only where the words
    themselves do not tell.
    """
    if reading.is_question(text):
        return None
    if fact.type == "number":
        amount = reading.read_amount(text)
        return _unknown(text) if amount is None else amount
    if fact.type == "date":
        day = reading.read_day(text, today)
        if day is None or (day > today and not fact.future):
            return _unknown(text)
        return day.isoformat()
    if reading.is_unknown(text):
        return UNKNOWN
    if fact.type == "enum":
        return reading.read_choice(text, CHOICES.get(fact.code, {})) or _by_name(fact, text)
    asks_safe = fact.code == "danger_now"
    yes = reading.read_safe(text) if asks_safe else reading.read_yes(text)
    if yes is None and intent in ("affirm", "deny"):
        return (intent == "affirm") is not asks_safe
    return yes


def hint(fact: Fact) -> str:
    """How an answer that could not be read may be given."""
    if fact.type == "enum":
        return "没有听明白。可以这样答：" + "、".join(value.name for value in fact.values) + "。"
    if fact.type == "number":
        return "没有听出数目。可以这样答：两万五，或者25000。"
    if fact.type == "date":
        return "没有听出日子，或者那一天还没有到。可以这样答：2026年3月5日，或者三个月前。"
    return "没有听明白。请答“是”或“不是”；说不清就说“不清楚”。"


def _unknown(text: str) -> str | None:
    return UNKNOWN if reading.is_unknown(text) else None


def _by_name(fact: Fact, text: str) -> str | None:
    words = reading.plain(text)
    return next((value.code for value in fact.values if value.name in words), None)
