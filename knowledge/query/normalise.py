"""One form for every question: simplified, half-width, without emoji or control characters."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import as_file, files

import zhconv

MAX_CHARACTERS = 1200
"""Characters of a question that are looked at; of a longer one the two ends are kept."""

_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "So", "Sk", "Mn", "Me"})
_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u4dbf\u4e00-\u9fff]) (?=[\u3400-\u4dbf\u4e00-\u9fff])")
_REPEATED = re.compile(r"(.)\1{3,}")


# By its own way of loading the library leaves the file of its dictionary open.
with as_file(files("zhconv").joinpath("zhcdict.json")) as _dictionary:
    zhconv.loaddict(str(_dictionary))


def normalise(question: str) -> str:
    """Return the question as every later step reads it; never fails, may be empty."""
    if len(question) > 2 * MAX_CHARACTERS:
        question = question[:MAX_CHARACTERS] + " " + question[-MAX_CHARACTERS:]
    text = unicodedata.normalize("NFKC", question)
    text = "".join(
        " " if char in "\t\r\n\u3000" else char
        for char in text
        if char in "\t\r\n" or unicodedata.category(char) not in _DROPPED_CATEGORIES
    )
    if _HAN.search(text):
        text = zhconv.convert(text, "zh-cn")
    text = _SPACES.sub(" ", text).strip()
    text = _BETWEEN_HAN.sub("，", text)
    text = _REPEATED.sub(r"\1\1\1", text)
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = text[:half] + text[-half:]
    return text


def bare(text: str) -> str:
    """Drop punctuation and blanks: how a question looks to whoever only heard it."""
    return "".join(char for char in text if unicodedata.category(char)[0] in "LN")
