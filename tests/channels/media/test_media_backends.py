"""One contract for every implementation of `contacts.MediaBackend`."""

from __future__ import annotations

import pytest
from aiortc.mediastreams import AudioStreamTrack

from backend.kernel.errors import Invalid, Unavailable
from channels.media.memory import MemoryMedia
from channels.media.rooms import AiortcMedia


@pytest.fixture(params=[AiortcMedia, MemoryMedia])
async def backend(request):
    made = request.param(most_rooms=2)
    yield made
    for room in ("one", "two", "three"):
        await made.close(room)


@pytest.fixture
async def offer(new_browser):
    async def make() -> dict[str, str]:
        browser = new_browser()
        browser.audio(AudioStreamTrack())
        return await browser.offer()

    return make


async def test_two_join_and_each_gets_an_answer(backend, offer) -> None:
    for peer in ("citizen", "agent"):
        answer = await backend.join("one", peer, await offer())
        assert answer["type"] == "answer"
        assert answer["sdp"].startswith("v=0")


async def test_a_peer_joins_again(backend, offer) -> None:
    await backend.join("one", "citizen", await offer())
    await backend.join("one", "agent", await offer())
    again = await backend.join("one", "citizen", await offer())
    assert again["type"] == "answer"
    assert backend.load() == 0.5


async def test_a_third_is_refused(backend, offer) -> None:
    await backend.join("one", "citizen", await offer())
    await backend.join("one", "agent", await offer())
    with pytest.raises(Unavailable) as refused:
        await backend.join("one", "somebody", await offer())
    assert refused.value.code == "room_full"


async def test_full_is_full_until_a_room_is_closed(backend, offer) -> None:
    await backend.join("one", "citizen", await offer())
    await backend.join("two", "citizen", await offer())
    assert backend.load() == 1
    with pytest.raises(Unavailable) as refused:
        await backend.join("three", "citizen", await offer())
    assert refused.value.code == "video_full"
    assert "回电" in refused.value.message
    await backend.close("two")
    await backend.join("three", "citizen", await offer())


async def test_who_is_in_may_come_back_when_full(backend, offer) -> None:
    await backend.join("one", "citizen", await offer())
    await backend.join("two", "citizen", await offer())
    await backend.join("one", "agent", await offer())


async def test_leaving_twice_and_closing_what_is_not_there_are_successes(backend, offer) -> None:
    await backend.join("one", "citizen", await offer())
    await backend.leave("one", "citizen")
    await backend.leave("one", "citizen")
    await backend.leave("nowhere", "citizen")
    await backend.close("nowhere")
    assert backend.load() == 0


BAD_OFFERS = {
    "nothing": {},
    "no text": {"type": "offer", "sdp": None},
    "no sdp": {"type": "offer", "sdp": "你好"},
    "an answer": {"type": "answer", "sdp": "v=0\r\n"},
    "no media": {"type": "offer", "sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"},
    "half a line": {"type": "offer", "sdp": "v=0\r\nm=audio"},
    "no keys": {
        "type": "offer",
        "sdp": "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\n",
    },
    "too long": {"type": "offer", "sdp": "v=0\r\n" + "a=x\r\n" * 20_000},
}


@pytest.mark.parametrize("name", BAD_OFFERS)
async def test_what_is_no_offer_is_refused_and_leaves_nothing(backend, name) -> None:
    with pytest.raises(Invalid) as refused:
        await backend.join("one", "citizen", BAD_OFFERS[name])
    assert refused.value.where == "sdp"
    assert refused.value.message.endswith("。")
    assert backend.load() == 0
