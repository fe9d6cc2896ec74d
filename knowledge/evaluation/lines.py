"""Reading the JSON lines that questions with known answers come in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge.search.collection import Collection

_PREFIX = "中华人民共和国"
_SAME_TEXT = 0.9


class BadLine(ValueError):
    """A line of a file is not what it should be; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with the places of the articles that answer it."""

    id: str
    query: str
    gold: frozenset[int]


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSON-lines file with their line numbers."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError as error:
                raise BadLine(f"{path.name} 第{number}行不是 JSON：{error}") from error
            if not isinstance(value, dict):
                raise BadLine(f"{path.name} 第{number}行应当是一个对象。")
            yield number, value


def text_of(path: Path, number: int, line: Mapping[str, Any], *names: str) -> str:
    """Return the first of several fields that holds text; raises BadLine without one."""
    for name in names:
        if isinstance(line.get(name), str):
            return str(line[name])
    raise BadLine(f"{path.name} 第{number}行缺少字段 {'、'.join(names)}。")


def read_judged(path: Path, collection: Collection, as_of: date) -> list[Judged]:
    """Read questions with gold articles; gold that the corpus lacks is left out.

    A label may say how its law and number read today (`current`), or that they were not
    verified (`verified` false, `text_sim` below .9): the latter are left out as well.
    """
    judged = []
    for number, line in read_lines(path):
        query = text_of(path, number, line, "query", "question", "text")
        labels = line.get("gold")
        if not isinstance(labels, list):
            raise BadLine(f"{path.name} 第{number}行缺少字段 gold。")
        places = (_place(label, collection, as_of) for label in labels)
        gold = frozenset(place for place in places if place is not None)
        if gold:
            judged.append(Judged(str(line.get("id", number)), query, gold))
    return judged


def _place(label: Any, collection: Collection, as_of: date) -> int | None:
    if not isinstance(label, dict) or label.get("verified") is False:
        return None
    if float(label.get("text_sim", 1.0) or 0.0) < _SAME_TEXT:
        return None
    for name in ("current", "lawrefbook"):
        if name in label and isinstance(label[name], dict):
            label = label[name]
            break
    else:
        if label.get("current", label) is None and "lawrefbook" not in label:
            return None
    law = str(label.get("law", "")).removeprefix(_PREFIX)
    return collection.place_of(law, str(label.get("article", "")), as_of)
