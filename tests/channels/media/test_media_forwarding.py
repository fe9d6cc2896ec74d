"""Frames between two peers: forwarded as they are, late joiners, reloads, nothing left behind."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from aiortc.mediastreams import AudioStreamTrack

from backend.kernel.errors import Invalid
from channels.media.rooms import AiortcMedia
from tests.channels.media.media_clients import MovingPicture, until


@pytest.fixture
async def left():
    return []


@pytest.fixture
async def media(left):
    async def on_left(*who: str) -> None:
        left.append(who)

    made = AiortcMedia(most_rooms=2, on_left=on_left)
    yield made
    await made.close_all()


async def enter(media, browser, name: str, *, codec: str = "", sound: bool = True):
    """Join a room with a moving picture and sound."""
    browser.picture = MovingPicture()
    browser.video(browser.picture, codec=codec)
    if sound:
        browser.audio(AudioStreamTrack())
    await browser.take(await media.join("room", name, await browser.offer()))
    browser.joined_at = time.monotonic()
    return browser


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_both_see_and_hear_and_nothing_is_decoded(media, new_browser, codec) -> None:
    citizen = await enter(media, new_browser(), "citizen", codec=codec)
    agent = await enter(media, new_browser(), "agent", codec=codec)
    # The browsers of this test decode in this process too: each has one decoder a kind.
    await until(lambda: min(*citizen.frames.values(), *agent.frames.values()) >= 20)
    decoders = [one.name for one in threading.enumerate() if one.name.endswith("-decoder")]
    assert len(decoders) == 4


async def test_who_comes_late_sees_a_picture_within_two_seconds(media, new_browser) -> None:
    citizen = await enter(media, new_browser(), "citizen")
    await until(lambda: citizen.picture.sent > 30)
    agent = await enter(media, new_browser(), "agent")
    await until(lambda: agent.first_picture)
    assert agent.first_picture - agent.joined_at <= 2.0


async def test_a_key_frame_is_asked_of_the_picture_and_not_of_its_repeats(
    media, new_browser
) -> None:
    citizen = await enter(media, new_browser(), "citizen")
    await enter(media, new_browser(), "agent")
    peer = media._rooms["room"].peers["citizen"]
    await until(lambda: citizen.picture.sent > 15)
    asked: list[int] = []
    receiver = peer._camera

    async def note(source: int) -> None:
        asked.append(source)

    sender = next(s for s in citizen.connection.getSenders() if s.kind == "video")
    active = receiver._RTCRtpReceiver__active_ssrc
    now = next(iter(active.values()))
    repeats = sender._rtx_ssrc
    # The stream of repeats spoke first: it stands before the picture in the list of sources.
    receiver._RTCRtpReceiver__active_ssrc = {repeats: now, **active}
    receiver._RTCRtpReceiver__rtx_ssrc[repeats] = sender._ssrc
    receiver._send_rtcp_pli = note
    await asyncio.sleep(0.4)
    await peer.ask_for_key_frame()
    assert asked == [sender._ssrc]


async def test_requests_for_key_frames_do_not_flood_a_camera(media, new_browser) -> None:
    await enter(media, new_browser(), "citizen")
    agent = await enter(media, new_browser(), "agent")
    await until(lambda: agent.frames["video"] > 5)
    peer = media._rooms["room"].peers["citizen"]
    before = peer.key_frames_asked
    for _ in range(50):
        await peer.ask_for_key_frame()
    assert peer.key_frames_asked - before <= 1


async def test_a_reload_goes_on_and_the_other_keeps_its_connection(
    media, new_browser, left
) -> None:
    await enter(media, new_browser(), "citizen")
    agent = await enter(media, new_browser(), "agent")
    await until(lambda: agent.frames["video"] > 10)
    again = await enter(media, new_browser(), "citizen")
    seen = agent.frames["video"]
    await until(lambda: agent.frames["video"] > seen + 10 and again.frames["video"] > 10)
    assert agent.connection.connectionState == "connected"
    assert left == []


async def test_who_goes_without_a_word_is_noticed(media, new_browser, left) -> None:
    citizen = await enter(media, new_browser(), "citizen")
    await citizen.connected()
    await until(lambda: media.peers("room") == {"citizen": "connected"})
    await citizen.connection.close()
    await until(lambda: left == [("room", "citizen", "lost")])
    assert media.open_rooms() == frozenset()


async def test_two_browsers_without_a_common_picture_are_told(media, new_browser) -> None:
    await enter(media, new_browser(), "citizen", codec="H264")
    with pytest.raises(Invalid) as refused:
        await enter(media, new_browser(), "agent", codec="VP8")
    assert "共同的视频格式" in refused.value.message
    assert set(media.peers("room")) == {"citizen"}


async def test_a_waiting_camera_fills_no_memory(media, new_browser) -> None:
    citizen = await enter(media, new_browser(), "citizen")
    await citizen.connected()
    await until(lambda: citizen.picture.sent > 40)
    place = media._rooms["room"]
    assert all(not outlet._frames for outlet in place.outlets["citizen"].values())


async def test_no_thread_stays_when_all_have_left(new_browser, left) -> None:
    media = AiortcMedia(most_rooms=2)
    citizen = await enter(media, new_browser(), "citizen")
    agent = await enter(media, new_browser(), "agent")
    await until(lambda: agent.frames["video"] > 3)
    await media.close("room")
    for browser in (citizen, agent):
        await browser.close()
    assert [one.name for one in threading.enumerate() if one.name.endswith("-decoder")] == []
