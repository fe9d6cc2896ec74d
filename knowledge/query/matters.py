"""Which matter a question is about: words that point to a matter, and what the entries teach.

Every matter has a list of cues (data/matters.yaml). The questions of the published entries
train a multinomial Bayes model over words and bigrams beside it; the two are added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.search.tokens import STOP_WORDS, cut_bigrams, cut_words

_SMOOTHING = 0.3
_FEWEST_TIMES = 2
_CUE_WEIGHT = 1.6


@dataclass(frozen=True, slots=True)
class MatterGuess:
    """The likeliest matter, and how sure we are of it (0 to 1); code None without any sign."""

    code: str | None
    probability: float


def features(text: str) -> list[str]:
    """Words and bigrams of a text, each once, in order: what the model looks at."""
    return sorted({*cut_words(text), *cut_bigrams(text)} - STOP_WORDS)


class LabelModel:
    """Multinomial Bayes over words and bigrams, with word cues as prior knowledge."""

    def __init__(
        self,
        cues: Mapping[str, Iterable[str]],
        examples: Iterable[tuple[Iterable[str], str]] = (),
    ) -> None:
        """`cues` are words by label; `examples` are (features, label) pairs, labels among them."""
        self.labels: tuple[str, ...] = tuple(cues)
        place = {label: number for number, label in enumerate(self.labels)}
        owners: dict[str, list[int]] = {}
        for label, words in cues.items():
            for word in words:
                owners.setdefault(word, []).append(place[label])
        self._cues = {
            word: (tuple(numbers), _cue_strength(word, len(numbers)))
            for word, numbers in owners.items()
        }
        self._longest = max((len(word) for word in self._cues), default=0)
        self._weights = _log_ratios([(seen, place[label]) for seen, label in examples], len(place))

    def scores(self, text: str) -> NDArray[np.float64]:
        """Return a score for each label; 0 everywhere when nothing in the text tells."""
        total = np.zeros(len(self.labels))
        for word in self._found_cues(text):
            numbers, strength = self._cues[word]
            total[list(numbers)] += strength
        if self._weights:
            known = [self._weights[f] for f in features(text) if f in self._weights]
            if known:
                # Long stories repeat themselves: their evidence grows slower than their length.
                total = total + np.sum(known, axis=0) * min(1.0, 12 / len(known))
        return total

    def guess(self, text: str) -> MatterGuess:
        """Return the likeliest label."""
        scores = self.scores(text)
        if not scores.any():
            return MatterGuess(None, 0.0)
        shifted = np.exp(scores - scores.max())
        best = int(scores.argmax())
        return MatterGuess(self.labels[best], float(shifted[best] / shifted.sum()))

    def cue_count(self, text: str) -> int:
        """How many different cues of two characters or more a text has."""
        return sum(len(word) > 1 for word in self._found_cues(text))

    def _found_cues(self, text: str) -> set[str]:
        return {
            text[start:end]
            for start in range(len(text))
            for end in range(start + 1, min(len(text), start + self._longest) + 1)
            if text[start:end] in self._cues
        }


def _cue_strength(word: str, owners: int) -> float:
    return _CUE_WEIGHT * (0.6 + 0.4 * len(word)) / owners


def _log_ratios(
    examples: Iterable[tuple[Iterable[str], int]], labels: int
) -> dict[str, NDArray[np.float64]]:
    """Log of how much likelier a feature is under each label than on the average of labels."""
    rows: dict[str, int] = {}
    pairs = [
        (rows.setdefault(feature, len(rows)), label) for seen, label in examples for feature in seen
    ]
    if not pairs:
        return {}
    counts = np.zeros((len(rows), labels))
    np.add.at(counts, tuple(np.array(pairs).T), 1.0)
    totals = counts.sum(axis=0)
    taught = totals > 0
    logs = np.log((counts + _SMOOTHING) / (totals + _SMOOTHING * len(rows)))
    means = logs[:, taught].mean(axis=1, keepdims=True)
    weights = np.where(taught, logs - means, 0.0)
    often = counts.sum(axis=1) >= _FEWEST_TIMES
    return {feature: weights[row] for feature, row in rows.items() if often[row]}
