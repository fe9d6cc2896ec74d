"""Putting new texts beside those already known: one version, whatever number of sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge.corpus.texts import LegalText, differences, name_key


class Merged(StrEnum):
    """What became of a text that was put beside the known ones."""

    NEW = "new"
    SAME = "same"
    SECOND_SOURCE = "second source"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one text; `text` is the version as it now stands.

    `differences` are the numbers of the articles whose words are not those of the version that
    was known before: the known words stay, the other source is not doubled.
    """

    what: Merged
    text: LegalText
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Merging:
    """All texts after a merge, and the outcome of each new one in its order."""

    texts: tuple[LegalText, ...]
    outcomes: tuple[Outcome, ...]


def merge_texts(known: Sequence[LegalText], fresh: Iterable[LegalText]) -> Merging:
    """Put fresh texts beside known ones. Pure; merging the same texts again changes nothing.

    A law is the same when its names differ in nothing but marks, width and the name of the
    state, a version when it was passed on the same day.
    """
    texts = {(name_key(text.law), text.version): text for text in known}
    laws = {name_key(text.law): text.law for text in known}
    outcomes = []
    for text in fresh:
        law = laws.setdefault(name_key(text.law), text.law)
        key = (name_key(law), text.version)
        outcome = _outcome(texts.get(key), replace(text, law=law))
        texts[key] = outcome.text
        outcomes.append(outcome)
    ordered = sorted(texts.values(), key=lambda text: (text.law, text.version))
    return Merging(tuple(ordered), tuple(outcomes))


def _outcome(known: LegalText | None, text: LegalText) -> Outcome:
    if known is None:
        return Outcome(Merged.NEW, text)
    # Texts that are equal to the letter need no comparison of their words.
    alike = known.articles == text.articles
    differing = () if alike else differences(known.articles, text.articles)
    if set(text.sources) <= set(known.sources):
        return Outcome(Merged.DIFFERS if differing else Merged.SAME, known, differing)
    sources = (*known.sources, *(each for each in text.sources if each not in known.sources))
    history = known if known.amended is not None or text.amended is None else text
    joined = replace(
        known,
        sources=sources,
        amended=history.amended,
        stated_from=history.stated_from,
        stated_by=history.stated_by,
        preamble=known.preamble or text.preamble,
    )
    return Outcome(Merged.DIFFERS if differing else Merged.SECOND_SOURCE, joined, differing)
