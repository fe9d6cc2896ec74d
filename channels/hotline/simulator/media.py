"""A call's sound over a websocket, in the form of Twilio's Media Streams (the carrier's side)."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType
from twilio.request_validator import RequestValidator

from channels.hotline.simulator.call import SILENCE, Call

FRAME_BYTES = 160  # 20 ms of µ-law at 8 kHz
FRAME_SECONDS = 0.02
_BUFFER_FRAMES = 10 * 60 * 50  # ten minutes; beyond it Twilio discards (31931)


class StreamRefused(Exception):
    """The stream's address did not open."""


@dataclass
class _Playout:
    """Frames and marks waiting to be heard, in order."""

    queue: deque[bytes | str] = field(default_factory=deque)
    rest: bytes = b""

    def add(self, sound: bytes) -> None:
        self.rest += sound
        while len(self.rest) >= FRAME_BYTES and len(self.queue) < _BUFFER_FRAMES:
            self.queue.append(self.rest[:FRAME_BYTES])
            self.rest = self.rest[FRAME_BYTES:]

    def clear(self) -> list[str]:
        """Forget what was not heard; its marks come back as if it had been."""
        marks = [item for item in self.queue if isinstance(item, str)]
        self.queue.clear()
        self.rest = b""
        return marks


async def run_stream(
    call: Call, url: str, parameters: Mapping[str, str], *, account: str, auth_token: str
) -> None:
    """Carry a call's sound to `url` and back until either side closes; raises `StreamRefused`."""
    signature = RequestValidator(auth_token).compute_signature(url, {})
    timeout = ClientTimeout(total=None, connect=10)
    async with ClientSession(timeout=timeout) as session:
        try:
            socket = await session.ws_connect(url, headers={"X-Twilio-Signature": signature})
        except (ClientError, TimeoutError, ValueError) as error:
            raise StreamRefused(f"媒体流 {url} 打不开：{type(error).__name__}") from error
        async with socket:
            call.notice("stream", "open")
            try:
                await _Stream(call, socket, account, dict(parameters)).run()
            finally:
                call.notice("stream", "closed")


class _Stream:
    def __init__(
        self,
        call: Call,
        socket: ClientWebSocketResponse,
        account: str,
        parameters: dict[str, str],
    ) -> None:
        self._call = call
        self._socket = socket
        self._account = account
        self._parameters = parameters
        self._sid = f"MZ{uuid4().hex}"
        self._sequence = 0
        self._playout = _Playout()

    async def run(self) -> None:
        await self._socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await self._send("start", self._start())
        self._call.sound_up.clear()
        self._call.hears = frozenset({"dtmf", "sound"})
        tasks = {
            asyncio.create_task(self._frames()),
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._keys()),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except (ConnectionError, ClientError):
            pass  # the other side is gone; the call goes on with the next verb
        finally:
            self._call.hears = frozenset()
            for task in tasks:
                task.cancel()
            await self._stop()

    async def _stop(self) -> None:
        if not self._socket.closed:
            stop = {"accountSid": self._account, "callSid": self._call.sid}
            with suppress(ConnectionError, ClientError):  # nobody may be left to be told
                await self._send("stop", {"stop": stop})

    def _start(self) -> dict[str, Any]:
        return {
            "start": {
                "streamSid": self._sid,
                "accountSid": self._account,
                "callSid": self._call.sid,
                "tracks": ["inbound"],
                "customParameters": self._parameters,
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            }
        }

    async def _send(self, event: str, content: dict[str, Any]) -> None:
        self._sequence += 1
        await self._socket.send_json(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self._sid,
                **content,
            }
        )

    async def _frames(self) -> None:
        """One frame each way every 20 ms, by the clock and not by sleeps that add up."""
        began = time.monotonic()
        chunk = 0
        while self._call.live and not self._socket.closed:
            chunk += 1
            frame = self._call.sound_up.popleft() if self._call.sound_up else SILENCE
            media = {
                "track": "inbound",
                "chunk": str(chunk),
                "timestamp": str(int((chunk - 1) * FRAME_SECONDS * 1000)),
                "payload": b64encode(frame).decode(),
            }
            await self._send("media", {"media": media})
            await self._play()
            await asyncio.sleep(max(0.0, began + chunk * FRAME_SECONDS - time.monotonic()))

    async def _play(self) -> None:
        while self._playout.queue:
            item = self._playout.queue.popleft()
            if isinstance(item, bytes):
                if self._call.on_sound:
                    self._call.on_sound(item)
                return
            await self._send("mark", {"mark": {"name": item}})

    async def _keys(self) -> None:
        while True:
            heard = await self._call.inputs.get()
            key = getattr(heard, "key", "")
            if key:
                await self._send("dtmf", {"dtmf": {"track": "inbound_track", "digit": key}})

    async def _listen(self) -> None:
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                await self._received(message.data)

    async def _received(self, text: str) -> None:
        try:
            message = json.loads(text)
            event = message.get("event")
            if message.get("streamSid") != self._sid:
                raise ValueError("streamSid")
            if event == "media":
                self._playout.add(b64decode(message["media"]["payload"], validate=True))
            elif event == "mark":
                self._playout.queue.append(str(message["mark"]["name"]))
            elif event == "clear":
                for name in self._playout.clear():
                    await self._send("mark", {"mark": {"name": name}})
            else:
                raise ValueError("event")
        except (ValueError, KeyError, TypeError, AttributeError, NotBase64) as error:
            self._call.notice("error", f"31951 媒体流消息不合规：{type(error).__name__}")
