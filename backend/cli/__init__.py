"""The command line: for people and scripts alike.

`--json` prints one JSON document on standard output; progress and logs go to standard error; bad
input exits 2 with one clear line. One module a group of commands.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from backend.cli import (
    accounts,
    corpus,
    directories,
    journal,
    knowledge,
    platform,
    routing,
    safekeeping,
    scores,
    simulation,
)
from backend.cli.serving import set_up_logging
from backend.kernel.errors import FatongError
from backend.settings import read_settings
from knowledge.errors import KnowledgeError

GROUPS = (
    platform,
    safekeeping,
    knowledge,
    corpus,
    routing,
    simulation,
    scores,
    journal,
    accounts,
    directories,
)


def build_parser() -> argparse.ArgumentParser:
    """All commands."""
    parser = argparse.ArgumentParser(prog="fatong", description="法通：12348公共法律服务平台")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    for group in GROUPS:
        group.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = build_parser().parse_args(arguments)
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
