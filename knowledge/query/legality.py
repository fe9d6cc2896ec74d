"""Whether a question is about law at all, or about the weather, the television, or nothing.

A Bayes model over words and bigrams: questions of the entries and the words that point to
matters on one side, everyday talk (data/everyday.txt) on the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from knowledge.query.matters import features

_SMOOTHING = 0.5


class LegalSense:
    """Tells legal questions from everyday talk. Immutable, thread-safe."""

    def __init__(self, legal: Iterable[str], everyday: Iterable[str]) -> None:
        """Learn from texts of both kinds."""
        self._ratios: dict[str, float] = {}
        counts = [Counter[str](), Counter[str]()]
        for side, texts in enumerate((legal, everyday)):
            for text in texts:
                counts[side].update(features(text))
        vocabulary = len(counts[0] | counts[1]) or 1
        totals = [sum(side.values()) + _SMOOTHING * vocabulary for side in counts]
        for feature in counts[0].keys() | counts[1].keys():
            ratio = math.log((counts[0][feature] + _SMOOTHING) / totals[0]) - math.log(
                (counts[1][feature] + _SMOOTHING) / totals[1]
            )
            self._ratios[feature] = ratio

    def score(self, text: str) -> float:
        """Return the mean log ratio of what is known in a text: above 0 speaks for law."""
        known = [self._ratios[f] for f in features(text) if f in self._ratios]
        return sum(known) / math.sqrt(len(known)) if known else 0.0
