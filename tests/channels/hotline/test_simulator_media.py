"""The carrier's side of media streams: frames, marks, keys, and what a stream may get wrong."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode

import pytest
from aiohttp import WSMsgType, web
from twilio.request_validator import RequestValidator

from channels.hotline import menu
from channels.hotline.simulator.call import SILENCE

TOKEN = "a-token-of-this-test"


class Bridge:
    """The other end of a stream: keeps what arrives, sends what the test says."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.socket: web.WebSocketResponse | None = None
        self.signature = ""
        self.url = ""
        self.opened = asyncio.Event()
        self.arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        self.signature = request.headers.get("X-Twilio-Signature", "")
        self.url = str(request.url)
        self.socket = web.WebSocketResponse()
        await self.socket.prepare(request)
        async for message in self.socket:
            if message.type is WSMsgType.TEXT:
                self.events.append(json.loads(message.data))
                if self.events[-1]["event"] == "start":
                    self.opened.set()
                self.arrived.set()
        return self.socket

    def of(self, event: str) -> list[dict]:
        return [one for one in self.events if one["event"] == event]

    async def until(self, holds) -> None:
        async with asyncio.timeout(5):
            while not holds():
                self.arrived.clear()
                await self.arrived.wait()

    async def send(self, event: str, **content) -> None:
        stream = self.of("start")[0]["streamSid"]
        await self.socket.send_json({"event": event, "streamSid": stream, **content})

    async def play(self, sound: bytes) -> None:
        await self.send("media", media={"payload": b64encode(sound).decode()})


@pytest.fixture
async def joined(make_wire):
    """A caller whose sound is joined to a bridge."""
    bridge = Bridge()
    wire = await make_wire([web.get("/hotline/media", bridge.handle)], speed=50.0)
    caller = wire.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    services = wire.platform.only
    services.stream, services.state = "media", "sound"
    await asyncio.wait_for(bridge.opened.wait(), 5)
    return wire, caller, bridge


async def test_a_stream_opens_signed_with_connected_and_start(joined) -> None:
    _, caller, bridge = joined
    assert bridge.events[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    start = bridge.of("start")[0]
    assert start["sequenceNumber"] == "1"
    assert start["start"]["callSid"] == caller.call.sid
    assert start["start"]["customParameters"] == {"token": "t1"}
    assert start["start"]["tracks"] == ["inbound"]
    assert start["start"]["mediaFormat"] == {
        "encoding": "audio/x-mulaw",
        "sampleRate": 8000,
        "channels": 1,
    }
    url = bridge.url.replace("http", "ws", 1)
    assert bridge.signature == RequestValidator(TOKEN).compute_signature(url, {})


async def test_the_callers_sound_arrives_byte_for_byte_and_silence_between(joined) -> None:
    _, caller, bridge = joined
    frames = [bytes([number]) * 160 for number in range(1, 21)]
    for frame in frames:
        caller.send_sound(frame)
    await bridge.until(lambda: len(bridge.of("media")) >= 30)
    media = [one["media"] for one in bridge.of("media")]
    received = [b64decode(one["payload"]) for one in media]
    assert [frame for frame in received if frame != SILENCE] == frames
    assert all(len(frame) == 160 for frame in received)
    assert [int(one["chunk"]) for one in media] == list(range(1, len(media) + 1))
    assert [int(one["timestamp"]) for one in media[:3]] == [0, 20, 40]
    assert {one["track"] for one in media} == {"inbound"}


async def test_the_agents_sound_is_heard_byte_for_byte_whatever_its_pieces(joined) -> None:
    _, caller, bridge = joined
    heard: list[bytes] = []
    caller.on_sound(heard.append)
    sound = bytes(range(256)) * 10
    for at in range(0, len(sound), 333):
        await bridge.play(sound[at : at + 333])
    await bridge.send("mark", mark={"name": "end"})
    await bridge.until(lambda: bool(bridge.of("mark")))
    assert b"".join(heard) == sound
    assert bridge.of("mark")[0]["mark"]["name"] == "end"


async def test_clear_forgets_what_was_not_heard_and_returns_its_marks(joined) -> None:
    _, caller, bridge = joined
    heard: list[bytes] = []
    caller.on_sound(heard.append)
    await bridge.play(b"\x01" * 160 * 100)
    await bridge.send("mark", mark={"name": "late"})
    await bridge.send("clear")
    await bridge.until(lambda: bool(bridge.of("mark")))
    assert len(heard) < 50


async def test_keys_are_told_and_speech_is_not_text(joined) -> None:
    _, caller, bridge = joined
    await caller.press("5#")
    await bridge.until(lambda: len(bridge.of("dtmf")) == 2)
    assert [one["dtmf"]["digit"] for one in bridge.of("dtmf")] == ["5", "#"]
    assert "speech" not in caller.call.hears


async def test_when_the_bridge_closes_the_call_goes_on(joined) -> None:
    wire, caller, bridge = joined
    wire.platform.only.state = "ended"
    await bridge.socket.close()
    await caller.wait_for(menu.GOODBYE)
    assert await caller.ended() == "completed"


async def test_when_the_caller_hangs_up_the_bridge_is_told(joined) -> None:
    _, caller, bridge = joined
    await caller.hang_up()
    await bridge.until(lambda: bool(bridge.of("stop")))
    assert bridge.of("stop")[0]["stop"]["callSid"] == caller.call.sid


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"event": "media"}',
        '{"event": "media", "streamSid": "MZother", "media": {"payload": "AA=="}}',
    ],
)
async def test_a_message_that_makes_no_sense_is_noted_and_the_stream_goes_on(joined, text) -> None:
    _, caller, bridge = joined
    await bridge.socket.send_str(text)
    before = len(bridge.of("media"))
    await bridge.until(lambda: len(bridge.of("media")) > before + 5)
    assert any("31951" in one.text for one in caller.call.transcript if one.kind == "error")


async def test_a_stream_that_does_not_open_leads_to_the_fallback(make_wire) -> None:
    wire = await make_wire(speed=50.0)
    caller = wire.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    services = wire.platform.only
    services.stream, services.state = "nowhere", "sound"
    await caller.ended()
    assert any("31920" in one.text for one in caller.call.transcript if one.kind == "error")
