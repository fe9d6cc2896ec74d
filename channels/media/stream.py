"""The websocket that a carrier opens for a call's sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from aiohttp import ClientError, WSCloseCode, WSMsgType, web

from backend.kernel.errors import Invalid
from backend.web.request import Request
from backend.web.routing import Route
from channels.media import messages
from channels.media.bridge import Bridge, Bridges
from channels.media.caller import FRAME_SECONDS

log = structlog.get_logger()
START_WAIT = 5.0  # seconds
_LARGEST_MESSAGE = 64 * 1024
_HEARTBEAT = 20.0
_MOST_BAD_MESSAGES = 20
_JOINED = "joined"
SIGNATURE_HEADER = "X-Twilio-Signature"
Signed = Callable[[str], bool]
OnKey = Callable[[Request, str, str], Awaitable[None]]


class _Refused(Exception):
    """The stream may not go on; `args` are the close code and why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(code, why)
        self.code = code
        self.why = why


class MediaStreams:
    """Accepts streams. `signed` checks a signature, `on_key` hears keys.

    The ticket is the permission; a signature, which not every carrier sends, must fit where it is.
    """

    def __init__(
        self,
        bridges: Bridges,
        *,
        signed: Signed,
        on_key: OnKey | None = None,
        start_wait: float = START_WAIT,
    ) -> None:
        self._bridges = bridges
        self._signed = signed
        self._on_key = on_key
        self._start_wait = start_wait

    async def serve(self, request: Request) -> web.StreamResponse:
        """Carry one stream until either side ends it."""
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_LARGEST_MESSAGE)
        await socket.prepare(request.raw)
        try:
            signature = request.raw.headers.get(SIGNATURE_HEADER)
            if signature is not None and not self._signed(signature):
                raise _Refused(WSCloseCode.POLICY_VIOLATION, "bad signature")
            start, bridge = await self._begin(socket)
            hear_key = self._key_hearer(request, bridge)
            await _Stream(socket, start, bridge, self._bridges, hear_key).run()
            await socket.close()
        except _Refused as refused:
            log.info("media.stream_refused", why=refused.why)
            await socket.close(code=refused.code, message=refused.why.encode())
        except (ConnectionError, ClientError):
            log.debug("media.stream_gone")
        return socket

    def routes(self, path: str) -> list[Route]:
        """The stream's address. A ticket that works once is the permission."""
        return [
            Route(
                "GET",
                path,
                self.serve,
                "通话声音",
                public=True,
                work="none",
                machine=True,
                socket=True,
                channel="phone",
            )
        ]

    async def _begin(self, socket: web.WebSocketResponse) -> tuple[messages.Started, Bridge]:
        try:
            async with asyncio.timeout(self._start_wait):
                start = await self._start(socket)
        except TimeoutError:
            raise _Refused(WSCloseCode.POLICY_VIOLATION, "no start") from None
        if not start.is_mulaw:
            raise _Refused(WSCloseCode.UNSUPPORTED_DATA, "wrong format")
        bridge = await self._bridges.claim(start.parameters.get("token", ""))
        if bridge is None:
            raise _Refused(WSCloseCode.POLICY_VIOLATION, "wrong token")
        return start, bridge

    async def _start(self, socket: web.WebSocketResponse) -> messages.Started:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                event = messages.read(message.data)
            except Invalid:
                raise _Refused(WSCloseCode.UNSUPPORTED_DATA, "bad message") from None
            if isinstance(event, messages.Started):
                return event
            if not isinstance(event, messages.Connected):
                raise _Refused(WSCloseCode.POLICY_VIOLATION, "no start")
        raise _Refused(WSCloseCode.POLICY_VIOLATION, "no start")

    def _key_hearer(self, request: Request, bridge: Bridge) -> Callable[[str], Awaitable[None]]:
        async def hear(digit: str) -> None:
            if self._on_key is not None:
                await self._on_key(request, bridge.contact, digit)

        return hear


class _Stream:
    def __init__(
        self,
        socket: web.WebSocketResponse,
        start: messages.Started,
        bridge: Bridge,
        bridges: Bridges,
        hear_key: Callable[[str], Awaitable[None]],
    ) -> None:
        self._socket = socket
        self._sid = start.stream
        self._bridge = bridge
        self._bridges = bridges
        self._hear_key = hear_key
        self._chunk = 0

    async def run(self) -> None:
        began = time.monotonic()
        # A stream that comes later is the call's own newer one: the older gives way.
        self._bridge.stream = self
        self._bridge.to_caller.clear()
        await self._socket.send_json(messages.mark(self._sid, _JOINED))
        tasks = {
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._play()),
            asyncio.create_task(self._until_ended()),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._bridges.stream_ended(self._bridge, self, time.monotonic() - began)

    async def _until_ended(self) -> None:
        await self._bridge.ended.wait()

    async def _listen(self) -> None:
        bad = 0
        async for message in self._socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                event = messages.read(message.data)
            except Invalid:
                bad += 1
                if bad > _MOST_BAD_MESSAGES:
                    raise _Refused(WSCloseCode.UNSUPPORTED_DATA, "bad message") from None
                continue
            match event:
                case messages.Sound():
                    self._heard(event)
                case messages.Key(digit):
                    await self._hear_key(digit)
                case messages.Marked(name) if name == _JOINED:
                    self._bridge.heard = True
                case messages.Stopped():
                    return

    def _heard(self, sound: messages.Sound) -> None:
        # Not every carrier keeps the order: sound that is late is not played after newer sound.
        if sound.chunk is not None:
            if sound.chunk <= self._chunk:
                return
            self._chunk = sound.chunk
        self._bridge.hear_caller(sound.payload)

    async def _play(self) -> None:
        """One frame each 20 ms by the clock: sleeps that are late do not add up."""
        due = time.monotonic()
        while self._bridge.stream is self:
            if self._bridge.clear_wanted:
                self._bridge.clear_wanted = False
                await self._socket.send_json(messages.clear(self._sid))
            frame = self._bridge.to_caller.take()
            if frame is not None:
                with suppress(asyncio.TimeoutError):
                    await self._socket.send_json(messages.media(self._sid, frame))
            due += FRAME_SECONDS
            now = time.monotonic()
            if now - due > 6 * FRAME_SECONDS:
                due = now  # after a stall the sound that is left is the newest 120 ms
            await asyncio.sleep(max(0.0, due - now))
