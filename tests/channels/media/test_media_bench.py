"""What forwarding costs beside decoding and encoding again, in the same run."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from multiprocessing.connection import Connection

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import AudioStreamTrack

from channels.media.rooms import AiortcMedia
from tests.channels.media.media_clients import Browser, RecordedPicture
from tests.support.benchmarks import record

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]
SECONDS = 10
ROOMS = 4
TRIES = 3
MOST_SHARE = 0.12
LEAST_DELIVERED = 0.99


class Relayed:
    """A room as aiortc offers it: each track decoded, relayed and encoded again."""

    def __init__(self) -> None:
        self._relay = MediaRelay()
        self._peers: list[RTCPeerConnection] = []
        self._tracks: list[dict] = [{}, {}]

    async def join(self, room: str, peer: str, offer: dict) -> dict:
        number = len(self._peers)
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(connection)
        own, other = self._tracks[number], self._tracks[1 - number]
        connection.on("track", lambda track: own.__setitem__(track.kind, track))
        await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        for transceiver in connection.getTransceivers():
            transceiver.direction = "sendrecv"
            if transceiver.kind in other:
                relayed = self._relay.subscribe(other[transceiver.kind], buffered=False)
                transceiver.sender.replaceTrack(relayed)
        if number == 1:
            for transceiver in self._peers[0].getTransceivers():
                relayed = self._relay.subscribe(own[transceiver.kind], buffered=False)
                transceiver.sender.replaceTrack(relayed)
        await connection.setLocalDescription(await connection.createAnswer())
        local = connection.localDescription
        return {"type": local.type, "sdp": local.sdp}

    async def close_all(self) -> None:
        await asyncio.gather(*(peer.close() for peer in self._peers))


def serve(kind: str, pipe: Connection) -> None:
    """A process of its own for one backend, so that its time is its own."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        backend = AiortcMedia(most_rooms=ROOMS) if kind == "forward" else Relayed()
        while True:
            asked = await loop.run_in_executor(None, pipe.recv)
            if asked == "time":
                pipe.send(time.process_time())
            elif asked == "stop":
                await backend.close_all()
                return
            else:
                pipe.send(await backend.join(*asked))

    asyncio.run(run())


async def measure(kind: str, rooms: int) -> tuple[float, float]:
    """Seconds of processor time a second, and the share of pictures that arrived."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(kind, there), daemon=True)
    process.start()
    loop = asyncio.get_running_loop()

    async def ask(what):
        here.send(what)
        return await loop.run_in_executor(None, here.recv)

    browsers = []
    try:
        for room in range(rooms):
            for name in ("citizen", "agent"):
                browser = Browser()
                browser.picture = RecordedPicture()
                browser.video(browser.picture, codec="VP8")
                browser.audio(AudioStreamTrack())
                browser.count_pictures()
                browser.answer_key_requests(browser.picture)
                await browser.take(await ask((f"room {room}", name, await browser.offer())))
                browsers.append(browser)
        await asyncio.sleep(3)
        sent = sum(browser.picture.sent for browser in browsers)
        came = sum(browser.frames["video"] for browser in browsers)
        began, spent = time.monotonic(), await ask("time")
        await asyncio.sleep(SECONDS)
        spent = await ask("time") - spent
        passed = time.monotonic() - began
        sent = sum(browser.picture.sent for browser in browsers) - sent
        came = sum(browser.frames["video"] for browser in browsers) - came
        here.send("stop")
        return spent / passed, came / sent
    finally:
        await asyncio.gather(*(browser.close() for browser in browsers))
        await loop.run_in_executor(None, process.join, 10)
        process.kill()


async def best_of(kind: str, rooms: int) -> tuple[float, float, int]:
    """The run that delivered most, of at most `TRIES`; its figures, and how many there were."""
    runs: list[tuple[float, float]] = []
    while len(runs) < TRIES and (not runs or runs[-1][1] < LEAST_DELIVERED):
        runs.append(await measure(kind, rooms))
    spent, share = max(runs, key=lambda run: run[1])
    return spent, share, len(runs)


async def test_four_forwarded_rooms_cost_an_eighth_of_four_relayed() -> None:
    relayed, relayed_share, relayed_runs = await best_of("relay", 1)
    forwarded, delivered, runs = await best_of("forward", ROOMS)
    ratio = forwarded / (ROOMS * relayed)
    record(
        "Video rooms",
        [
            ("one room through MediaRelay, share of a core", f"{relayed:.1%}", ""),
            ("pictures delivered through MediaRelay", f"{relayed_share:.1%}", ""),
            ("four forwarded rooms, share of a core", f"{forwarded:.1%}", ""),
            ("pictures delivered", f"{delivered:.1%}", f"≥ {LEAST_DELIVERED:.0%}"),
            ("four forwarded ÷ four times one relayed", f"{ratio:.3f}", f"≤ {MOST_SHARE}"),
        ],
        "640×480, 25 frames a second, 800 kbit/s each way, Opus beside it. The processor time is "
        f"that of the server's process alone. At most {TRIES} runs until one delivers enough, for "
        f"other work on the machine takes pictures away ({relayed_runs} and {runs} this time).",
    )
    assert delivered >= LEAST_DELIVERED
    assert ratio <= MOST_SHARE
