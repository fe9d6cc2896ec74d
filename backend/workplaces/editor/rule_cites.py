"""The articles that routing rules cite, so that a change of the law lists every rule it touches."""

from __future__ import annotations

from datetime import date

from backend.editorial.model.law import Cited
from backend.routing.model.rules import RuleSet
from knowledge.corpus.numerals import to_chinese


def rule_citations(rules: RuleSet, on: date) -> list[Cited]:
    """Every (rule, article) pair that a rule set cites on a day, once, in their order."""
    found: dict[tuple[str, str, str], Cited] = {}
    for rule in (*rules.rules, *rules.general):
        for row in (*rule.rows, *rule.also):
            for cite in row.cite:
                if not cite.usable(on):
                    continue
                article = f"第{to_chinese(cite.article)}条"
                found[rule.id, cite.law, article] = Cited(
                    "rule", rule.id, rule.name, cite.law, article
                )
    return list(found.values())
