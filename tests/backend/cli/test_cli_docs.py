"""docs/cli.md names the commands that the parser has, and no other."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from backend.cli import GROUPS, build_parser


def commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Every command with its verbs, as one types it."""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        yield before
    for group in groups:
        for name, inner in group.choices.items():
            yield from commands(inner, f"{before} {name}".strip())


def documented(root: Path) -> set[str]:
    """The commands at the beginning of each row of the page's tables."""
    found = set()
    for row in re.findall(
        r"^\| (`.+?) \|", (root / "docs/cli.md").read_text("utf-8"), re.MULTILINE
    ):
        for piece in re.findall(r"`([^`]+)`", row):
            words = re.match(r"[a-z][a-z -]*[a-z](?:\\?\|[a-z|\\]+)?", piece)
            if words:
                found.add(words.group())
    return found


def test_every_command_is_documented_and_none_that_is_not_there(root: Path) -> None:
    page = {words.split(" --")[0] for words in documented(root)}
    real = set(commands(build_parser()))
    missing = {name for name in real if not any(said.startswith(name) for said in page)}
    assert missing == set(), "docs/cli.md does not tell of these"
    first = {name.split()[0] for name in real}
    assert {words.split()[0] for words in page} <= first, "docs/cli.md tells of what is not there"


def test_every_command_says_in_chinese_what_it_does() -> None:
    (group,) = [
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    told = {choice.dest: choice.help or "" for choice in group._choices_actions}
    assert set(told) == set(group.choices)
    assert [name for name, text in told.items() if not re.search(r"[\u4e00-\u9fff]", text)] == []


def test_every_command_is_found_in_its_group_without_loading_the_others() -> None:
    for names in GROUPS.values():
        for name in names:
            top = {words.split()[0] for words in commands(build_parser(name))}
            assert top == set(names)


def test_help_and_a_word_that_is_no_command_know_every_group() -> None:
    everything = {name for names in GROUPS.values() for name in names}
    for word in ("", "--help", "nonsense"):
        assert {words.split()[0] for words in commands(build_parser(word))} == everything
