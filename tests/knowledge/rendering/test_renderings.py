from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model import Answer, AnswerDeadline, Audience, Citation, Handoff, text_hash
from knowledge.rendering import render, spoken, to_json, tv_pages
from knowledge.rendering.channels import CHAT_LIMIT, SPOKEN_LIMIT, TV_LINES, TV_WIDTH
from knowledge.rendering.cutting import shorten, wrap
from knowledge.rendering.numerals import say_integer, say_numbers

KEYS = {
    "basis", "answer", "spoken", "citations", "steps", "deadlines", "red_flags", "matter",
    "handoff", "reason", "question", "title", "script", "mongolian", "similar", "entry", "review",
    "engine", "marks", "snapshot",
}  # fmt: skip
QUOTE = (
    "劳动争议申请仲裁的时效期间为一年。仲裁时效期间从当事人知道或者应当知道其权利被侵害之日起计算。"
)


def citation(law="劳动争议调解仲裁法", article="第二十七条") -> Citation:
    return Citation(law, article, "2007-12-29", "2008-05-01", QUOTE, text_hash(QUOTE))


def answer(**changes) -> Answer:
    values = {
        "question": "老板拖欠工资怎么办",
        "as_of": date(2026, 11, 25),
        "region": "150000",
        "basis": "found",
        "answer": "先向劳动监察投诉，也可以在1年内申请仲裁，一般45日裁决，打12333。",
        "citations": (citation(), citation("劳动合同法", "第三十条")),
        "steps": ("收集考勤和工资条", "向劳动监察投诉"),
        "deadlines": (
            AnswerDeadline("labour_arb", "一年内申请劳动仲裁", "知道之日", "第二十七条"),
        ),
        "red_flags": (),
        "matter": "1003",
        "handoff": None,
        "reason": "",
        "snapshot": "abc",
        "entry": "1003-unpaid-wages",
        "followups": ("签过劳动合同吗？", "还在那儿干吗？", "欠了多少？"),
    }
    return Answer(**(values | changes))


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("entry", ["1003-unpaid-wages", ""])
def test_every_channel_carries_the_same_citations(audience, entry):
    one = answer(entry=entry)
    assert render(one, audience).citations == one.citations
    cited = to_json(one, audience)["citations"]
    assert [(c["law"], c["article"], c["quote_hash"]) for c in cited] == [
        (c.law, c.article, c.quote_hash) for c in one.citations
    ]


@pytest.mark.parametrize("audience", list(Audience))
def test_the_document_has_exactly_the_agreed_keys(audience):
    assert set(to_json(answer(), audience)) == KEYS
    deadline = to_json(answer(), audience)["deadlines"][0]
    assert set(deadline) == {"clock", "text", "starts_from", "basis"}


def test_a_due_day_is_shown_where_facts_gave_one():
    due = AnswerDeadline("a", "b", "c", "d", "2026-12-01")
    assert to_json(answer(deadlines=(due,)), Audience.DESK)["deadlines"][0]["due"] == "2026-12-01"


def test_a_hand_over_is_shown():
    one = answer(
        basis="none", citations=(), handoff=Handoff("没有依据", "agent"), reason="没有依据"
    )
    assert to_json(one, Audience.CHAT)["handoff"] == {"reason": "没有依据", "to": "agent"}


def test_spoken_says_numbers_as_words_and_asks_once():
    said = spoken(answer())
    assert not re.search(r"\d", said)
    assert "一年" in said
    assert "四十五日" in said
    assert "幺二三三三" in said
    assert said.count("？") == 1


def test_spoken_names_its_source():
    assert "劳动争议调解仲裁法" in spoken(answer())
    assert "劳动争议调解仲裁法第二十七条规定" in spoken(answer(entry="", followups=()))


def test_danger_is_said_first_everywhere():
    first = "先保证人身安全，马上拨打110。"
    one = answer(red_flags=("violence",), first=first, answer=first + "\n可以申请保护令。")
    assert spoken(one).startswith("先保证人身安全，马上拨打幺幺零。")
    assert "".join(tv_pages(one)[0]).startswith("先保证人身安全")
    assert render(one, Audience.CHAT).text.startswith(first)
    assert render(one, Audience.DESK).text.startswith(first)


def test_an_entrys_own_renderings_are_used():
    one = answer(spoken="您先投诉。", tv=("先去投诉", "再去仲裁"), chat="先投诉，再仲裁。")
    assert spoken(one).startswith("您先投诉。")
    assert tv_pages(one)[0] == ("先去投诉", "再去仲裁")
    assert render(one, Audience.CHAT).text == "先投诉，再仲裁。"


@given(st.text(alphabet="一二三法条款工资，。；、：？12390%\n", max_size=900), st.booleans())
def test_measures_hold_for_any_text(text, from_entry):
    one = answer(answer=text, entry="x" if from_entry else "", spoken="", first="")
    assert len(spoken(one)) <= SPOKEN_LIMIT
    assert len(render(one, Audience.CHAT).text) <= CHAT_LIMIT
    assert len(render(one, Audience.CHAT).followups) <= 2
    for page in tv_pages(one):
        assert 0 < len(page) <= TV_LINES
        assert all(len(line) <= TV_WIDTH for line in page)


@given(st.text(alphabet="法律，。；、a ", max_size=200), st.integers(min_value=4, max_value=60))
def test_wrapping_loses_nothing(text, width):
    assert "".join(wrap(text, width)).replace(" ", "") == text.replace(" ", "")


def test_shortening_keeps_whole_sentences():
    assert shorten("第一句。第二句很长很长。", 6) == "第一句。"
    assert shorten("没有句号的一大段话没有句号", 8) == "没有句号的一……"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "零"), (7, "七"), (10, "十"), (15, "十五"), (20, "二十"), (105, "一百零五"),
        (110, "一百一十"), (1043, "一千零四十三"), (10050, "一万零五十"), (20000, "二万"),
        (100000, "十万"), (1000001, "一百万零一"), (120000000, "一亿二千万"),
    ],
)  # fmt: skip
def test_integers(value, words):
    assert say_integer(value) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026年11月25日", "二零二六年十一月二十五日"), ("2026-03-01起", "二零二六年三月一日起"),
        ("15%", "百分之十五"), ("3.85%", "百分之三点八五"), ("拨打12348", "拨打幺二三四八"),
        ("赔110元", "赔一百一十元"), ("打110", "打幺幺零"), ("欠12000元", "欠一万二千元"),
        ("1,200元", "一千二百元"), ("15381234567", "幺五三八幺二三四五六七"),
    ],
)  # fmt: skip
def test_numbers_in_sentences(text, words):
    assert say_numbers(text) == words
