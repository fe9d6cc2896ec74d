"""The documentation says what the code does, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from backend.settings import Settings
from tests.support.repository import tracked
from tools import pages

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def test_the_settings_page_is_in_step(root: Path) -> None:
    page = (root / pages.SETTINGS_PAGE).read_text(encoding="utf-8")
    assert page == pages.settings_page(), "run `make docs`"


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_link_leads_somewhere(root: Path) -> None:
    broken = []
    for path in tracked(root):
        if path.suffix != ".md":
            continue
        for target in LINK.findall(path.read_text(encoding="utf-8")):
            place = target.partition("#")[0]
            if place and "://" not in place and not (path.parent / place).exists():
                broken.append(f"{path.relative_to(root)}: {target}")
    assert broken == []


def test_a_decision_has_its_four_parts(root: Path) -> None:
    decisions = sorted((root / "docs/decisions").glob("[0-9]*.md"))
    assert [path.name[:4] for path in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    for path in decisions:
        heads = re.findall(r"^## (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert heads == ["Context", "Decision", "Consequences", "Alternatives"], path.name


def test_both_readmes_begin_with_the_two_commands(root: Path) -> None:
    for name in ("README.md", "README.zh-CN.md"):
        first_screen = "\n".join(
            (root / name).read_text(encoding="utf-8").splitlines()[:25],
        )
        assert "make run" in first_screen
        assert "make test" in first_screen
