"""What the ranker looks at for each candidate, by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from knowledge.search.collection import Collection
from knowledge.search.evidence import Evidence, Floats
from knowledge.search.questions import Neighbours

Places = NDArray[np.int64]
Column = NDArray[np.float64]

_NEAR = (-2, -1, 1, 2)
_VOTE_SHARPNESS = 25.0

WORD_FEATURES = (
    "both_ratio", "both_log", "both_rank", "words_ratio", "pairs_ratio", "pairs_rank",
    "near_words", "law_words", "said_share", "said_best", "near_said", "law_said", "law_named",
    "law_prior", "length",
)  # fmt: skip
VECTOR_FEATURES = (
    *WORD_FEATURES,
    "cosine", "cosine_gap", "cosine_rank", "near_cosine", "law_cosine",
    "meant_share", "meant_best", "near_meant", "law_meant",
)  # fmt: skip
KINDS = {"words": WORD_FEATURES, "vectors": VECTOR_FEATURES}


def features(
    collection: Collection, evidence: Evidence, places: Places, law_counts: Floats
) -> NDArray[np.float64]:
    """Return one row a candidate, with the columns of VECTOR_FEATURES or WORD_FEATURES."""
    laws = collection.law_of[places]

    def near(values: Floats, fold: Callable[..., Floats] = np.maximum) -> Column:
        """The best value among the articles next to each, in the same law."""
        best = np.zeros(len(places), dtype=np.float32)
        for step in _NEAR:
            beside = np.clip(places + step, 0, len(values) - 1)
            same = (collection.law_of[beside] == laws) & evidence.in_force[beside]
            best = fold(best, np.where(same, values[beside], 0.0))
        return np.asarray(best, dtype=np.float64)

    def by_law(values: Column) -> Column:
        """The share of each candidate's law in the sum of values over the candidates."""
        sums = np.bincount(laws, weights=values, minlength=len(collection.law_names))
        return np.asarray(sums[laws] / (sums.sum() or 1.0), dtype=np.float64)

    both, words, pairs = (evidence.both[places], evidence.words[places], evidence.pairs[places])
    named = np.isin(laws, list(evidence.named_laws)) if evidence.named_laws else np.zeros(len(laws))
    said = evidence.said
    columns: list[Column] = [
        _ratio(both, evidence.both),
        np.log1p(both),
        _rank(both),
        _ratio(words, evidence.words),
        _ratio(pairs, evidence.pairs),
        _rank(pairs),
        near(evidence.both) / (float(evidence.both.max()) or 1.0),
        by_law(np.asarray(both, dtype=np.float64) ** 2),
        *_neighbour_columns(said, places),
        near(said.share),
        by_law(np.asarray(said.share[places], dtype=np.float64)),
        np.asarray(named, dtype=np.float64),
        np.log1p(law_counts[laws]),
        np.log(collection.lengths[places] + 1.0),
    ]
    if evidence.cosine is not None and evidence.meant is not None:
        cosine = evidence.cosine[places]
        top = float(cosine.max())
        meant = evidence.meant
        columns += [
            np.asarray(cosine, dtype=np.float64),
            np.asarray(cosine - top, dtype=np.float64),
            _rank(cosine),
            near(evidence.cosine) - top,
            by_law(np.exp((np.asarray(cosine, dtype=np.float64) - top) * _VOTE_SHARPNESS)),
            *_neighbour_columns(meant, places),
            near(meant.share),
            by_law(np.asarray(meant.share[places], dtype=np.float64)),
        ]
    return np.column_stack(columns).astype(np.float64)


def _neighbour_columns(neighbours: Neighbours, places: Places) -> tuple[Column, Column]:
    return (
        np.sqrt(np.asarray(neighbours.share[places], dtype=np.float64)),
        np.asarray(neighbours.best[places], dtype=np.float64),
    )


def _ratio(values: Floats, everywhere: Floats) -> Column:
    top = float(everywhere.max())
    return np.asarray(values / top if top > 0 else values, dtype=np.float64)


def _rank(values: Floats) -> Column:
    """One over the rank, so that the first places stand apart; ties share what they would get."""
    order = np.argsort(-values, kind="stable")
    ranks = np.empty(len(values), dtype=np.float64)
    ranks[order] = 1.0 / np.sqrt(1.0 + np.arange(len(values)))
    return np.where(values > 0, ranks, 0.0)
