"""The tokens of both engines: dictionary words and character bigrams.

Text is cut here and sent to the engines separated by blanks, so tantivy and Elasticsearch
index the very same terms with their whitespace analyzers.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import rjieba

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_RUNS = re.compile(rf"[{_HAN}]+|[a-z0-9]+")
_KEPT = re.compile(rf"[{_HAN}a-z0-9]")

MAX_TERMS = 160
"""Distinct terms of one field that a query may carry; the rest of a long story is cut off."""

# Words so common in questions that they only cost time.
STOP_WORDS = frozenset(
    (
        "的 了 吗 呢 吧 啊 呀 我 你 他 她 它 我们 你们 他们 是 在 有 和 与 就 都 也 还 "
        "又 这 那 这个 那个 一个 个 着 把 被 给 让 对 从 到 上 下 中 里 后 前 会 能 "
        "可以 要 想 说 请问 怎么 怎么办 怎样 如何 什么 多少 哪里 为什么 但 但是 因为 "
        "所以 如果 现在 没 没有 不 很 去 来 得 地 之 及 或 等 您好 你好"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Terms of one text by field; a query's terms carry weights, a document's may repeat."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """What is searched for: terms with weights, by field."""

    words: tuple[tuple[str, float], ...]
    bigrams: tuple[tuple[str, float], ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.words and not self.bigrams


def cut_words(text: str) -> list[str]:
    """Cut into dictionary words, long words also into the words inside them."""
    return [word for word in rjieba.cut_for_search(text) if _KEPT.search(word)]


def cut_bigrams(text: str) -> list[str]:
    """Cut every run of Chinese characters into overlapping pairs; other runs stay whole."""
    pairs: list[str] = []
    for run in _RUNS.findall(text):
        if len(run) == 1 or run[0].isascii():
            pairs.append(run)
        else:
            pairs.extend(run[i : i + 2] for i in range(len(run) - 1))
    return pairs


def document_tokens(text: str) -> Tokens:
    """Return the terms under which a text is indexed."""
    lowered = text.lower()
    return Tokens(tuple(cut_words(lowered)), tuple(cut_bigrams(lowered)))


def query_terms(
    text: str, expansions: tuple[str, ...] = (), *, boost: float = 0.5
) -> WeightedTerms:
    """Return the terms of a question; `expansions` are added with the weight `boost`."""
    lowered = text.lower()
    words = Counter[str](word for word in cut_words(lowered) if word not in STOP_WORDS)
    bigrams = Counter[str](cut_bigrams(lowered))
    weighted_words: dict[str, float] = dict(words)
    weighted_bigrams: dict[str, float] = dict(bigrams)
    for phrase in expansions:
        for word in cut_words(phrase.lower()):
            weighted_words[word] = weighted_words.get(word, 0.0) + boost
        for pair in cut_bigrams(phrase.lower()):
            weighted_bigrams[pair] = weighted_bigrams.get(pair, 0.0) + boost
    return WeightedTerms(_capped(weighted_words), _capped(weighted_bigrams))


def _capped(weights: dict[str, float]) -> tuple[tuple[str, float], ...]:
    if len(weights) <= MAX_TERMS:
        return tuple(weights.items())
    # A long story often has its point at the end: keep both ends.
    items = tuple(weights.items())
    return items[: MAX_TERMS // 2] + items[-(MAX_TERMS - MAX_TERMS // 2) :]
