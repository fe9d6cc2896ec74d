"""The days on which the statutes are law: the dates that a package or a text gets wrong."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.corpus.dates import (
    Happened,
    day_in_name,
    history,
    stated_effect,
    without_day,
    year_later,
)
from knowledge.corpus.effect import Start, start_of, stated_start
from knowledge.corpus.overrides import our_overrides, parse_overrides
from knowledge.errors import CorpusError

TODAY = date(2026, 11, 25)
ENDS_FIRST = """{law: 甲, version: 2020-01-01, proof: x,
in_force_from: 2021-01-01, in_force_to: 2020-06-01}"""
TABLE = "{checked_by: x, checked_at: 2026-01-01, decisions: [], versions: [%s]}"


@pytest.mark.parametrize(
    ("law", "day", "version"),
    [
        ("仲裁法", date(2026, 2, 28), date(2017, 9, 1)),
        ("仲裁法", date(2026, 3, 1), date(2025, 9, 12)),
        ("商标法", TODAY, date(2019, 4, 23)),
        ("商标法", date(2026, 12, 31), date(2019, 4, 23)),
        ("商标法", date(2027, 1, 1), date(2026, 6, 26)),
        ("农业法", TODAY, date(2012, 12, 28)),
        ("农业法", date(2027, 1, 1), date(2026, 8, 28)),
        ("监狱法", date(2026, 10, 31), date(2012, 10, 26)),
        ("监狱法", date(2026, 11, 1), date(2026, 4, 30)),
        ("治安管理处罚法", date(2026, 1, 1), date(2025, 6, 27)),
        ("农村土地承包法", TODAY, date(2018, 12, 29)),
        ("行政诉讼法", date(2017, 7, 1), date(2017, 6, 27)),
        ("民事诉讼法", date(2024, 1, 1), date(2023, 9, 1)),
        ("监察法", date(2025, 6, 1), date(2024, 12, 25)),
        ("环境保护法", date(2026, 8, 14), date(2014, 4, 24)),
        ("生态环境法典", date(2026, 8, 15), date(2026, 3, 12)),
        ("村民委员会组织法", date(2026, 1, 1), date(2025, 10, 28)),
    ],
)
def test_the_text_of_the_day(corpus, law, day, version):
    assert corpus.version_on(law, day).passed == version
    assert corpus.find(law, 1, day).version == version


@pytest.mark.parametrize(
    ("law", "day"),
    [
        ("医疗保障法", TODAY),
        ("耕地保护和质量提升法", TODAY),
        ("民事诉讼法", date(2023, 12, 31)),
        ("治安管理处罚法", date(2025, 12, 31)),
        ("生态环境法典", date(2026, 8, 14)),
        ("环境保护法", date(2026, 8, 15)),
        ("放射性污染防治法", date(2026, 8, 15)),
        ("清洁生产促进法", date(2026, 8, 15)),
        ("社会救助法", date(2026, 6, 30)),
        ("农村集体经济组织法", date(2025, 4, 30)),
        ("乡镇企业法", TODAY),
        ("行政诉讼法", date(2017, 6, 30)),
        ("监察法", date(2025, 5, 31)),
    ],
)
def test_no_text_is_cited_before_or_after_its_days(corpus, law, day):
    assert corpus.version_on(law, day) is None
    assert corpus.find(law, 1, day) is None


def test_the_ten_environmental_laws_end_with_the_code(corpus):
    article = corpus.find("生态环境法典", 1242, TODAY)
    named = [law for law in corpus.laws() if f"中华人民共和国{law}》" in article.text]
    assert len(named) == 10
    for law in named:
        assert corpus.versions(law)[-1].period.last == date(2026, 8, 14)


def test_every_statute_has_a_sure_start_but_the_ones_nobody_knows(corpus):
    unsure = {
        version.law
        for version in corpus.versions()
        if version.period.basis in {"unverified", "unknown"}
    }
    assert unsure == {"注册会计师法"}


def test_an_amendment_gives_the_criminal_law_its_new_words(corpus):
    before = corpus.find("刑法", "第一百六十五条", date(2024, 2, 29))
    after = corpus.find("刑法", "第一百六十五条", date(2024, 3, 1))
    assert "董事、经理" in before.text
    assert "董事、监事、高级管理人员" in after.text
    assert after.version == date(2023, 12, 29)
    assert after.in_force_from == date(2024, 3, 1)
    assert not after.text.startswith(("将", "在", '"'))
    part = corpus.find("刑法", 387, TODAY)
    assert "处三年以下有期徒刑或者拘役；情节特别严重的" in part.text
    assert part.text.count("\n") == corpus.find("刑法", 387, date(2024, 1, 1)).text.count("\n")


def test_at_most_one_text_of_an_article_is_law_on_a_day(corpus):
    for day in (date(2018, 6, 1), date(2024, 3, 1), TODAY, date(2027, 1, 1)):
        seen = set()
        for article in corpus.in_force(day):
            key = (article.law, article.order, article.suffix, article.number)
            assert key not in seen
            seen.add(key)


@pytest.mark.shared
def test_the_dates_agree_with_those_set_by_hand(corpus, shared):
    by_hand = json.loads((shared / "routing" / "law_versions.json").read_text("utf-8"))
    for law, versions in by_hand.items():
        ours = {each.version: each.period for each in corpus.versions(law)}
        for each in versions:
            period = ours[each["version_date"]]
            last = period.last.isoformat() if period.last else None
            assert (period.first.isoformat(), last) == (each["valid_from"], each["valid_to"]), law


def test_the_table_speaks_only_of_texts_it_can_prove(statutes):
    passed = {(text.law, text.passed) for text in statutes}
    table = our_overrides()
    for amendment in table.amendments:
        assert (amendment.law, amendment.version) in passed
        assert any(text.law == amendment.by for text in statutes)
    assert all(dates.proof in {"text", "known"} for dates in table.versions.values())
    assert all(first >= passed for passed, first in table.decisions.items())


@pytest.mark.parametrize(
    "text",
    [
        "versions: [",
        "checked_by: x",
        TABLE % "{law: 甲法, version: yesterday, proof: text}",
        TABLE % "{law: 甲法, version: yesterday, proof: x}",
        TABLE
        % "{law: 甲, version: 2020-01-01, proof: x}, {law: 甲, version: 2020-01-01, proof: x}",
        TABLE % ENDS_FIRST,
    ],
)
def test_a_wrong_table_is_refused(text):
    with pytest.raises(CorpusError) as error:
        parse_overrides(text)
    assert error.value.code == "overrides"


@pytest.mark.parametrize(
    ("text", "day", "promulgation"),
    [
        ("本法自2024年1月1日起施行。", date(2024, 1, 1), False),
        ("本条例自 2019 年 7 月 1 日起施行", date(2019, 7, 1), False),
        ("本规定自２０１９年７月１日起实施。", date(2019, 7, 1), False),
        ("本法自公布之日起施行。", None, True),
        ("本办法自发布之日起施行，1990年1月1日起施行的旧办法废止。", None, True),
    ],
)
def test_reads_what_a_text_says_of_its_start(text, day, promulgation):
    effect = stated_effect(text)
    assert (effect.day, effect.promulgation) == (day, promulgation)


@pytest.mark.parametrize("text", ["", "本法所称公民。", "2024年13月41日起施行"])
def test_says_nothing_where_a_text_is_silent(text):
    assert stated_effect(text) is None


def test_reads_the_history_of_a_head():
    head = (
        "1999年4月29日 会议通过\n2017年9月1日 会议《关于修改八部法律的决定》第二次修正\n"
        "2023年9月1日 会议修订\n2024年1月1日 施行"
    )
    assert [event.what for event in history(head)] == [
        Happened.PASSED,
        Happened.AMENDED,
        Happened.REVISED,
        Happened.TOOK_EFFECT,
    ]


@pytest.mark.parametrize(
    ("stem", "day", "rest"),
    [
        ("行政复议法(2023-09-01)", date(2023, 9, 1), "行政复议法"),
        ("行政复议法（2023-09-01）", date(2023, 9, 1), "行政复议法"),
        ("某条例_20240501", date(2024, 5, 1), "某条例"),
        ("某条例(2024-13-45)", None, "某条例(2024-13-45)"),
        ("民法典", None, "民法典"),
    ],
)
def test_reads_the_day_in_a_file_name(stem, day, rest):
    assert day_in_name(stem) == day
    assert without_day(stem) == rest


def test_an_amendment_leaves_the_old_last_article_standing():
    effect = stated_effect("本法自1990年10月1日起施行。")
    assert stated_start(effect, passed=date(2017, 6, 27), amended=True) == (None, "")
    start = start_of(kind="law", passed=date(2017, 6, 27), stated=(None, ""), table=None)
    assert start == Start(date(2018, 6, 27), "unverified")


def test_the_table_comes_before_the_words_of_a_text():
    start = start_of(
        kind="law",
        passed=date(2023, 9, 1),
        stated=(date(2023, 9, 1), "promulgation"),
        table=date(2024, 1, 1),
    )
    assert start == Start(date(2024, 1, 1), "table")


def test_an_undated_text_is_never_law():
    assert start_of(kind="rule", passed=None, stated=(None, ""), table=None).day is None


@given(st.dates(min_value=date(1949, 10, 1), max_value=date(2090, 1, 1)))
def test_a_year_later_is_later_and_no_more_than_a_year(day):
    assert 365 <= (year_later(day) - day).days <= 366
