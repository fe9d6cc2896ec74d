"""A carrier's media stream joined to an agent's browser, over real sockets."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiortc.mediastreams import AudioStreamTrack

from backend.kernel.errors import Invalid, NotFound
from backend.web.request import Request
from channels.media.bridge import Bridges
from channels.media.stream import MediaStreams
from tests.channels.media.media_clients import (
    SILENT,
    CarrierStream,
    MovingPicture,
    PacketTrack,
    mulaw_tone,
    pitch,
    until,
)

CONTACT = "contact-1"


class Door:
    """The stream's address on a server of its own, and what was heard of keys and ends."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self.ended: list[tuple[str, str]] = []
        self.bridges = Bridges(on_ended=self._end)
        self.streams = MediaStreams(
            self.bridges,
            signed=lambda signature: signature == "right",
            on_key=self._key,
            start_wait=0.4,
        )

    async def _key(self, request: Request, contact: str, digit: str) -> None:
        self.keys.append((contact, digit))

    async def _end(self, contact: str, reason: str) -> None:
        self.ended.append((contact, reason))

    async def serve(self, raw: web.Request) -> web.StreamResponse:
        request = Request(raw, actor=None, open_unit=None, pages=None, uow=None, parsed=None)
        return await self.streams.serve(request)


@pytest.fixture
async def door():
    made = Door()
    yield made
    await made.bridges.close_all()


@pytest.fixture
async def call(door):
    """Opens streams."""
    app = web.Application()
    app.router.add_get("/hotline/media", door.serve)
    client = TestClient(TestServer(app))
    await client.start_server()
    streams: list[CarrierStream] = []

    async def open_stream(headers: dict | None = None) -> CarrierStream:
        socket = await client.ws_connect("/hotline/media", headers=headers or {})
        streams.append(CarrierStream(socket))
        return streams[-1]

    yield open_stream
    for stream in streams:
        await stream.close()
    await client.close()


@pytest.fixture
async def agent(door, new_browser):
    """An agent whose microphone gives `track`."""

    async def join(track):
        browser = new_browser()
        browser.mulaw(track)
        await browser.take(await door.bridges.open(CONTACT, await browser.offer()))
        await browser.connected()
        return browser

    return join


def share(heard: list[bytes], sent: list[bytes]) -> float:
    """How much of what was sent arrived, whole and in order."""
    position, found = 0, 0
    for payload in heard:
        if payload in sent[position:]:
            position = sent.index(payload, position) + 1
            found += 1
    return found / len(sent)


def distinct(frames: list[bytes]) -> list[bytes]:
    """Mark every frame with its number, so that none is like another."""
    return [frame[:-2] + bytes(divmod(n, 256)) for n, frame in enumerate(frames)]


async def test_a_tone_is_heard_in_both_directions_byte_for_byte(door, call, agent) -> None:
    down, up = distinct(mulaw_tone(400, 2)), distinct(mulaw_tone(1000, 2))
    microphone = PacketTrack(up)
    browser = await agent(microphone)
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["heard"])
    # The browser's jitter buffer is filled by silence first.
    await stream.play([SILENT] * 10)
    await until(lambda: len(stream.heard) > 10)
    microphone.go.set()
    await stream.play(down + [SILENT] * 10)
    await until(lambda: browser.payloads[-1:] == [SILENT] and stream.heard[-1:] == [SILENT])
    to_agent = [payload for payload in browser.payloads if payload != SILENT]
    to_caller = [payload for payload in stream.heard if payload != SILENT]
    assert set(to_agent) <= set(down)
    assert set(to_caller) <= set(up)
    assert share(to_agent, down) >= 0.95
    assert share(to_caller, up) >= 0.95
    assert abs(pitch(to_agent) - 400) < 10
    assert abs(pitch(to_caller) - 1000) < 10


