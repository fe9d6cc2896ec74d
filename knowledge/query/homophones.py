"""Hearing legal terms behind wrong characters: what a speech recogniser makes of 仲裁 or 工资."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import rjieba

from knowledge.query.resources import load_lines

_LONGEST = 8
_SHORT = 3
# A pair with one of these is grammar, not a term.
_GRAMMAR = frozenset("的了得着过不没我你他她是被把就也都这那一有在和年月日")
# Sounds that speakers of the north and recognisers mix up.
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_ENDINGS = (("ing", "in"), ("eng", "en"), ("ang", "an"))


@lru_cache(maxsize=1)
def _table() -> Mapping[str, str]:
    """The sound of every common character, reduced to what is told apart."""
    table = {}
    for line in load_lines("sounds.txt"):
        syllable, characters = line.split(" ")
        table.update(dict.fromkeys(characters, _reduced(syllable)))
    return table


def _reduced(syllable: str) -> str:
    """A syllable without the distinctions that are often lost."""
    for full, short in _ALIKE:
        if syllable.startswith(full):
            syllable = short + syllable[len(full) :]
            break
    for full, short in _ENDINGS:
        if syllable.endswith(full):
            return syllable[: -len(full)] + short
    return syllable


def sound(char: str) -> str:
    """The sound of one character; a rare one sounds like itself alone."""
    return _table().get(char, char)


def _sounds(text: str) -> tuple[str, ...]:
    return tuple(sound(char) for char in text)


class Homophones:
    """Finds terms that sound like a part of a text but are written otherwise. Thread-safe."""

    def __init__(self, terms: Iterable[str]) -> None:
        """Know `terms` of two to eight Chinese characters; others are left out."""
        self._terms: dict[tuple[str, ...], str] = {}
        self._written: set[str] = set()
        for term in terms:
            if len(term) == 2 and _GRAMMAR.intersection(term):
                continue
            if 2 <= len(term) <= _LONGEST and all("\u4e00" <= char <= "\u9fff" for char in term):
                self._terms.setdefault(_sounds(term), term)
                self._written.add(term)
        self._lengths = sorted({len(key) for key in self._terms}, reverse=True)

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Return (start, end, term) for each part that only sounds like a term.

        A part that is a word of its own right is left alone.
        """
        sounds = [sound(char) if "\u4e00" <= char <= "\u9fff" else "" for char in text]
        found: list[tuple[int, int, str]] = []
        taken = [False] * len(text)
        for length in self._lengths:
            for start in range(len(text) - length + 1):
                end = start + length
                term = self._terms.get(tuple(sounds[start:end]))
                if term is None or any(taken[start:end]):
                    continue
                part = text[start:end]
                if part in self._written:
                    taken[start:end] = [True] * length
                elif not self._is_ordinary(part, text, start):
                    taken[start:end] = [True] * length
                    found.append((start, end, term))
        return sorted(found)

    def correct(self, text: str) -> str:
        """Return the text with every such part written as the term."""
        for start, end, term in reversed(self.find(text)):
            text = text[:start] + term + text[end:]
        return text

    def _is_ordinary(self, part: str, text: str, start: int) -> bool:
        """Whether a part is a word, or lies across words that make sense as they are."""
        if rjieba.has_word(part):
            return True
        if len(part) > _SHORT:
            return False
        if len(part) == 2 and _GRAMMAR.intersection(part):
            return True
        end = start + len(part)
        across = (text[max(0, start - 1) : start + 1], text[end - 1 : end + 1])
        return any(len(pair) == 2 and rjieba.has_word(pair) for pair in across)
