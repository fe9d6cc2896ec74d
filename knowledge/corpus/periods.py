"""From when to when each version of each law is law.

The start follows the rule in knowledge/corpus/effect.py. A version ends the day before the next
one begins; where the start of the next is uncertain, the day before that was passed, because from
then on the old words may be gone. A law that another one repeals (《…》同时废止) ends the day
before that one begins, and what our table says comes before all of this.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.corpus.dates import day_before, stated_effect
from knowledge.corpus.effect import STATED, TABLE, UNCERTAIN, UNKNOWN, Start, start_of
from knowledge.corpus.overrides import Overrides
from knowledge.corpus.texts import LegalText, name_key

_REPEALS = "同时废止"
_NAMED = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")
_SENTENCE = re.compile(r"[^。]*同时废止")
_LAST = 6


@dataclass(frozen=True, slots=True)
class Period:
    """The days on which a version is law, both inclusive, and what its start rests on.

    `first` is None when the text is never cited as law; `last` is None while it has no end.
    `repealed_by` names the law that ended it.
    """

    first: date | None
    last: date | None
    basis: str
    checked: bool
    repealed_by: str = ""

    def covers(self, day: date) -> bool:
        """Whether the version is law on a day."""
        return self.first is not None and self.first <= day and (self.last or day) >= day


@dataclass(frozen=True, slots=True)
class _Repeal:
    by: str
    passed: date
    first: date


def periods(texts: Sequence[LegalText], overrides: Overrides) -> list[Period]:
    """Return the period of each text, in the order given."""
    starts = [_start(text, overrides) for text in texts]
    repeals = _repeals(texts, starts)
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(text.law, []).append(place)
    found: list[Period] = [_NEVER] * len(texts)
    for law, mine in places.items():
        mine.sort(key=lambda place: texts[place].passed or date.min)
        for index, place in enumerate(mine):
            later = [(texts[other].passed, starts[other]) for other in mine[index + 1 :]]
            ended_by = repeals.get(name_key(law), ())
            found[place] = _period(texts[place], starts[place], later, ended_by, overrides)
    return found


_NEVER = Period(None, None, UNKNOWN, checked=False)


def _start(text: LegalText, overrides: Overrides) -> Start:
    return start_of(
        kind=text.kind,
        passed=text.passed,
        stated=(text.stated_from, text.stated_by),
        table=overrides.start(text.law, text.passed, amended=_may_be_amended(text)),
    )


def _may_be_amended(text: LegalText) -> bool:
    """Whether the day of an amending decision may speak of this text.

    Only where the text is amended, or where its source tells no history and its last articles
    do not name a day of their own.
    """
    return bool(text.amended) or (text.amended is None and text.stated_by != STATED)


def _period(
    text: LegalText,
    start: Start,
    later: Sequence[tuple[date | None, Start]],
    repeals: Sequence[_Repeal],
    overrides: Overrides,
) -> Period:
    ends: list[tuple[date, str]] = []
    for passed, next_start in later:
        end = passed if next_start.basis in UNCERTAIN else next_start.day
        if end and (passed != text.passed):
            ends.append((day_before(end), ""))
    for repeal in repeals:
        if text.passed is None or text.passed < repeal.passed:
            ends.append((day_before(repeal.first), repeal.by))
    own = overrides.of(text.law, text.passed)
    if own and own.unknown_end:
        return Period(None, None, TABLE, checked=True)
    if own and own.last:
        ends = [(own.last, "")]
    last, repealed_by = min(ends) if ends else (None, "")
    if start.day and last and last < start.day:
        return Period(None, None, start.basis, checked=own is not None, repealed_by=repealed_by)
    return Period(start.day, last, start.basis, checked=own is not None, repealed_by=repealed_by)


def _repeals(texts: Sequence[LegalText], starts: Sequence[Start]) -> dict[str, list[_Repeal]]:
    """Which laws the texts repeal, by key of their names, and from when.

    The day is the one the same article names, else the first of the text. An amended text repeats
    the words of its first version, so it repeals only where a day is stated.
    """
    found: dict[str, list[_Repeal]] = {}
    for text, start in zip(texts, starts, strict=True):
        for article in text.articles[-_LAST:]:
            if _REPEALS not in article.text:
                continue
            effect = stated_effect(article.text)
            first = effect.day if effect and effect.day else start.day
            if first is None or text.passed is None:
                continue
            if effect is None and text.amended and start.basis != STATED:
                continue
            if start.basis in UNCERTAIN and not (effect and effect.day):
                continue
            for sentence in _SENTENCE.findall(article.text):
                for name in _NAMED.findall(sentence):
                    if name_key(name) != name_key(text.law):
                        repeal = _Repeal(text.law, min(text.passed, first), first)
                        found.setdefault(name_key(name), []).append(repeal)
    return found
