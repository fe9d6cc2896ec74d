"""Recall and reciprocal rank over ranked lists."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

DEPTHS = (5, 10, 100)
_RECIPROCAL_DEPTH = 10


def recall(ranked: Sequence[int], gold: AbstractSet[int], depth: int) -> float:
    """Return the share of the gold that stands among the first `depth`."""
    return len(gold & set(ranked[:depth])) / len(gold)


def reciprocal_rank(ranked: Sequence[int], gold: AbstractSet[int]) -> float:
    """Return one over the rank of the first gold among the first ten, else 0."""
    for rank, place in enumerate(ranked[:_RECIPROCAL_DEPTH], start=1):
        if place in gold:
            return 1.0 / rank
    return 0.0


def summary(
    ranked: Sequence[Sequence[int]], gold: Sequence[AbstractSet[int]]
) -> dict[str, float | int]:
    """Return the means over many questions: Recall@5/10/100, MRR@10 and how many there were."""
    count = len(gold)
    means: dict[str, float | int] = {"questions": count}
    for depth in DEPTHS:
        total = sum(recall(one, right, depth) for one, right in zip(ranked, gold, strict=True))
        means[f"recall@{depth}"] = round(total / count, 4) if count else 0.0
    total = sum(reciprocal_rank(one, right) for one, right in zip(ranked, gold, strict=True))
    means["mrr@10"] = round(total / count, 4) if count else 0.0
    return means