async def test_hold_silences_both_and_takes_back_what_waits(door, call, agent) -> None:
    microphone = PacketTrack([b"\x01" * 160] * 5000)
    microphone.go.set()
    browser = await agent(microphone)
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: len(stream.heard) > 5)
    assert door.bridges.change(CONTACT, hold=True)["held"] is True
    await until(lambda: "clear" in stream.events)
    heard = len(stream.heard)
    browser.payloads.clear()
    await stream.play([b"\x02" * 160] * 20)
    assert len(stream.heard) <= heard + 1
    assert b"\x02" * 160 not in browser.payloads
    door.bridges.change(CONTACT, hold=False)
    await until(lambda: len(stream.heard) > heard + 5)


async def test_mute_silences_the_agent_alone(door, call, agent) -> None:
    microphone = PacketTrack([b"\x01" * 160] * 5000)
    microphone.go.set()
    browser = await agent(microphone)
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: len(stream.heard) > 5)
    door.bridges.change(CONTACT, mute=True)
    await asyncio.sleep(0.2)
    heard = len(stream.heard)
    await stream.play([b"\x02" * 160] * 20)
    assert len(stream.heard) == heard
    await until(lambda: b"\x02" * 160 in browser.payloads)


async def test_keys_reach_the_agent(door, call, agent) -> None:
    await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await stream.send({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "5"}})
    await until(lambda: door.keys == [(CONTACT, "5")])


async def test_the_call_goes_on_when_the_agent_ends_the_sound(door, call, agent) -> None:
    await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])
    await door.bridges.close(CONTACT, "agent_ended")
    assert await stream.closed() == 1000
    assert door.ended == [(CONTACT, "agent_ended")]
    assert door.bridges.ticket(CONTACT) == ""


async def test_a_stream_that_stops_leaves_the_bridge_for_the_next(door, call, agent) -> None:
    await agent(PacketTrack([]))
    first = await call()
    await first.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])
    await first.send({"event": "stop", "stop": {"callSid": "CA1"}})
    await until(lambda: not door.bridges.standing(CONTACT)["joined"])
    second = await call()
    await second.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])


async def test_a_newer_stream_takes_the_place_of_an_older(door, call, agent) -> None:
    await agent(PacketTrack([]))
    first, second = await call(), await call()
    await first.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["heard"])
    await second.start(door.bridges.ticket(CONTACT))
    assert await first.closed() == 1000
    assert door.bridges.standing(CONTACT)["joined"]


async def test_streams_that_fail_again_and_again_end_the_sound(door, call, agent) -> None:
    await agent(PacketTrack([]))
    for _ in range(3):
        stream = await call()
        await stream.start(door.bridges.ticket(CONTACT))
        await until(lambda: door.bridges.standing(CONTACT)["joined"])
        await stream.close()
        await until(lambda: not door.bridges.standing(CONTACT)["joined"])
    await until(lambda: door.ended == [(CONTACT, "stream_failed")])


async def test_a_browser_that_is_gone_ends_the_sound(door, call, agent) -> None:
    browser = await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await browser.connection.close()
    assert await stream.closed() == 1000
    assert door.ended == [(CONTACT, "browser_lost")]


async def test_an_agent_who_loads_the_page_again_keeps_the_call(door, call, agent) -> None:
    await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])
    again = await agent(PacketTrack([]))
    await stream.play([b"\x02" * 160] * 20)
    await until(lambda: b"\x02" * 160 in again.payloads)
    assert door.ended == []


async def test_a_start_that_comes_before_its_ticket_is_known_waits(door, agent) -> None:
    await agent(PacketTrack([]))
    claim = asyncio.ensure_future(door.bridges.claim("not-yet"))
    await asyncio.sleep(0.05)
    bridge = door.bridges._bridges[CONTACT]
    door.bridges._tickets["not-yet"] = bridge
    door.bridges._announce()
    assert await claim is bridge


async def test_a_ticket_works_once(door, call, agent, monkeypatch) -> None:
    monkeypatch.setattr("channels.media.bridge.TICKET_WAIT", 0.1)
    await agent(PacketTrack([]))
    ticket = door.bridges.ticket(CONTACT)
    assert await door.bridges.claim(ticket, wait=0.1) is not None
    assert await door.bridges.claim(ticket, wait=0.1) is None


