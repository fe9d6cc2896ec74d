"""What a viewer can choose: the tree that leads to an issue, walked by numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.kernel.errors import NotFound
from backend.routing.model.vocabulary import TvNode, Vocabulary


@dataclass(frozen=True, slots=True)
class Tile:
    """A choice on the screen: the digit printed on it, its label, where it leads."""

    digit: int
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of the tree: a title and its tiles, or the issue it has reached."""

    title: str
    tiles: tuple[Tile, ...]
    issue: str = ""


def walk(vocabulary: Vocabulary, path: str) -> Screen:
    """The screen at a path such as `1.2.3`; raises `NotFound` for a path that leads nowhere."""
    node = vocabulary.tv_tree
    steps = _steps(path)
    for step in steps:
        if not 1 <= step <= len(node.children):
            raise NotFound("没有这个选项，请返回再选。", code="no_tile")
        node = node.children[step - 1]
    return Screen(node.label, _tiles(node.children, steps), node.value)


def _steps(path: str) -> list[int]:
    if not path:
        return []
    parts = path.split(".")
    if len(parts) > 8 or not all(part.isascii() and part.isdecimal() for part in parts):
        raise NotFound("没有这个选项，请返回再选。", code="no_tile")
    return [int(part) for part in parts]


def _tiles(children: Sequence[TvNode], steps: Sequence[int]) -> tuple[Tile, ...]:
    return tuple(
        Tile(digit, child.label, ".".join(map(str, (*steps, digit))))
        for digit, child in enumerate(children, start=1)
    )


def parent(path: str) -> str | None:
    """The path one step back; None from the top."""
    if not path:
        return None
    return path.rpartition(".")[0]
