"""The carrier itself: calls and messages, who rings whom, and how a call ends."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from channels.hotline.simulator.call import Call, SaidAloud
from channels.hotline.simulator.config import SimulatorConfig
from channels.hotline.simulator.interpreter import DialEnded, Interpreter, Source
from channels.hotline.simulator.webhooks import Webhooks

_log = logging.getLogger(__name__)
_KEPT_CALLS = 20_000
_KEPT_MESSAGES = 1_000
RING_SECONDS = 60


class Refused(Exception):
    """A request the carrier refuses; `code` is Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """An SMS, seen on the simulated handset and nowhere else."""

    sid: str
    from_number: str
    to_number: str
    body: str
    at: datetime


@dataclass(eq=False)
class Handset:
    """A telephone with a number; `on_ring` and `on_message` are what its holder notices."""

    number: str
    on_ring: Callable[[Call], None] | None = None
    on_message: Callable[[Message], None] | None = None


@dataclass(eq=False)
class CarrierExchange:
    """All calls and messages of the simulated carrier, in memory."""

    config: SimulatorConfig
    webhooks: Webhooks = field(init=False)
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    messages: list[Message] = field(default_factory=list)
    handsets: dict[str, list[Handset]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.webhooks = Webhooks(self.config)
        self.account_sid = self.config.account_sid
        self.auth_token = self.config.auth_token

    async def open(self) -> None:
        """Start."""
        await self.webhooks.open()

    async def close(self) -> None:
        """End every call and let the last words reach the platform."""
        for call in list(self.calls.values()):
            if call.live:
                self.end(call)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        await self.webhooks.close()

    async def wait(self, seconds: float) -> None:
        """Let time pass, `speed` times faster than it would."""
        await asyncio.sleep(seconds / self.config.speed)

    def plug_in(self, handset: Handset) -> None:
        """Connect a handset; messages it has missed are delivered."""
        self.handsets.setdefault(handset.number, []).append(handset)
        if handset.on_message:
            for message in self.messages:
                if message.to_number == handset.number:
                    handset.on_message(message)

    def unplug(self, handset: Handset) -> None:
        """Disconnect a handset."""
        others = self.handsets.get(handset.number, [])
        if handset in others:
            others.remove(handset)

    def call_in(self, from_number: str, to_number: str, *, thinking: bool = False) -> Call:
        """Someone dials; raises `Refused` for a number that is not ours."""
        if to_number != self.config.number:
            raise Refused(21214, "您拨的号码是空号。")
        call = self._new(from_number, to_number, "inbound")
        call.thinking = thinking
        call.fallback_url = self.config.fallback_url
        call.status_callback = self.config.status_url
        call.status = "ringing"
        call.notice("status", "ringing")
        self._run(call, Interpreter(self, call).run(Source(self.config.voice_url)))
        return call

    def call_out(
        self,
        *,
        from_number: str,
        to_number: str,
        source: Source,
        fallback_url: str = "",
        status_callback: str = "",
        status_events: frozenset[str] = frozenset({"completed"}),
        timeout: int = RING_SECONDS,
    ) -> Call:
        """The platform calls a handset."""
        call = self._new(from_number, to_number, "outbound-api")
        call.fallback_url = fallback_url
        call.status_callback = status_callback
        call.status_events = status_events
        self._run(call, self._ring_then(call, source, timeout))
        return call

    def redirect(self, call: Call, source: Source) -> None:
        """Interrupt a live call and carry it on elsewhere; raises `Refused` when it is over."""
        if call.status != "in-progress":
            raise Refused(21220, "Call is not in-progress. Cannot redirect.")
        self._run(call, self._interrupt(call, call.runner, source))

    def connected(self, call: Call) -> None:
        """The call is picked up."""
        call.status = "in-progress"
        call.started = datetime.now(UTC)
        call.notice("status", "in-progress")
        self.webhooks.tell_status(call, call.status_callback, "answered")

    def end(self, call: Call, status: str = "completed") -> None:
        """End a call; ending it again changes nothing."""
        if not call.live:
            return
        call.status = status
        call.ended = datetime.now(UTC)
        call.hears = frozenset()
        call.notice("status", status)
        call.over.set()
        current = asyncio.current_task()
        if call.runner and call.runner is not current:
            call.runner.cancel()
        self.webhooks.tell_status(call, call.status_callback, "completed")

    def hang_up(self, call: Call) -> None:
        """Whoever holds the handset puts it down."""
        outbound_unanswered = call.direction != "inbound" and call.started is None
        self.end(call, "no-answer" if outbound_unanswered else "completed")

    def send_message(self, from_number: str, to_number: str, body: str) -> Message:
        """Show an SMS on the handset of `to_number`."""
        message = Message(f"SM{uuid4().hex}", from_number, to_number, body, datetime.now(UTC))
        self.messages.append(message)
        del self.messages[:-_KEPT_MESSAGES]
        for handset in list(self.handsets.get(to_number, [])):
            if handset.on_message:
                handset.on_message(message)
        return message

    async def dial(self, call: Call, number: str, timeout: int) -> DialEnded:
        """Ring a number and join it to the call until either hangs up."""
        leg = self._new(call.from_number, number, "outbound-dial", parent=call.sid)
        if not await self._ring(leg, timeout):
            return DialEnded(leg.status, leg.sid)
        self.connected(leg)
        try:
            await self._bridge(call, leg)
        finally:
            self.end(leg)
        return DialEnded("completed", leg.sid, leg.seconds)

    async def _interrupt(
        self, call: Call, before: asyncio.Task[None] | None, source: Source
    ) -> None:
        if before:
            before.cancel()
            await asyncio.wait({before})
        await Interpreter(self, call).run(source)

    async def _ring_then(self, call: Call, source: Source, timeout: int) -> None:
        self.webhooks.tell_status(call, call.status_callback, "initiated")
        if await self._ring(call, timeout):
            self.connected(call)
            await Interpreter(self, call).run(source)

    async def _ring(self, call: Call, timeout: int) -> bool:
        call.status = "ringing"
        call.notice("status", "ringing")
        self.webhooks.tell_status(call, call.status_callback, "ringing")
        for handset in list(self.handsets.get(call.to_number, [])):
            if handset.on_ring:
                handset.on_ring(call)
        waits = {
            asyncio.ensure_future(call.answered.wait()),
            asyncio.ensure_future(call.over.wait()),
            asyncio.ensure_future(self.wait(timeout)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in waits:
                waiting.cancel()
        if call.answered.is_set() and call.live:
            return True
        self.end(call, "no-answer")
        return False

    async def _bridge(self, one: Call, other: Call) -> None:
        tasks = {
            asyncio.create_task(_carry(one, other)),
            asyncio.create_task(_carry(other, one)),
            asyncio.create_task(one.until(lambda: not other.live)),
            asyncio.create_task(other.until(lambda: not one.live)),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            one.sound_to = other.sound_to = None
            for task in tasks:
                task.cancel()

    def _new(
        self,
        from_number: str,
        to_number: str,
        direction: Literal["inbound", "outbound-api", "outbound-dial"],
        *,
        parent: str = "",
    ) -> Call:
        call = Call(f"CA{uuid4().hex}", from_number, to_number, direction, parent)
        self.calls[call.sid] = call
        while len(self.calls) > _KEPT_CALLS and not next(iter(self.calls.values())).live:
            self.calls.popitem(last=False)
        return call

    def _run(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        call.runner = task
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            _log.error("call failed: %r", task.exception())


async def _carry(one: Call, other: Call) -> None:
    """What one says the other hears, and its sound with it."""

    def play(frame: bytes) -> None:
        if other.on_sound:
            other.on_sound(frame)

    one.sound_to = play
    async with one.hearing(frozenset({"speech", "dtmf", "sound"})):
        while True:
            heard = await one.inputs.get()
            if isinstance(heard, SaidAloud):
                one.notice("heard", heard.text)
                other.notice("said", heard.text)
