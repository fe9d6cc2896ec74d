from __future__ import annotations

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from knowledge import open_knowledge
from knowledge.answering.knowledge_base import DayOutOfRange
from knowledge.model import Audience, text_hash

TODAY = date(2026, 11, 25)
HERE = Path(__file__).parent
CALM = HERE.parent / "query" / "calm_texts.txt"


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line and line[0] != "#"]


def laws(answer) -> set[str]:
    return {cited.law for cited in answer.citations}


def test_unpaid_wages_stand_on_labour_law(base):
    answer = base.answer("老板拖欠我三个月工资怎么办", as_of=TODAY)
    assert answer.basis == "found"
    assert laws(answer) & {"劳动争议调解仲裁法", "劳动合同法"}
    assert answer.matter == "1003"
    assert answer.handoff is None
    assert answer.snapshot == base.snapshot


def test_an_entry_answers_in_plain_words_with_steps_and_clocks(base):
    answer = base.answer("老板欠我仨月工资不给咋办呀", as_of=TODAY)
    assert answer.entry == "1003-unpaid-wages"
    assert answer.steps[0] == "收集证据"
    assert [d.clock for d in answer.deadlines] == ["labour_arb"]
    assert answer.deadlines[0].basis == "劳动争议调解仲裁法第二十七条"
    assert "reviewed by a lawyer: not yet" in answer.review


def test_citations_quote_the_text_in_force(base):
    for question in lines(CALM)[:60]:
        answer = base.answer(question, as_of=TODAY)
        for cited in answer.citations:
            article = base.article(cited.law, cited.article, TODAY)
            assert article is not None
            assert article.in_force_on(TODAY)
            assert cited.quote == article.text
            assert cited.quote_hash == text_hash(article.text)


@pytest.mark.parametrize(
    ("day", "version"), [(date(2026, 12, 31), "2019-04-23"), (date(2027, 1, 1), "2026-06-26")]
)
def test_two_versions_answer_for_their_own_days(base, day, version):
    answer = base.answer("商标法第五十七条", as_of=day)
    assert answer.citations[0].version == version


def test_an_article_that_does_not_exist(base):
    answer = base.answer("民法典第一千三百条", as_of=TODAY)
    assert answer.basis == "none"
    assert "1260" in answer.reason
    assert answer.handoff.to == "agent"


def test_a_law_that_is_not_in_force_yet(base):
    answer = base.answer("民法典第一千零四十三条", as_of=date(2019, 1, 1))
    assert answer.basis == "none"
    assert "2019-01-01" in answer.reason


def test_a_law_nobody_here_knows(base):
    answer = base.answer("火星移民条例第三条", as_of=TODAY)
    assert answer.basis == "none"
    assert "火星移民条例" in answer.reason


def test_an_entry_whose_citation_is_gone_is_not_used(base):
    assert base.answer("骆驼奶收购站克扣奶款", as_of=TODAY).entry == ""


def test_an_entry_serves_in_its_days_and_region(base):
    question = "有人仿冒我的商标怎么办"
    assert base.answer(question, as_of=TODAY).entry == "1016-trademark"
    assert base.answer(question, as_of=date(2027, 1, 1)).entry == ""
    there = base.answer("红山区工资投诉窗口在几楼", as_of=TODAY, region="150402")
    elsewhere = base.answer("红山区工资投诉窗口在几楼", as_of=TODAY, region="150102")
    assert there.entry == "1003-banner"
    assert elsewhere.entry != "1003-banner"


def test_danger_comes_first(base):
    answer = base.answer("老公喝多了又打我，我想离婚", as_of=TODAY)
    assert answer.red_flags == ("violence",)
    assert answer.answer.startswith(answer.first)
    assert "110" in answer.first
    assert answer.handoff.to == "police"


