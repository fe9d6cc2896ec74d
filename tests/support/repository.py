"""What git tracks, for checks over the whole repository."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

BINARY = {
    ".bin", ".docx", ".gif", ".gz", ".ico", ".jpg", ".npz", ".onnx", ".otf", ".pdf", ".png",
    ".ttf", ".wav",
    ".webm", ".webp", ".woff2", ".xlsx", ".zip",
}  # fmt: skip


@cache
def tracked(root: Path) -> tuple[Path, ...]:
    """The files that git tracks and that are there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    return tuple(path for name in listed.split("\0") if name and (path := root / name).is_file())


def texts(root: Path) -> list[tuple[Path, str]]:
    """The tracked text files with their text."""
    return [
        (path, path.read_text(encoding="utf-8"))
        for path in tracked(root)
        if path.suffix not in BINARY
    ]
