"""Known questions as models and search see them, kept between starts.

Cutting thousands of questions takes a second; reading what was cut the last time takes none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from knowledge.query import matters, normalise
from knowledge.search import tokens

_MADE_BY = (normalise, matters, tokens)
_LIBRARIES = ("rjieba", "zhconv")


@dataclass(frozen=True, slots=True)
class PreparedText:
    """`features` of the normalised text, from which models learn; `terms` of the text as it is."""

    features: tuple[str, ...]
    terms: tokens.Tokens


Prepared = Mapping[str, PreparedText]


def prepare(texts: Iterable[str], kept: Path | None = None) -> Prepared:
    """Return every text with what it is cut into; `kept` is the file between starts.

    A file that is missing, damaged or made by another version of the cutting is written anew.
    """
    wanted = tuple(dict.fromkeys(texts))
    known = _read(kept) if kept is not None else {}
    found = {text: known.get(text) or _cut(text) for text in wanted}
    if kept is not None and any(text not in known for text in wanted):
        _write(kept, found)
    return found


def _cut(text: str) -> PreparedText:
    return PreparedText(
        tuple(matters.features(normalise.normalise(text))), tokens.document_tokens(text)
    )


@cache
def _stamp() -> str:
    """Names the code and the dictionaries that cut the texts."""
    digest = hashlib.sha256()
    for module in _MADE_BY:
        digest.update(Path(str(module.__file__)).read_bytes())
    for library in _LIBRARIES:
        digest.update(version(library).encode())
    return digest.hexdigest()[:16]


def _read(path: Path) -> Prepared:
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["stamp"] != _stamp():
            return {}
        return {text: _prepared(*rows) for text, rows in data["texts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _prepared(features: str, words: str, bigrams: str) -> PreparedText:
    return PreparedText(
        tuple(features.split()), tokens.Tokens(tuple(words.split()), tuple(bigrams.split()))
    )


def _write(path: Path, found: Prepared) -> None:
    texts = {
        text: [" ".join(row) for row in (one.features, one.terms.words, one.terms.bigrams)]
        for text, one in found.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(
        json.dumps({"stamp": _stamp(), "texts": texts}, ensure_ascii=False), "utf-8"
    )
    temporary.replace(path)
