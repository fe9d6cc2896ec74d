"""The caller's sound as a track: in time, never older than 120 ms."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiortc.mediastreams import MediaStreamError
from hypothesis import given
from hypothesis import strategies as st

from channels.media.caller import MOST_FRAMES, CallerTrack, FrameQueue

FRAME = 160


@given(st.lists(st.binary(max_size=700), max_size=30))
def test_a_queue_holds_the_newest_frames_whatever_their_sizes(pieces) -> None:
    queue = FrameQueue()
    for piece in pieces:
        queue.add(piece)
    whole = b"".join(pieces)
    frames = [whole[at : at + FRAME] for at in range(0, len(whole) - FRAME + 1, FRAME)]
    kept = []
    while (frame := queue.take()) is not None:
        kept.append(frame)
    assert kept == frames[-MOST_FRAMES:] if frames else kept == []
    assert queue.dropped == max(0, len(frames) - MOST_FRAMES)


def test_a_cleared_queue_forgets_the_half_frame_too() -> None:
    queue = FrameQueue()
    queue.add(b"a" * 100)
    queue.clear()
    queue.add(b"b" * FRAME)
    assert queue.take() == b"b" * FRAME


async def test_sound_is_dropped_until_the_browser_listens() -> None:
    track = CallerTrack()
    track.feed(b"a" * FRAME)
    waiting = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    assert not waiting.done()
    track.feed(b"b" * FRAME)
    assert bytes(await waiting) == b"b" * FRAME


async def test_a_burst_is_played_in_time() -> None:
    track = CallerTrack()
    waiting = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    began = time.monotonic()
    track.feed(bytes(range(5)) * FRAME)
    packets = [await waiting]
    for _ in range(4):
        packets.append(await track.recv())
    assert time.monotonic() - began >= 0.078
    assert [packet.pts for packet in packets] == [0, 160, 320, 480, 640]


async def test_a_pause_moves_the_timestamp_on() -> None:
    track = CallerTrack()
    waiting = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.feed(b"a" * FRAME)
    first = await waiting
    await asyncio.sleep(0.3)
    track.feed(b"b" * FRAME)
    second = await track.recv()
    assert second.pts - first.pts >= 0.25 * 8000


async def test_the_end_wakes_whoever_waits() -> None:
    track = CallerTrack()
    waiting = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await waiting
