"""What a command tells whoever started it: logs, progress, a line."""

from __future__ import annotations

import sys
from collections.abc import Callable

import structlog


def set_up_logging(level: str) -> None:
    """Structured logs on standard error; personal data is never among the fields."""
    numbers = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numbers[level]),
        # Looked up at each line: whoever redirects standard error gets the lines from then on.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def progress_printer() -> Callable[[str, int, int], None]:
    """Print progress to standard error: in place at a terminal, sparse lines elsewhere."""
    last: dict[str, int] = {}
    terminal = sys.stderr.isatty()

    def show(what: str, done: int, total: int) -> None:
        percent = 100 * done // total if total else 100
        if last.get(what) == percent or (not terminal and percent % 25 and percent != 100):
            return
        last[what] = percent
        end = "" if terminal and percent < 100 else "\n"
        start = "\r" if terminal else ""
        print(f"{start}{what} {percent:3d}%", end=end, file=sys.stderr, flush=True)

    return show


def say(line: str) -> None:
    """Tell whoever started the program."""
    print(line, file=sys.stderr, flush=True)