async def test_a_wrong_ticket_is_refused(call) -> None:
    stream = await call()
    await stream.start("guessed")
    assert await stream.closed() == 1008


@pytest.mark.parametrize(
    "format", [{"encoding": "audio/opus"}, {"sampleRate": 16_000}, {"channels": 2}]
)
async def test_a_wrong_format_is_refused(door, call, agent, format) -> None:
    await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT), **format)
    assert await stream.closed() == 1003


async def test_a_rate_written_as_text_is_the_same_rate(door, call, agent) -> None:
    await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT), sampleRate="8000", channels="1")
    await until(lambda: door.bridges.standing(CONTACT)["joined"])


async def test_no_start_is_refused(call) -> None:
    stream = await call()
    await stream.send({"event": "connected"})
    assert await stream.closed() == 1008


async def test_sound_before_the_start_is_refused(call) -> None:
    stream = await call()
    await stream.sound(SILENT)
    assert await stream.closed() == 1008


@pytest.mark.parametrize("text", ["", "你好", "[]", '{"event": "start"}', '{"event": "dance"}'])
async def test_what_is_no_message_is_refused_at_the_start(call, text) -> None:
    stream = await call()
    await stream.socket.send_str(text)
    assert await stream.closed() == 1003


async def test_a_wrong_signature_is_refused_and_a_right_one_is_not(door, call, agent) -> None:
    await agent(PacketTrack([]))
    forged = await call({"X-Twilio-Signature": "wrong"})
    assert await forged.closed() == 1008
    signed = await call({"X-Twilio-Signature": "right"})
    await signed.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])


async def test_a_bad_message_in_the_middle_does_not_end_a_call(door, call, agent) -> None:
    browser = await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])
    await stream.socket.send_str("{")
    await stream.send({"event": "media", "media": {"payload": "***"}})
    await stream.send({"event": "dtmf", "dtmf": {"digit": "55"}})
    await stream.play([b"\x02" * 160] * 20)
    await until(lambda: b"\x02" * 160 in browser.payloads)
    assert door.keys == []


async def test_endless_nonsense_ends_the_stream(door, call, agent) -> None:
    await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    for _ in range(30):
        await stream.socket.send_str(json.dumps({"event": "media"}))
    assert await stream.closed() == 1003


async def test_sound_that_comes_late_is_not_played_after_newer_sound(door, call, agent) -> None:
    browser = await agent(PacketTrack([]))
    stream = await call()
    await stream.start(door.bridges.ticket(CONTACT))
    await until(lambda: door.bridges.standing(CONTACT)["joined"])
    await stream.play([SILENT] * 20)
    await stream.sound(b"\x03" * 160, chunk=2)
    await stream.play([b"\x02" * 160] * 20)
    await until(lambda: b"\x02" * 160 in browser.payloads)
    assert b"\x03" * 160 not in browser.payloads


async def test_a_browser_without_mulaw_is_told(door, new_browser) -> None:
    browser = new_browser()
    browser.audio(AudioStreamTrack())
    offer = await browser.offer()
    lines = [line for line in offer["sdp"].splitlines() if "PCMU" not in line]
    with pytest.raises(Invalid) as refused:
        await door.bridges.open(CONTACT, {"type": "offer", "sdp": "\r\n".join(lines) + "\r\n"})
    assert refused.value.code == "codec"


async def test_a_picture_is_refused_on_the_telephone(door, new_browser) -> None:
    browser = new_browser()
    browser.mulaw(PacketTrack([]))
    browser.video(MovingPicture())
    with pytest.raises(Invalid):
        await door.bridges.open(CONTACT, await browser.offer())
    assert door.bridges.open_rooms() == frozenset()


async def test_what_is_not_open_cannot_be_held(door) -> None:
    with pytest.raises(NotFound):
        door.bridges.change("nobody", hold=True)
    await door.bridges.close("nobody")
