"""Live push to browsers: server-sent events, filtered by audience, resumed after a break.

News holds references only; a page fetches what it may see. The table is the truth, the bell only
shortens the wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import json

from aiohttp import web

from backend.storage.news import BATCH, latest, news_after
from backend.storage.unit_of_work import SqlUnitOfWork
from backend.web.request import Request

_PAUSE = 2.0
_HEARTBEAT = 15.0
# Then the browser comes back with the last id it heard, and its session is asked anew.
_LONGEST = 60.0
# More digits than any id has.
_DIGITS = 18

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class Bell:
    """Wakes everyone who waits for news in this process."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait until the bell rings or the time is over."""
        event = self._event
        try:
            await asyncio.wait_for(event.wait(), timeout=seconds)
        except TimeoutError:
            return


async def stream(request: Request, bell: Bell) -> web.StreamResponse:
    """Serve `text/event-stream` until the browser leaves, at most a minute at a time."""
    response = web.StreamResponse(headers=_HEADERS)
    # A browser that has gone comes back with the last id it heard.
    with contextlib.suppress(ConnectionResetError):
        await _stream(request, bell, response)
    return response


async def _stream(request: Request, bell: Bell, response: web.StreamResponse) -> None:
    start = request.raw.headers.get("Last-Event-ID") or request.query("after")
    async with request.open_unit(request.actor, read_only=True) as uow:
        assert isinstance(uow, SqlUnitOfWork)
        newest = await latest(uow)
        # A page may have heard of news that a restored database does not have.
        known = start.isdecimal() and len(start) <= _DIGITS
        after = min(int(start), newest) if known else newest
    await response.prepare(request.raw)
    await response.write(f"retry: 1000\nid: {after}\nevent: ready\ndata: {{}}\n\n".encode())
    loop = asyncio.get_running_loop()
    opened = last_sent = loop.time()
    while loop.time() - opened < _LONGEST:
        async with request.open_unit(request.actor, read_only=True) as uow:
            assert isinstance(uow, SqlUnitOfWork)
            found = await news_after(uow, request.actor, after)
        for after, topic, reference in found:
            data = json.dumps({"topic": topic, "reference": reference})
            await response.write(f"id: {after}\nevent: news\ndata: {data}\n\n".encode())
            last_sent = loop.time()
        if loop.time() - last_sent > _HEARTBEAT:
            await response.write(b": still here\n\n")
            last_sent = loop.time()
        if len(found) < BATCH:
            await bell.wait(_PAUSE)
