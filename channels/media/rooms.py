"""`contacts.MediaBackend` over aiortc: rooms of two whose encoded frames are forwarded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from backend.kernel.errors import Invalid, Unavailable
from channels.media.load import Lag
from channels.media.offers import Offer, choose, read_offer
from channels.media.outlet import Frame, Outlet
from channels.media.peer import Codecs, Peer
from channels.media.turn import IceServers

log = structlog.get_logger()
PEERS = 2
FULL = "视频线路现在都在用，请稍后再试，或者留电话等回电。"
OnLeft = Callable[[str, str, str], Awaitable[None]]


@dataclass
class _Room:
    """Peers by name. The first picture decides the codec: nobody here translates."""

    peers: dict[str, Peer] = field(default_factory=dict)
    outlets: dict[str, dict[str, Outlet]] = field(default_factory=dict)
    video: str = ""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def other(self, name: str) -> str:
        """The name of whoever else is here, or ""."""
        return next((one for one in self.peers if one != name), "")


class AiortcMedia:
    """Forwards at most `most_rooms` rooms; `on_left` hears who left and why."""

    def __init__(
        self,
        *,
        most_rooms: int,
        ice_servers: IceServers | None = None,
        lag: Lag | None = None,
        on_left: OnLeft | None = None,
    ) -> None:
        self._most = most_rooms
        self._ice_servers = ice_servers or IceServers()
        self._lag = lag or Lag()
        self.on_left = on_left
        self._rooms: dict[str, _Room] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, room: str, peer: str, offer: dict[str, Any]) -> dict[str, Any]:
        """Join or join again; the connection a peer had before is replaced.

        Raises `Invalid` for an offer that cannot be used, `Unavailable` when rooms are full.
        """
        wanted = read_offer(offer)
        place = self._enter(room, peer)
        try:
            async with place.changing:
                return await self._connect(room, place, peer, wanted)
        finally:
            if not place.peers and not place.changing.locked():
                self._forget(room, place)

    async def leave(self, room: str, peer: str) -> None:
        """Remove a peer; one that is not there is a success."""
        await self._remove(room, peer, "left")

    async def close(self, room: str) -> None:
        """End a room and everything in it."""
        place = self._rooms.get(room)
        for name in list(place.peers) if place is not None else ():
            await self._remove(room, name, "closed")

    async def close_all(self) -> None:
        """End every room: the program stops."""
        for room in list(self._rooms):
            await self.close(room)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def open_rooms(self) -> frozenset[str]:
        """The rooms that somebody is in."""
        return frozenset(self._rooms)

    def peers(self, room: str) -> Mapping[str, str]:
        """Who is in a room, each with the state of the connection."""
        place = self._rooms.get(room)
        return {name: peer.state for name, peer in place.peers.items()} if place else {}

    def load(self) -> float:
        """How full this backend is: rooms in use or lateness of the loop, whichever is more."""
        return max(min(1.0, len(self._rooms) / self._most), self._lag.fullness)

    def _enter(self, room: str, peer: str) -> _Room:
        place = self._rooms.get(room)
        if place is None:
            if self.load() >= 1:
                raise Unavailable(FULL, code="video_full")
            place = self._rooms[room] = _Room()
        elif peer not in place.peers and len(place.peers) >= PEERS:
            raise Unavailable("这个视频房间已经有两个人了。", code="room_full")
        return place

    async def _connect(self, room: str, place: _Room, name: str, offer: Offer) -> dict[str, Any]:
        if name not in place.peers and len(place.peers) >= PEERS:
            raise Unavailable("这个视频房间已经有两个人了。", code="room_full")
        codecs = self._codecs(place, offer)
        outlets = {kind: Outlet(kind, self._asker(place, name)) for kind in offer.codecs}
        peer = Peer(
            outlets,
            self._forwarder(place, name),
            ice_servers=self._ice_servers.given(),
            on_over=lambda: self._spawn(self._over(room, name, peer)),
            on_key_wanted=self._asker(place, name),
        )
        try:
            answer = await peer.answer(offer, codecs)
        except BaseException:
            await peer.close()
            raise
        before = place.peers.get(name)
        place.peers[name], place.outlets[name] = peer, outlets
        place.video = codecs.video or place.video
        self._rooms[room] = place
        if before is not None:
            await before.close()
        return answer

    def _codecs(self, place: _Room, offer: Offer) -> Codecs:
        audio = choose(offer, "audio", "opus") if "audio" in offer.codecs else ""
        video = ""
        if "video" in offer.codecs:
            names = (place.video,) if place.video else ("VP8", "H264")
            try:
                video = choose(offer, "video", *names)
            except Invalid as error:
                if not place.video:
                    raise
                raise Invalid(
                    "两边的浏览器没有共同的视频格式，请换一个浏览器。", code="codec", where="sdp"
                ) from error
        return Codecs(audio, video)

    def _forwarder(self, place: _Room, name: str) -> Callable[[str, Frame], None]:
        source = object()  # a peer that joins again is another source

        def forward(kind: str, frame: Frame) -> None:
            outlet = place.outlets.get(place.other(name), {}).get(kind)
            if outlet is not None:
                outlet.feed(source, frame)

        return forward

    def _asker(self, place: _Room, watcher: str) -> Callable[[], None]:
        def ask() -> None:
            camera = place.peers.get(place.other(watcher))
            if camera is not None:
                self._spawn(camera.ask_for_key_frame())

        return ask

    async def _over(self, room: str, name: str, peer: Peer) -> None:
        place = self._rooms.get(room)
        if place is not None and place.peers.get(name) is peer:
            await self._remove(room, name, "lost")

    async def _remove(self, room: str, name: str, reason: str) -> None:
        place = self._rooms.get(room)
        peer = place.peers.pop(name, None) if place is not None else None
        if place is None or peer is None:
            return
        place.outlets.pop(name, None)
        if not place.peers:
            self._forget(room, place)
        await peer.close()
        if self.on_left is not None:
            await self.on_left(room, name, reason)

    def _forget(self, room: str, place: _Room) -> None:
        if self._rooms.get(room) is place:
            del self._rooms[room]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("media.task_failed", why=type(task.exception()).__name__)
