from __future__ import annotations

import pytest

from knowledge.query.citations import CitationParser, NamedArticle
from knowledge.query.numbers import parse_numeral
from knowledge.query.resources import load_yaml

LAWS = [
    "民法典", "劳动法", "劳动合同法", "刑法", "消费者权益保护法", "劳动争议调解仲裁法",
    "治安管理处罚法", "行政处罚法", "宪法", "宪法修正案（2018年）", "道路交通安全法", "商标法",
]  # fmt: skip


@pytest.fixture(scope="module")
def parser():
    return CitationParser(LAWS, load_yaml("law_names.yaml"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("民法典1043条", NamedArticle("民法典", 1043)),
        ("民法典 1043", NamedArticle("民法典", 1043)),
        ("民法典第一千零四十三条", NamedArticle("民法典", 1043)),
        ("《中华人民共和国民法典》第一千零四十三条讲的啥", NamedArticle("民法典", 1043)),
        ("民法典第一零四三条", NamedArticle("民法典", 1043)),
        ("劳动法第三十八条第二款", NamedArticle("劳动法", 38, 0, 2)),
        ("刑法第十七条之一怎么说", NamedArticle("刑法", 17, 1)),
        ("刑法17条之一", NamedArticle("刑法", 17, 1)),
        ("消法五十五条", NamedArticle("消费者权益保护法", 55)),
        ("劳动仲裁法27条", NamedArticle("劳动争议调解仲裁法", 27)),
        ("治安管理处罚法四十二", NamedArticle("治安管理处罚法", 42)),
        ("第三十八条，劳动法的", NamedArticle("劳动法", 38)),
        ("民法商法商标法第六十五条的内容是什么", NamedArticle("商标法", 65)),
        ("民法典（2020年）第五百条", NamedArticle("民法典", 500)),
    ],
)
def test_reads(parser, text, named):
    assert parser.parse(text) == [named]


def test_several_articles_share_a_law(parser):
    assert [a.order for a in parser.parse("劳动法第38条、第四十条和第41条")] == [38, 40, 41]


def test_each_number_takes_its_own_law(parser):
    found = parser.parse("劳动法第三条和刑法第五条")
    assert found == [NamedArticle("劳动法", 3), NamedArticle("刑法", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "我2020年借出去3条裤子的钱", "行政处罚法让我交了200元", "他欠我1043块", "宪法修正案第三条",
        "劳动合同2021年签的", "两条狗咬了我", "治安管理处罚法 2025年施行", "",
    ],
)  # fmt: skip
def test_other_numbers_are_no_articles(parser, text):
    assert parser.parse(text) == []


def test_names_the_law_it_does_not_know(parser):
    assert parser.unknown_law("工伤保险条例第十四条") == "工伤保险条例"
    assert parser.unknown_law("劳动法第三条") is None
    assert parser.parse("劳动法实施条例第三条") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("二十", 20), ("一百零五", 105), ("一千二百六十", 1260), ("一零四三", 1043),
     ("两百", 200), ("1043", 1043), ("", None), ("甲", None), ("123456789", None)],
)  # fmt: skip
def test_numerals(text, value):
    assert parse_numeral(text) == value
