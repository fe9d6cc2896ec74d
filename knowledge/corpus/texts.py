"""A legal text as read from a source, before it is known on which days it is law."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

WHOLE_TEXT = "全文"
STATE = "中华人民共和国"
_QUOTES = str.maketrans(
    {"〈": "《", "〉": "》", "<": "《", ">": "》", "“": '"', "”": '"', "＂": '"'}
)
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
_NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class TextArticle:
    """One article as printed; `chapter` is the path of headings above it."""

    number: str
    order: int
    suffix: int
    chapter: str
    text: str


@dataclass(frozen=True, slots=True)
class TextSource:
    """Where a text came from: the name of the collection and the file or record in it."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class LegalText:
    """One version of a law as its source gives it.

    `passed` is the day of passing (None when undated). `amended` says whether the last thing that
    happened was an amendment, which leaves the old last article standing; None when the source
    does not say. `stated_from` and `stated_by` are what head or last article say of the start.
    `preamble` is what stands before the first article.
    """

    law: str
    title: str
    kind: str
    passed: date | None
    amended: bool | None
    stated_from: date | None
    stated_by: str
    preamble: str
    articles: tuple[TextArticle, ...]
    sources: tuple[TextSource, ...]

    @property
    def digest(self) -> str:
        """A hash over the numbers and words of all articles."""
        sum_ = hashlib.sha256()
        for article in self.articles:
            sum_.update(f"{article.number}\x1f{article.text}\x1e".encode())
        return sum_.hexdigest()

    @property
    def version(self) -> str:
        """The day of passing as text, or `undated`."""
        return self.passed.isoformat() if self.passed else "undated"


def clean_line(line: str) -> str:
    """Return a line without invisible characters, tabs and space at its ends."""
    return _INVISIBLE.sub("", line).replace("\u00a0", " ").replace("\t", " ").strip(" \u3000\r\n")


def clean_title(title: str) -> str:
    """Return a title with book marks 《》, full-width brackets and no space inside."""
    title = _SPACES.sub("", clean_line(title).strip("*")).translate(_QUOTES)
    title = title.replace("(", "（").replace(")", "）").replace(",", "、").replace("，", "、")
    if title.startswith("《") and title.endswith("》") and title.count("《") == 1:
        title = title[1:-1]
    return title


def short_name(title: str) -> str:
    """Return the short name of a law: its title without the name of the state."""
    return clean_title(title).removeprefix(STATE)


def name_key(name: str) -> str:
    """Return what two spellings of a law's name have in common."""
    name = unicodedata.normalize("NFKC", clean_title(name)).replace(STATE, "")
    return _NOT_WORDS.sub("", name)


def words_only(text: str) -> str:
    """Return the words of a text without space, marks and widths: equal words are one text."""
    return _NOT_WORDS.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))


def differences(mine: tuple[TextArticle, ...], other: tuple[TextArticle, ...]) -> tuple[str, ...]:
    """Return the numbers of articles whose words differ or that only one of two texts has."""
    left = {article.number: words_only(article.text) for article in mine}
    right = {article.number: words_only(article.text) for article in other}
    numbers = [*left, *(number for number in right if number not in left)]
    return tuple(number for number in numbers if left.get(number) != right.get(number))
