"""The numbered questions of the screen: the title asked for each issue of the tree.

A number is two digits and stays the same while the tree does: people write it down and tell it to
their neighbours. What is asked goes to the one knowledge base, as any other question does.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    names = {value.code: value.name for value in vocabulary.facts["issue"].values}
    seen: set[str] = set()
    questions: list[NumberedQuestion] = []
    for leaf in leaves:
        if leaf.value in seen:
            continue
        seen.add(leaf.value)
        name = names.get(leaf.value, leaf.label)
        questions.append(
            NumberedQuestion(
                number=FIRST_NUMBER + len(questions),
                issue=leaf.value,
                label=leaf.label,
                question=f"{leaf.label}怎么办（{name}）" if name != leaf.label else f"{name}怎么办",
            )
        )
    return tuple(questions)
