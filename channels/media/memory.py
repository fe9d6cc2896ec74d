"""The twin of `AiortcMedia` that needs nothing: it keeps who is where, and moves no frame."""

from __future__ import annotations

from typing import Any

from backend.kernel.errors import Unavailable
from channels.media.offers import read_offer
from channels.media.rooms import FULL, PEERS


class MemoryMedia:
    """Rooms of two without any media."""

    def __init__(self, *, most_rooms: int) -> None:
        self._most = most_rooms
        self._rooms: dict[str, set[str]] = {}

    async def join(self, room: str, peer: str, offer: dict[str, Any]) -> dict[str, Any]:
        """Join or join again; the answer refuses every track. Raises as the port says."""
        wanted = read_offer(offer)
        peers = self._rooms.get(room, set())
        if not peers and self.load() >= 1:
            raise Unavailable(FULL, code="video_full")
        if peer not in peers and len(peers) >= PEERS:
            raise Unavailable("这个视频房间已经有两个人了。", code="room_full")
        self._rooms.setdefault(room, set()).add(peer)
        return {"type": "answer", "sdp": _refusing(wanted.description.sdp)}

    async def leave(self, room: str, peer: str) -> None:
        """Remove a peer; one that is not there is a success."""
        peers = self._rooms.get(room, set())
        peers.discard(peer)
        if not peers:
            self._rooms.pop(room, None)

    async def close(self, room: str) -> None:
        """End a room and everything in it."""
        self._rooms.pop(room, None)

    def load(self) -> float:
        """How full this backend is, 0 to 1."""
        return min(1.0, len(self._rooms) / self._most)


def _refusing(offer: str) -> str:
    """An SDP answer that takes nothing: each medium with port 0 (RFC 3264 section 6)."""
    media = [line.split(" ") for line in offer.splitlines() if line.startswith("m=")]
    lines = ["v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines += [" ".join([part[0], "0", *part[2:]]) for part in media]
    return "\r\n".join(lines) + "\r\n"
