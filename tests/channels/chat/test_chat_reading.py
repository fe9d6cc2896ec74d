"""Amounts, days, yes and no, as people say them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.cases.model import UNKNOWN
from backend.routing.adapters.ruleset_yaml import built_in_rules
from channels.chat import forms, reading

TODAY = date(2026, 11, 25)
FACTS = built_in_rules().vocabulary.facts


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("两万", 20_000),
        ("两万五", 25_000),
        ("不对，是两万五", 25_000),
        ("不是两万，是两万五千", 25_000),
        ("三千二", 3_200),
        ("八百五", 850),
        ("一万零五十", 10_050),
        ("一万零五", 10_005),
        ("十五块钱", 15),
        ("2万5", 25_000),
        ("1.5万", 15_000),
        ("12,000元", 12_000),
        ("１２０００", 12_000),
        ("欠了我三万多块", 30_000),
        ("一共八千", 8_000),
        ("0.5元", 0.5),
        ("一个亿", None),
        ("1亿2千万", 120_000_000),
    ],
)
def test_an_amount_is_read(text: str, amount: float | None) -> None:
    assert reading.read_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    ["", "三个月", "两三万", "好几千", "一直没给", "一分钱没给", "2026年", "十二号", "..", "😀"],
)
def test_what_is_no_amount_is_not_taken_for_one(text: str) -> None:
    assert reading.read_amount(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026年3月5日", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("二月十五号", date(2026, 2, 15)),
        ("今年6月15号走的", date(2026, 6, 15)),
        ("去年8月", date(2025, 8, 1)),
        ("十二月", date(2025, 12, 1)),
        ("昨天", date(2026, 11, 24)),
        ("大前天", date(2026, 11, 22)),
        ("三个月前", date(2026, 8, 25)),
        ("两周前", date(2026, 11, 11)),
        ("一年前", date(2025, 11, 25)),
        ("半年前", date(2026, 5, 25)),
        ("上个月", date(2026, 10, 1)),
        ("上个月20号", date(2026, 10, 20)),
        ("上上个月", date(2026, 9, 1)),
        ("10天前", date(2026, 11, 15)),
    ],
)
def test_a_day_is_read(text: str, day: date) -> None:
    assert reading.read_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "2月30日", "很久了", "13月1日", "两万", "忘了", "0000-00-00"])
def test_what_is_no_day_is_not_taken_for_one(text: str) -> None:
    assert reading.read_day(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("是", True),
        ("有，在家里放着", True),
        ("没错", True),
        ("可不是嘛", True),
        ("还在", True),
        ("嗯哪", True),
        ("没有", False),
        ("没打条子", False),
        ("早就走了", False),
        ("不愿意", False),
        ("已经离职了", False),
        ("说来话长", None),
        ("😀😀", None),
    ],
)
def test_yes_and_no(text: str, yes: bool | None) -> None:
    assert reading.read_yes(text) is yes


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("安全", False),
        ("都安全着呢", False),
        ("是", False),
        ("没有危险", False),
        ("不安全", True),
        ("有危险", True),
        ("不", True),
        ("我躲在厕所里", True),
        ("天黑了", None),
    ],
)
def test_safe_means_no_danger(text: str, danger: bool | None) -> None:
    assert reading.read_safe(text) is danger


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("employment_relation", "劳务公司招的", "yes"),
        ("employment_relation", "包工头找的我", "no"),
        ("employment_relation", "公司说我不是他们的人", "disputed"),
        ("employment_relation", "单位不认我", "disputed"),
        ("employment_relation", "天气不错", None),
        ("employment_relation", "这个有关系吗？", None),
        ("caller_sex", "我是女的", "female"),
        ("caller_sex", "男方", "male"),
        ("wife_pregnancy", "没怀孕", "none"),
        ("wife_pregnancy", "都没有", "none"),
        ("wife_pregnancy", "怀着呢，五个月", "pregnant"),
        ("wife_pregnancy", "刚生完孩子", "birth_1y"),
        ("wife_pregnancy", "上个月小产了", "termination_6m"),
        ("wage_iou", "记不清了", UNKNOWN),
        ("amount", "说不清", UNKNOWN),
        ("amount", "好多钱", None),
        ("employment_ended_on", "2027年1月1日", None),
        ("employment_ended_on", "去年8月", "2025-08-01"),
        ("minor_party", "没有孩子能要抚养费吗", None),
    ],
)
def test_a_fact_is_read_by_its_type(code: str, text: str, value: Any) -> None:
    assert forms.read(FACTS[code], text, intent="", today=TODAY) == value


def test_the_recogniser_helps_only_where_the_words_do_not_tell() -> None:
    fact = FACTS["wage_iou"]
    assert forms.read(fact, "那可不", intent="affirm", today=TODAY) is True
    assert forms.read(fact, "没有", intent="affirm", today=TODAY) is False
    assert forms.read(FACTS["danger_now"], "那可不", intent="affirm", today=TODAY) is False


@given(st.text(max_size=60))
def test_nothing_said_breaks_a_reader(text: str) -> None:
    amount = reading.read_amount(text)
    assert amount is None or amount >= 0
    day = reading.read_day(text, TODAY)
    assert day is None or isinstance(day, date)
    assert reading.read_yes(text) in (True, False, None)
    assert reading.read_safe(text) in (True, False, None)


@pytest.mark.parametrize("form", forms.FORMS.values(), ids=lambda form: form.name)
def test_every_question_is_a_fact_and_can_be_answered(form: forms.Form) -> None:
    for code in form.codes:
        fact = FACTS[code]
        assert forms.hint(fact)
        if fact.type == "enum":
            assert set(forms.CHOICES[code]) == {value.code for value in fact.values}
            for value in fact.values:
                assert forms.read(fact, value.name, intent="", today=TODAY) is not None
    assert FACTS["issue"].allows(form.issue)
    assert forms.form_of(form.issue) is form
