from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.corpus.numerals import ArticleNumber, article_number, printed, to_chinese, to_int


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("一", 1),
        ("十", 10),
        ("十七", 17),
        ("二十", 20),
        ("一百零三", 103),
        ("一百一十五", 115),
        ("一千零四十三", 1043),
        ("一千二百六十", 1260),
        ("一千零一十", 1010),
        ("一〇四三", 1043),
        ("两百", 200),
        ("1043", 1043),
        ("１０４３", 1043),
        ("一万零三", 10003),
        ("十二万三千", 123000),
    ],
)
def test_reads_numbers_as_people_write_them(text, number):
    assert to_int(text) == number


@pytest.mark.parametrize(
    "text", ["", "条", "一百百", "百", "十百", "一二百", "第十条", "1" * 12, "千"]
)
def test_refuses_what_is_no_number(text):
    assert to_int(text) is None


@given(st.integers(min_value=0, max_value=99_999_999))
def test_writing_and_reading_agree(number):
    assert to_int(to_chinese(number)) == number


@given(st.text(alphabet="零〇一二三四五六七八九十百千万0123456789两", max_size=10))
def test_reading_never_fails_and_stays_in_range(text):
    number = to_int(text)
    assert number is None or 0 <= number <= 99_999_999


@pytest.mark.parametrize("number", [-1, 100_000_000])
def test_refuses_to_write_numbers_out_of_range(number):
    with pytest.raises(ValueError, match="not between"):
        to_chinese(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("第十七条之一", ArticleNumber(17, 1)),
        ("第十七条", ArticleNumber(17)),
        ("17-1", ArticleNumber(17, 1)),
        ("第 17 条之 1", ArticleNumber(17, 1)),
        (1043, ArticleNumber(1043)),
        ("1043", ArticleNumber(1043)),
        ("十七条", ArticleNumber(17)),
        ("条目三", ArticleNumber(3)),
    ],
)
def test_reads_numbers_of_articles(text, number):
    assert article_number(text) == number


@pytest.mark.parametrize("text", ["", "全文", "第条", 0, -3, "第十七条第二款"])
def test_refuses_what_is_no_number_of_an_article(text):
    assert article_number(text) is None


@given(st.integers(min_value=1, max_value=3000), st.integers(min_value=0, max_value=30))
def test_printed_numbers_are_read_back(order, suffix):
    assert article_number(printed(order, suffix)) == (order, suffix)
