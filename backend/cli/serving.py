"""Running the platform: listen, work, stop cleanly."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket

from aiohttp import web

from backend.kernel.errors import WrongSetting

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_GRACE = 5.0
_NO_PORT = {
    errno.EADDRINUSE: "已经被别的程序占用",
    errno.EACCES: "没有权限使用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
}


async def listen(application: web.Application, host: str, port: int) -> web.AppRunner:
    """Start to listen; raises `WrongSetting` when the port is taken."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        if error.errno in _NO_PORT:
            raise _port_taken(host, port, error) from error
        raise
    return runner


def check_port(host: str, port: int) -> None:
    """Raise `WrongSetting` when nothing can listen there, before minutes go into building."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        if error.errno in _NO_PORT:
            raise _port_taken(host, port, error) from error
        raise


def _port_taken(host: str, port: int, error: OSError) -> WrongSetting:
    return WrongSetting(
        f"端口 {host}:{port} 用不了：{_NO_PORT[error.errno or 0]}。"
        "请停掉占用它的程序，或用 FATONG_PORT 换一个端口。",
        code="port_taken",
        where="FATONG_PORT",
    )


async def until_stopped() -> None:
    """Wait for a signal to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