@pytest.mark.parametrize(
    "question",
    ["这官司我能打赢吗", "给我推荐一个好律师", "帮我写个假的欠条", "美国的法律怎么规定离婚"],
)
def test_refusals_say_why_and_who_is_next(base, question):
    answer = base.answer(question, as_of=TODAY)
    assert answer.basis == "none"
    assert answer.reason
    assert answer.handoff.to == "agent"
    assert answer.citations == ()


@pytest.mark.parametrize(
    "question",
    ["", "   ", "12345678", "！？。", "😀😀", "的" * 10000, "\x00\x01", "\ud83d", "xyz" * 4000],
)
def test_bad_input_is_handed_over(base, question):
    answer = base.answer(question, as_of=TODAY)
    assert answer.basis == "none"
    assert answer.handoff is not None


def test_a_ten_thousand_character_story_is_answered(base):
    story = "我跟您说这事儿可长了，从前年说起，" * 600 + "最后就是老板拖欠我工资怎么办"
    assert len(story) > 10000
    assert base.answer(story, as_of=TODAY).basis == "found"


@pytest.mark.parametrize(
    "question",
    ["老闆拖欠我三個月工資怎麼辦", "老板拖欠我３个月工资怎么办？？😡", "老板拖钱我公资不给"],
)
def test_other_ways_of_writing_are_heard(base, question):
    answer = base.answer(question, as_of=TODAY)
    assert answer.basis == "found"
    assert any(law.startswith("劳动") for law in laws(answer))


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 1, 1)])
def test_days_out_of_range(base, day):
    with pytest.raises(DayOutOfRange):
        base.answer("工资", as_of=day)


def test_what_has_no_basis_is_handed_over(base):
    asked = lines(HERE / "no_basis_texts.txt")
    answered = [q for q in asked if base.answer(q, as_of=TODAY).basis == "found"]
    assert len(answered) <= 0.05 * len(asked), answered


def test_what_has_a_basis_is_answered(base):
    asked = lines(CALM)
    refused = [q for q in asked if base.answer(q, as_of=TODAY).basis == "none"]
    assert len(refused) <= 0.05 * len(asked), refused


def test_every_audience_gets_the_same_law(base):
    question = "厂里压着工资不发怎么办"
    answers = [base.answer(question, as_of=TODAY, audience=audience) for audience in Audience]
    first = dataclasses.replace(answers[0], similar=())
    assert all(dataclasses.replace(answer, similar=()) == first for answer in answers)


def test_retrieval_lists_a_hundred_in_force(base):
    listed = base.retrieve("邻居家的狗咬了我", TODAY)
    assert len(listed) == 100
    assert all(article.in_force_on(TODAY) for article, _ in listed)
    scores = [score for _, score in listed]
    assert scores == sorted(scores, reverse=True)
    assert len(base.retrieve("今天天气", TODAY, k=7)) == 7


def test_many_threads_get_the_same_answer(base):
    questions = ["离婚孩子归谁", "借钱不还怎么办", "工伤怎么认定", "物业费不交"] * 8
    alone = [base.answer(question, as_of=TODAY) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda q: base.answer(q, as_of=TODAY), questions))
    assert together == alone


def test_answers_are_quick(base):
    questions = lines(CALM)[:100]
    times = []
    for question in questions:
        started = time.perf_counter()
        base.answer(question, as_of=TODAY)
        times.append(time.perf_counter() - started)
    # The goal is 20 ms on a quiet core; a busy machine gets room.
    assert sorted(times)[len(times) // 2] < 0.1


def test_with_elasticsearch_down_the_embedded_engine_answers_and_says_so(data_dir, tmp_path):
    base = open_knowledge(
        data_dir,
        engine="elasticsearch",
        elasticsearch_url="http://127.0.0.1:9",
        entries=[],
        model_dir=tmp_path,
    )
    answer = base.answer("老板拖欠工资怎么办", as_of=TODAY)
    assert answer.basis == "found"
    assert answer.engine == "embedded"
    assert set(answer.marks) == {"words_only", "stand_in"}
