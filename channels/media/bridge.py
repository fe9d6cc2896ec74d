"""Bridges between a telephone call and an agent's browser: PCMU on both sides, bytes untouched.

The agent's page opens a bridge; the call's document joins it by a ticket that works once. A bridge
outlives its streams: when the call's document interrupts the stream, it joins again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.kernel.errors import NotFound
from channels.media.caller import CallerTrack, FrameQueue
from channels.media.offers import choose, read_offer
from channels.media.outlet import Frame
from channels.media.peer import Codecs, Peer
from channels.media.turn import IceServers

TICKET_WAIT = 2.0  # seconds a stream may come before its bridge is known
_MOST_TICKETS = 8
_MOST_FAILURES = 3
_SHORT_STREAM = 2.0  # seconds; a stream that ends sooner has failed
OnEnded = Callable[[str, str], Awaitable[None]]


@dataclass(eq=False)
class Bridge:
    """One call's bridge. `held` silences both sides, `muted` the agent alone."""

    contact: str
    peer: Peer
    from_caller: CallerTrack
    to_caller: FrameQueue = field(default_factory=FrameQueue)
    held: bool = False
    muted: bool = False
    stream: object | None = None
    heard: bool = False
    joined_before: bool = False
    failures: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    clear_wanted: bool = False

    def hear_caller(self, sound: bytes) -> None:
        """Sound of the caller."""
        if not self.held:
            self.from_caller.feed(sound)

    def hear_agent(self, sound: bytes) -> None:
        """Sound of the agent; kept only while a call listens."""
        if self.stream is not None and not self.held and not self.muted:
            self.to_caller.add(sound)

    def hold(self, on: bool) -> None:
        """Put the caller on hold; what the carrier has not played yet is taken back."""
        if on and not self.held:
            self.to_caller.clear()
            self.clear_wanted = True
        self.held = on

    def standing(self) -> dict[str, Any]:
        """How it stands, for the agent's page."""
        return {
            "open": True,
            "joined": self.stream is not None,
            "joined_before": self.joined_before,
            "heard": self.heard,
            "held": self.held,
            "muted": self.muted,
            "browser": self.peer.state,
        }


class Bridges:
    """The bridges of this process."""

    def __init__(
        self, *, ice_servers: IceServers | None = None, on_ended: OnEnded | None = None
    ) -> None:
        self._ice_servers = ice_servers or IceServers()
        self.on_ended = on_ended
        self._bridges: dict[str, Bridge] = {}
        self._tickets: OrderedDict[str, Bridge] = OrderedDict()
        self._ticket_given = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, contact: str, offer: Mapping[str, Any]) -> dict[str, str]:
        """Take the agent's offer and return the answer; a bridge that is open keeps its call.

        Raises `Invalid` for an offer that is none, or that cannot carry PCMU.
        """
        wanted = read_offer(offer)
        codec = choose(wanted, "audio", "PCMU")
        track = CallerTrack()
        peer = Peer(
            {"audio": track},
            lambda kind, frame: self._from_agent(contact, peer, frame),
            ice_servers=self._ice_servers.given(),
            on_over=lambda: self._lost(contact, peer),
        )
        try:
            answer = await peer.answer(wanted, Codecs(audio=codec))
        except BaseException:
            await peer.close()
            raise
        bridge = self._bridges.get(contact)
        if bridge is None:
            self._bridges[contact] = Bridge(contact, peer, track)
        else:
            before, bridge.peer, bridge.from_caller = bridge.peer, peer, track
            await before.close()
        return answer

    def change(
        self, contact: str, *, hold: bool | None = None, mute: bool | None = None
    ) -> Mapping[str, Any]:
        """Hold or mute; raises `NotFound` when there is no sound to change."""
        bridge = self._bridges.get(contact)
        if bridge is None:
            raise NotFound("语音没有接通。", code="no_sound")
        if hold is not None:
            bridge.hold(hold)
        if mute is not None:
            bridge.muted = mute
        return bridge.standing()

    def standing(self, contact: str) -> Mapping[str, Any]:
        """How the sound of a contact stands."""
        bridge = self._bridges.get(contact)
        return bridge.standing() if bridge else {"open": False, "joined": False}

    async def close(self, contact: str, reason: str = "closed") -> None:
        """End a bridge and its stream; one that is not there is a success."""
        bridge = self._bridges.pop(contact, None)
        if bridge is None:
            return
        for ticket in [key for key, known in self._tickets.items() if known is bridge]:
            del self._tickets[ticket]
        bridge.ended.set()
        await bridge.peer.close()
        if self.on_ended is not None:
            await self.on_ended(contact, reason)

    async def close_all(self) -> None:
        """End every bridge: the program stops."""
        for contact in list(self._bridges):
            await self.close(contact, "stopped")
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def open_rooms(self) -> frozenset[str]:
        """The contacts whose sound is open."""
        return frozenset(self._bridges)

    def ticket(self, contact: str, *, unjoined: bool = False) -> str:
        """A ticket for the call's stream, good once; "" when no agent has opened a bridge.

        `unjoined` gives none to a call that is joined already.
        """
        bridge = self._bridges.get(contact)
        if bridge is None or (unjoined and bridge.stream is not None):
            return ""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = bridge
        own = [key for key, known in self._tickets.items() if known is bridge]
        for old in own[:-_MOST_TICKETS]:
            del self._tickets[old]
        self._announce()
        return ticket

    async def claim(self, ticket: str, *, wait: float = TICKET_WAIT) -> Bridge | None:
        """Use a ticket up; a stream may come a little before its ticket is known here."""
        deadline = asyncio.get_running_loop().time() + wait
        while ticket:
            bridge = self._tickets.pop(ticket, None)
            left = deadline - asyncio.get_running_loop().time()
            if bridge is not None or left <= 0:
                return bridge
            try:
                await asyncio.wait_for(self._ticket_given.wait(), timeout=left)
            except TimeoutError:
                return None
        return None

    async def stream_ended(self, bridge: Bridge, stream: object, seconds: float) -> None:
        """A stream is over; a call whose streams fail again and again goes on in writing."""
        if bridge.stream is not stream:
            return
        bridge.stream = None
        bridge.heard = False
        bridge.joined_before = True
        bridge.failures = bridge.failures + 1 if seconds < _SHORT_STREAM else 0
        if bridge.failures >= _MOST_FAILURES and self._bridges.get(bridge.contact) is bridge:
            await self.close(bridge.contact, "stream_failed")

    def _announce(self) -> None:
        given, self._ticket_given = self._ticket_given, asyncio.Event()
        given.set()

    def _from_agent(self, contact: str, peer: Peer, frame: Frame) -> None:
        bridge = self._bridges.get(contact)
        if bridge is not None and bridge.peer is peer:
            bridge.hear_agent(frame.data)

    def _lost(self, contact: str, peer: Peer) -> None:
        bridge = self._bridges.get(contact)
        if bridge is not None and bridge.peer is peer:
            task = asyncio.ensure_future(self.close(contact, "browser_lost"))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
