"""The command line: for people and scripts alike.

`--json` prints one JSON document on standard output; progress and logs go to standard error; bad
input exits 2 with one clear line. One module a group of commands, loaded when one of its commands
is called.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from backend.cli.building import building

# The modules in the order of the help, each with its commands.
GROUPS = {
    "platform": ("serve", "worker", "migrate", "doctor"),
    "safekeeping": ("backup", "restore"),
    "knowledge": ("ask",),
    "corpus": ("corpus", "reindex", "evaluate"),
    "routing": ("route",),
    "simulation": ("simulate",),
    "scores": ("score",),
    "journal": ("journal",),
    "accounts": ("admin",),
    "directories": ("directory",),
}


def build_parser(command: str = "") -> argparse.ArgumentParser:
    """A parser of one command; of all when it is none of ours, so that help names every one."""
    parser = argparse.ArgumentParser(prog="fatong", description="法通：12348公共法律服务平台")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    asked = [group for group, names in GROUPS.items() if command in names]
    for group in asked or GROUPS:
        import_module(f"backend.cli.{group}").add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    with building():
        parser = build_parser(next(iter(words), ""))
        from backend.cli.telling import set_up_logging
        from backend.kernel.errors import FatongError
        from backend.settings import read_settings
        from knowledge.errors import KnowledgeError
    options = parser.parse_args(words)
    try:
        settings = read_settings()
        set_up_logging(settings.log_level)
        code: int = options.run(settings, options)
        return code
    except (FatongError, KnowledgeError) as error:
        where = getattr(error, "where", "")
        print(f"{where}：{error.message}" if where else error.message, file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return 130
