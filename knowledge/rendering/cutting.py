"""Cutting text to a measure without breaking a sentence where it can be helped."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_SOFT = "，、,：: "
_NOT_FIRST = "，。、；：！？）》」』”’,.;:!?)"


def sentences(text: str) -> list[str]:
    """Split into sentences, each with its mark."""
    return [part.strip() for part in _SENTENCE.findall(text) if part.strip()]


def shorten(text: str, limit: int) -> str:
    """Return the beginning of a text in whole sentences; at most `limit` characters.

    A first sentence that is itself too long is cut at a comma, or hard, and ends in ……
    """
    text = text.strip()
    if len(text) <= limit:
        return text
    kept = ""
    for sentence in sentences(text):
        if len(kept) + len(sentence) > limit:
            break
        kept += sentence
    if kept:
        return kept
    cut = text[: limit - 2]
    soft = max(cut.rfind(mark) for mark in _SOFT)
    return (cut[:soft] if soft >= limit // 2 else cut) + "……"


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most `width` characters; no line begins with a mark."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        rest = paragraph.strip()
        while rest:
            end = min(width, len(rest))
            # One character goes down with the mark that must not stand first.
            while end < len(rest) and rest[end] in _NOT_FIRST and end > 1:
                end -= 1
            lines.append(rest[:end])
            rest = rest[end:].strip()
    return lines
