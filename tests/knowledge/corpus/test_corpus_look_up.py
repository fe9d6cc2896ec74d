from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.corpus import verify_citation
from knowledge.corpus.names import LawNames
from knowledge.corpus.texts import clean_title, name_key, short_name, words_only
from knowledge.model import Citation, text_hash

TODAY = date(2026, 11, 25)


def test_holds_the_statutes(corpus):
    assert len(corpus.laws()) > 360
    assert len(corpus) > 26_000
    assert len(corpus.current(TODAY)) > 23_000
    assert corpus.law_names() == corpus.laws()


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("中华人民共和国民法典", "民法典"),
        ("《中华人民共和国民法典》", "民法典"),
        ("民法典", "民法典"),
        ("民诉法", "民事诉讼法"),
        ("劳动法", "劳动法"),
        ("劳动仲裁法", "劳动争议调解仲裁法"),
        ("消法", "消费者权益保护法"),
        ("刑法修正案(十二)", "刑法修正案（十二）"),
    ],
)
def test_a_law_is_known_by_any_of_its_names(corpus, name, law):
    assert corpus.resolve(name) == law
    assert corpus.versions(name)[0].law == law


@pytest.mark.parametrize("name", ["", "法", "合同法", "不存在的法", "劳动"])
def test_what_is_no_law_here_is_not_guessed(corpus, name):
    assert corpus.resolve(name) is None
    assert corpus.find(name, 1, TODAY) is None


@pytest.mark.parametrize("number", ["第十七条之一", "17-1", "十七条之一", "第17条之1"])
def test_an_article_is_found_by_any_spelling_of_its_number(corpus, number):
    assert corpus.find("刑法", number, TODAY).number == "第十七条之一"


@pytest.mark.parametrize("number", [0, -1, "", "第九千条", 99999, "第一条第二款", "abc"])
def test_an_article_that_is_not_there_is_none(corpus, number):
    assert corpus.find("民法典", number, TODAY) is None


def test_a_text_without_articles_is_found_as_printed(corpus):
    law = "全国人民代表大会常务委员会关于《中华人民共和国刑法》第三十条的解释"
    assert corpus.find(law, "全文", TODAY).text
    assert corpus.find("刑法修正案（八）", "第一项", TODAY).order == 1


def test_articles_end_with_their_own_words(corpus):
    assert corpus.find("民法典", 204, TODAY).text.endswith("除外。")
    assert "width" not in corpus.find("国徽法", 19, TODAY).text


def test_the_civil_code_is_whole_and_in_order(corpus):
    orders = [corpus.find("民法典", number, TODAY).order for number in range(1, 1261)]
    assert orders == list(range(1, 1261))


@settings(max_examples=60, deadline=None)
@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 1, 1)), st.integers(0, 10**6))
def test_what_is_found_is_in_force(corpus, day, pick):
    article = corpus.articles[pick % len(corpus)]
    found = corpus.find(article.law, article.number, day)
    assert found is None or found.in_force_on(day)
    assert (found is None) == (
        not any(each.in_force_on(day) for each in corpus.texts(article.law, article.number))
    )


def test_the_id_follows_the_content(corpus, statutes):
    from tests.knowledge.corpus.conftest import build

    assert build(*statutes).id == corpus.id
    assert build(*statutes[1:]).id != corpus.id


def test_a_look_up_takes_no_time(corpus):
    started = time.perf_counter()
    for number in range(1, 201):
        corpus.find("中华人民共和国民法典", number, TODAY)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("law", "number", "day", "verdict"),
    [
        ("民法典", 1043, TODAY, "valid"),
        ("民法典", 1261, TODAY, "unknown_article"),
        ("民法典", "某条", TODAY, "bad_number"),
        ("合同法", 1, TODAY, "unknown_law"),
        ("医疗保障法", 1, TODAY, "not_yet"),
        ("环境保护法", 1, TODAY, "ended"),
        ("乡镇企业法", 1, TODAY, "unknown_start"),
        ("仲裁法", 96, date(2026, 2, 28), "not_yet"),
    ],
)
def test_a_citation_is_checked_for_its_day(corpus, law, number, day, verdict):
    check = verify_citation(corpus, law, number, day)
    assert check.verdict == verdict
    assert check.valid == (verdict == "valid")
    assert check.as_json()["message"]


def test_a_quotation_is_checked_to_the_comma(corpus):
    article = corpus.find("民法典", 1043, TODAY)
    assert verify_citation(corpus, "民法典", 1043, TODAY, text_hash(article.text)).valid
    wrong = text_hash(article.text.replace("，", ","))
    assert verify_citation(corpus, "民法典", 1043, TODAY, wrong).verdict == "quote_differs"


def test_a_start_that_is_not_sure_is_not_cited_as_one(corpus):
    article = corpus.texts("注册会计师法", 1)[-1]
    assert article.basis == "unverified"
    assert Citation.of(article).in_force_from == ""
    assert Citation.of(corpus.find("民法典", 1, TODAY)).in_force_from == "2021-01-01"


def test_an_abbreviation_never_hides_a_law():
    names = LawNames(["劳动法", "劳动合同法"], {"劳动法": "劳动合同法", "劳合法": "劳动合同法"})
    assert names.law("劳动法") == "劳动法"
    assert names.law("劳合法") == "劳动合同法"


def test_long_names_are_known_without_issuer_and_trial():
    long = "最高人民法院关于审理名誉权案件若干问题的规定（试行）"
    names = LawNames([long], {})
    assert names.law("关于审理名誉权案件若干问题的规定") == long


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        (
            "最高人民法院  最高人民检察院关于〈刑法〉的解释",
            "最高人民法院最高人民检察院关于《刑法》的解释",
        ),
        ("关于<刑法>的解释(一)", "关于《刑法》的解释（一）"),
        ("《信访工作条例》", "信访工作条例"),
        ("\u200b中华人民共和国民法典　", "中华人民共和国民法典"),
    ],
)
def test_titles_are_cleaned(title, clean):
    assert clean_title(title) == clean


@given(st.text(max_size=40))
def test_cleaning_a_title_twice_changes_nothing(title):
    once = short_name(title)
    assert name_key(once) == name_key(title) or "中华人民共和国" in title
    assert clean_title(clean_title(title)) == clean_title(title)


def test_words_are_compared_without_marks():
    assert words_only("第一条　“甲”，（乙）") == words_only('第一条 "甲",(乙)')
