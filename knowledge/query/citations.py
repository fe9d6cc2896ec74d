"""Reading the articles a question names: 民法典1043条, 劳动法第三十八条第二款, 刑法第十七条之一.

A number counts only with 条 behind it or a law's name right before it, so years, sums and
telephone numbers are not taken for articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.query.numbers import NUMERAL, parse_numeral

_GAP = (
    r"[》〉」』\"”’)）]*"
    r"(?:\s|的|里|中|里面|规定|之|,|，|、|:|：|[（(][^）)]{0,20}[）)])*"
)
_NUMBER = re.compile(
    rf"(?P<di>第)?\s*(?P<n>{NUMERAL})\s*(?P<tiao>条|條)\s*"
    rf"(?:之(?P<s>{NUMERAL}))?(?:\s*第?\s*(?P<p>{NUMERAL})\s*款)?"
)
_BEFORE_NUMBER = re.compile(rf"{_GAP}(?:第\s*)?")
_BARE_NUMBER = re.compile(
    rf"(?P<n>{NUMERAL})(?:之(?P<s>{NUMERAL}))?(?![0-9年月日号元万个岁人次天%])"
)
_LAW_LIKE = re.compile(r"([\u4e00-\u9fff]{1,24}(?:法典|法|条例|规定|办法|解释|决定|通则|总则))$")


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article a question names; `paragraph` is the 款 it asks for, if it says one."""

    law: str
    order: int
    suffix: int = 0
    paragraph: int | None = None


@dataclass(frozen=True, slots=True)
class NamedLaw:
    """A law named in a text, with where the name stands."""

    law: str
    start: int
    end: int


class CitationParser:
    """Finds laws and article numbers in questions. Immutable, thread-safe."""

    def __init__(self, laws: Iterable[str], aliases: Mapping[str, str]) -> None:
        """Know the laws of a corpus by short name, and people's names for them."""
        known = set(laws)
        self._names = {law: law for law in known}
        for alias, law in aliases.items():
            if law in known and alias not in self._names:
                self._names[alias] = law
        # Names that are everyday words count only with a number right behind them.
        self._weak = {alias for alias in aliases if not alias.endswith(("法", "法典", "条例"))}
        ordered = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def laws(self, text: str) -> list[NamedLaw]:
        """Return the laws named in a text, left to right, the longest name at each place."""
        if self._pattern is None:
            return []
        found = []
        for match in self._pattern.finditer(text):
            name = match.group()
            followed = re.match(
                rf"{_GAP}(?:第\s*)?{NUMERAL}\s*(?:条|之|$|[^\w])", text[match.end() :]
            )
            if name in self._weak and not followed:
                continue
            amendment = text.startswith("修正案", match.end())
            if not amendment:
                found.append(NamedLaw(self._names[name], match.start(), match.end()))
        return found

    def parse(self, text: str) -> list[NamedArticle]:
        """Return the articles named in a text, in order, each once."""
        laws = self.laws(text)
        named: dict[NamedArticle, None] = {}
        for match in _NUMBER.finditer(text):
            law = self._law_for(text, match, laws)
            order = parse_numeral(match.group("n"))
            if law is None or not order:
                continue
            suffix = parse_numeral(match.group("s") or "") or 0
            paragraph = parse_numeral(match.group("p") or "")
            named[NamedArticle(law, order, suffix, paragraph)] = None
        for law_name in laws:
            gap = _BEFORE_NUMBER.match(text, law_name.end)
            start = gap.end() if gap else law_name.end
            bare = _BARE_NUMBER.match(text, start)
            if bare is None or _NUMBER.match(text, start):
                continue
            order = parse_numeral(bare.group("n"))
            digits_only = bare.group("n").isdecimal() or len(bare.group("n")) >= 2
            if order and digits_only:
                suffix = parse_numeral(bare.group("s") or "") or 0
                named[NamedArticle(law_name.law, order, suffix)] = None
        return list(named)

    def unknown_law(self, text: str) -> str | None:
        """Return the name of a law that a text cites an article of, but which nobody here knows."""
        laws = self.laws(text)
        for match in _NUMBER.finditer(text):
            if self._law_for(text, match, laws) is None:
                before = text[: match.start()].rstrip("》〉 的（(）)")
                name = _LAW_LIKE.search(before)
                if name:
                    return name.group(1)
        return None

    def _law_for(self, text: str, match: re.Match[str], laws: list[NamedLaw]) -> str | None:
        """The law whose article a number is: the nearest named before it, else the one after."""
        before = [law for law in laws if law.end <= match.start()]
        if before:
            nearest = before[-1]
            between = text[nearest.end : match.start()]
            if not _other_law_between(between):
                return nearest.law
            return None
        stem = text[: match.start()].rstrip("》〉 的")
        if _LAW_LIKE.search(stem) and len(stem) > 1:
            return None
        after = [law for law in laws if law.start >= match.end()]
        return after[0].law if after else None


def _other_law_between(between: str) -> bool:
    """Whether another law, one we do not know, is named between a law and a number."""
    return bool(re.search(r"《[^》]+》|(?:条例|规定|办法|解释)[》\s]*$", between))
