"""Running the platform: listen, work, stop cleanly."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys
from collections.abc import Callable

import structlog
from aiohttp import web

from backend.kernel.errors import WrongSetting

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 5.0


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


async def listen(application: web.Application, host: str, port: int) -> web.AppRunner:
    """Start to listen; raises `WrongSetting` when the port is taken."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        if error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise WrongSetting(
                f"端口 {host}:{port} 用不了：{error.strerror}。"
                "请停掉占用它的程序，或用 FATONG_PORT 换一个端口。",
                code="port_taken",
                where="FATONG_PORT",
            ) from error
        raise
    return runner


async def until_stopped() -> None:
    """Wait for a signal to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


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
