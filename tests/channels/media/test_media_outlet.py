"""What a peer is sent: when frames are dropped, when a picture starts, how time goes on."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError

from channels.media.outlet import Frame, Outlet, is_key_frame

KEY, DELTA = b"\x10key", b"\x11delta"


def picture(data: bytes, at: int) -> Frame:
    return Frame(data, at, 90_000, is_key_frame("VP8", data))


@pytest.fixture
def asked():
    return []


@pytest.fixture
def outlet(asked):
    return Outlet("video", lambda: asked.append(1))


async def wanting(outlet: Outlet) -> asyncio.Task:
    """Somebody begins to watch."""
    task = asyncio.ensure_future(outlet.recv())
    await asyncio.sleep(0)
    return task


def test_key_frames_are_known() -> None:
    assert is_key_frame("VP8", b"\x50\x01")
    assert not is_key_frame("VP8", b"\x51\x01")
    assert not is_key_frame("VP8", b"")
    assert is_key_frame("H264", b"\x00\x00\x00\x01\x67\x42\x00\x00\x01\x65\x88")
    assert not is_key_frame("H264", b"\x00\x00\x00\x01\x41\x9a")
    assert not is_key_frame("H264", b"\x00\x00\x01")
    assert is_key_frame("opus", b"\x01")


async def test_frames_are_dropped_until_somebody_watches(outlet, asked) -> None:
    for at in range(1000):
        outlet.feed("camera", picture(KEY, at))
    assert outlet.dropped == 1000
    assert asked == []
    task = await wanting(outlet)
    assert asked == [1]
    outlet.feed("camera", picture(KEY, 5000))
    assert bytes(await task) == KEY


async def test_a_picture_starts_with_a_key_frame(outlet, asked) -> None:
    task = await wanting(outlet)
    outlet.feed("camera", picture(DELTA, 0))
    outlet.feed("camera", picture(DELTA, 3000))
    assert not task.done()
    assert len(asked) == 3
    outlet.feed("camera", picture(KEY, 6000))
    outlet.feed("camera", picture(DELTA, 9000))
    assert bytes(await task) == KEY
    assert bytes(await outlet.recv()) == DELTA


async def test_an_overflow_empties_the_queue_and_starts_anew(outlet, asked) -> None:
    task = await wanting(outlet)
    outlet.feed("camera", picture(KEY, 0))
    await task
    for number in range(61):
        outlet.feed("camera", picture(DELTA, number * 3000))
    assert outlet.dropped == 61
    asked.clear()
    outlet.feed("camera", picture(DELTA, 200_000))
    assert asked == [1]
    outlet.feed("camera", picture(KEY, 203_000))
    assert bytes(await outlet.recv()) == KEY


async def test_sound_keeps_its_newest_half_second(asked) -> None:
    outlet = Outlet("audio", lambda: asked.append(1))
    task = await wanting(outlet)
    for number in range(60):
        outlet.feed("phone", Frame(bytes([number]), number * 960, 48_000))
        await asyncio.sleep(0)
    await task
    assert len(outlet._frames) <= 25
    assert asked == []


async def test_time_never_steps_back_when_a_page_is_loaded_again(outlet) -> None:
    task = await wanting(outlet)
    outlet.feed("first", picture(KEY, 900_000))
    first = await task
    outlet.feed("second", picture(KEY, 0))
    second = await outlet.recv()
    outlet.feed("second", picture(DELTA, 3000))
    third = await outlet.recv()
    assert first.pts < second.pts
    assert third.pts - second.pts == 3000


async def test_the_end_wakes_whoever_waits(outlet) -> None:
    task = await wanting(outlet)
    outlet.stop()
    with pytest.raises(MediaStreamError):
        await task
    with pytest.raises(MediaStreamError):
        await outlet.recv()
