"""A video consultation: two peers, one room, pictures on both sides."""

from __future__ import annotations

import asyncio
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from backend.cli.day.people import Agent
from backend.cli.day.stage import Browser, DidNotHappen, Stage

_PICTURES = 5
_PATIENCE = 20.0


class Camera:
    """Somebody before a camera: sends a picture and counts those that come."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connection.addTransceiver(VideoStreamTrack(), "sendrecv")
        self.connection.on("track", self._see)
        self.seen = asyncio.Event()
        self._watching: list[asyncio.Task[None]] = []

    async def join(self, browser: Browser, path: str) -> None:
        """Join a room by an offer."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        local = self.connection.localDescription
        answer: dict[str, Any] = await browser.post(path, {"type": local.type, "sdp": local.sdp})
        await self.connection.setRemoteDescription(
            RTCSessionDescription(sdp=answer["sdp"], type=answer["type"])
        )

    async def close(self) -> None:
        """Put the camera away."""
        await self.connection.close()
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)

    def _see(self, track: MediaStreamTrack) -> None:
        self._watching.append(asyncio.create_task(self._watch(track)))

    async def _watch(self, track: MediaStreamTrack) -> None:
        try:
            for _ in range(_PICTURES):
                await track.recv()
        except MediaStreamError:
            return
        self.seen.set()


async def consult(stage: Stage, agent: Agent) -> str:
    """Ask for a person by video, see and be seen, hang up; returns the case code."""
    browser = await stage.browser()
    await browser.post("/video/start")
    served = await agent.answer(after_seconds=4)
    citizen, desk = Camera(), Camera()
    try:
        await citizen.join(browser, "/video/offer")
        await desk.join(agent.browser, f"/desk/contacts/{served['id']}/video")
        async with asyncio.timeout(_PATIENCE):
            await citizen.seen.wait()
            await desk.seen.wait()
    except TimeoutError as error:
        raise DidNotHappen("视频里没有看到画面") from error
    finally:
        await citizen.close()
        await desk.close()
    await agent.finish(served["id"], "视频咨询，已答复。")
    return str(served["case_code"])
