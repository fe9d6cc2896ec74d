"""The numbered questions of the screen."""

from __future__ import annotations

from backend.routing.adapters.ruleset_yaml import built_in_vocabulary
from tv_app.questions import FIRST_NUMBER, _asked, numbered


def test_every_issue_has_a_written_question_and_no_other_has():
    issues = {value.code for value in built_in_vocabulary().facts["issue"].values}
    assert set(_asked()) == issues


def test_numbers_are_two_digits_and_unique():
    questions = numbered(built_in_vocabulary())
    numbers = [question.number for question in questions]
    assert numbers == list(range(FIRST_NUMBER, FIRST_NUMBER + len(questions)))
    assert numbers[-1] < 100
    assert len({question.issue for question in questions}) == len(questions)
