"""Where measurements are written: a section each in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from backend.kernel.clock import CHINA

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Written by `make bench`; each section says when and on what it was measured. The machine is shared
and noisy: ratios within one run count, single absolute times do not. What was absent was skipped by
name and keeps its last figures.
"""


def record(title: str, rows: Sequence[tuple[str, str, str]], note: str = "") -> None:
    """Write a section: rows of what, seen, wanted ("" where nothing was asked)."""
    lines = [f"## {title}", "", f"{datetime.now(CHINA).date()}, {_machine()}", ""]
    lines += ["| what | seen | wanted |", "|---|---|---|"]
    lines += [f"| {what} | {seen} | {wanted} |" for what, seen, wanted in rows]
    if note:
        lines += ["", note]
    section = "\n".join(lines) + "\n"
    with FileLock(f"{PAGE}.lock"):
        text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else _HEAD
        head, *sections = text.split("\n## ")
        kept = [f"## {old.rstrip()}\n" for old in sections if not old.startswith(f"{title}\n")]
        PAGE.write_text(
            "\n".join([head.rstrip() + "\n", *sorted([*kept, section])]), encoding="utf-8"
        )


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {platform.python_version()}, load {load:.1f} at the end"
