"""No module grows beyond what one person reads in one go."""

from __future__ import annotations

from pathlib import Path

from tests.support.repository import tracked

LIMIT = 500


def test_modules_stay_short(root: Path) -> None:
    long = {}
    for path in tracked(root):
        if path.suffix in {".py", ".js", ".css", ".html"} and ".min." not in path.name:
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > LIMIT:
                long[str(path.relative_to(root))] = lines
    assert long == {}
