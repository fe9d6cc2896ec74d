"""Whether a question is about law at all, or about the weather, the television, or nothing.

Signs are counted: words that point to a matter, colloquial phrases with a legal meaning, and
words of law itself. A Bayes model over words and bigrams weighs the rest: questions of the
entries on one side, everyday talk (data/everyday.txt) on the other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from itertools import chain

from knowledge.query.matters import features

_SMOOTHING = 0.5
_FEWEST_EXAMPLES = 500
_CUE, _PHRASE, _LAW_WORD, _TALK = 1.0, 0.9, 1.2, 0.45
_MOST_SIGNS = 3
_LONG = 16
_TALK_BOUND = 4.0
THRESHOLD = 1.0
"""From here on a question counts as one of law."""


class LegalSense:
    """Tells legal questions from everyday talk. Immutable, thread-safe."""

    def __init__(
        self,
        law_words: Iterable[str],
        legal: Iterable[Iterable[str]],
        everyday: Iterable[str],
    ) -> None:
        """Know words of law, and learn from both kinds: features of legal texts, everyday texts."""
        self._law_words = tuple(law_words)
        self._everyday = frozenset(everyday)
        law = list(legal)
        talk = [features(text) for text in self._everyday]
        # Without enough legal texts the model would only know what everyday talk looks like.
        self._ratios = _log_ratios(law, talk) if len(law) >= _FEWEST_EXAMPLES else {}

    def score(self, text: str, *, cues: int, phrases: int) -> float:
        """Return how much speaks for law, above THRESHOLD when enough does.

        `cues` is how many words point to a matter, `phrases` how many have a legal meaning.
        """
        if text in self._everyday:
            return 0.0
        words = sum(word in text for word in self._law_words)
        points = _CUE * min(cues, _MOST_SIGNS) + _PHRASE * min(phrases, _MOST_SIGNS)
        points += _LAW_WORD * min(words, _MOST_SIGNS)
        if len(text) > _LONG:
            # Nobody tells a hotline a long story without a reason.
            points += 0.8 * math.log2(len(text) / _LONG)
        return points + _TALK * self._talk(text)

    def _talk(self, text: str) -> float:
        known = [self._ratios[f] for f in features(text) if f in self._ratios]
        if not known:
            return 0.0
        mean = sum(known) / math.sqrt(len(known))
        return max(-_TALK_BOUND, min(_TALK_BOUND, mean))


def _log_ratios(law: Iterable[Iterable[str]], talk: Iterable[Iterable[str]]) -> dict[str, float]:
    counts = [Counter[str](chain.from_iterable(side)) for side in (law, talk)]
    vocabulary = len(counts[0] | counts[1]) or 1
    totals = [sum(side.values()) + _SMOOTHING * vocabulary for side in counts]
    return {
        feature: math.log((counts[0][feature] + _SMOOTHING) / totals[0])
        - math.log((counts[1][feature] + _SMOOTHING) / totals[1])
        for feature in counts[0].keys() | counts[1].keys()
    }
