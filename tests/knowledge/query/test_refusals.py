"""What is refused by rule, and what stands so near to it that a rule could overreach."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from knowledge.entries import load_entries
from knowledge.query.normalise import normalise
from knowledge.query.refusals import Refusals
from knowledge.query.resources import load_yaml

HERE = Path(__file__).parent
REFUSED = yaml.safe_load((HERE / "refused_texts.yaml").read_text("utf-8"))
ANSWERABLE = [
    line
    for line in (HERE / "answerable_texts.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
CODES = ("outcome", "named_lawyer", "hide_or_fake", "foreign_law", "unknowable")


@pytest.fixture(scope="module")
def refusals():
    return Refusals(load_yaml("refusals.yaml"))


@pytest.fixture(scope="module")
def entry_questions():
    return [question.q for entry in load_entries().entries for question in entry.questions]


@pytest.mark.parametrize("code", CODES)
def test_what_is_refused_says_why_and_who_is_next(refusals, code):
    for text in REFUSED[code]:
        refusal = refusals.find(normalise(text))
        assert refusal is not None, text
        assert refusal.code == code, text
        assert refusal.reason
        assert refusal.to == "agent"


def test_what_can_be_answered_is_not_refused(refusals):
    assert len(ANSWERABLE) >= 100
    assert [text for text in ANSWERABLE if refusals.find(normalise(text)) is not None] == []


def test_hardly_any_question_of_the_entries_is_refused(refusals, entry_questions):
    refused = [text for text in entry_questions if refusals.find(normalise(text)) is not None]
    assert len(refused) <= 0.001 * len(entry_questions), refused
