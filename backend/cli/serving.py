"""Running the platform: listen, work, stop cleanly."""

from __future__ import annotations

import asyncio
import errno
import signal

from aiohttp import web

from backend.kernel.errors import WrongSetting

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 5.0


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
