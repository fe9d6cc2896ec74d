"""Who runs a server that refuses to be root."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TypedDict


class RunAs(TypedDict, total=False):
    """Arguments of subprocess that change the user; empty when we are an ordinary user already."""

    user: int
    group: int
    extra_groups: list[int]


def run_as() -> RunAs:
    """The user for PostgreSQL and Elasticsearch: PostgreSQL's own where it exists, else nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


def give(folder: Path) -> Path:
    """Hand a folder and all that is in it to that user."""
    who = run_as()
    if who:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who["user"], who["group"])
    return folder
