"""The numbered questions of the screen: one, written out, for each issue of the tree.

A number is two digits and stays the same while the tree does: people write it down and tell it to
their neighbours. What is asked goes to the one knowledge base, as any other question does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

from backend.routing.model.vocabulary import TvNode, Vocabulary

FIRST_NUMBER = 11
ON_A_SCREEN = 6


@dataclass(frozen=True, slots=True)
class NumberedQuestion:
    """A question that a number calls."""

    number: int
    issue: str
    label: str
    question: str


def numbered(vocabulary: Vocabulary) -> tuple[NumberedQuestion, ...]:
    """Every issue of the tree, in its order, as a question."""
    leaves: list[TvNode] = []

    def collect(node: TvNode) -> None:
        if node.value:
            leaves.append(node)
        for child in node.children:
            collect(child)

    collect(vocabulary.tv_tree)
    asked = _asked()
    questions: list[NumberedQuestion] = []
    seen: set[str] = set()
    for leaf in leaves:
        if leaf.value in seen:
            continue
        seen.add(leaf.value)
        questions.append(
            NumberedQuestion(
                number=FIRST_NUMBER + len(questions),
                issue=leaf.value,
                label=leaf.label,
                question=asked.get(leaf.value, f"{leaf.label}怎么办"),
            )
        )
    return tuple(questions)


@cache
def _asked() -> dict[str, str]:
    text = resources.files("tv_app").joinpath("data/questions.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found


_asked()  # read now: a request does not wait for a file
