"""One call as the carrier sees it: who, in which state, what sounds, what the caller does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

LIVE = frozenset({"queued", "initiated", "ringing", "in-progress"})
SILENCE = b"\xff" * 160  # 20 ms of µ-law silence
_AUDIO_FRAMES = 250  # five seconds; older sound is of no use to anyone

Kind = Literal["status", "said", "played", "heard", "unheard", "listening", "stream", "error"]


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something whoever holds the phone notices; `text` is what, in words."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key, one of 0-9, * and #."""

    key: str


@dataclass(frozen=True, slots=True)
class SaidAloud:
    """One utterance of the caller."""

    text: str


@dataclass(frozen=True, slots=True)
class StaysSilent:
    """The caller lets the time to answer pass."""


Input = Pressed | SaidAloud | StaysSilent


@dataclass(eq=False)
class Call:
    """A call. `thinking` callers take their own time: no question runs out on them.

    `hears` is what the line listens to now (speech, dtmf, sound), `waiting` whether its prompts
    have ended, `questions` how often it has begun to listen. `sound_up` holds the caller's µ-law
    frames for a media stream unless `sound_to` takes them; `on_sound` gets what the caller is to
    hear.
    """

    sid: str
    from_number: str
    to_number: str
    direction: Literal["inbound", "outbound-api", "outbound-dial"]
    parent: str = ""
    thinking: bool = False
    status: str = "queued"
    status_callback: str = ""
    status_events: frozenset[str] = frozenset({"completed"})
    fallback_url: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    ended: datetime | None = None
    sequence: int = 0
    cookies: dict[str, str] = field(default_factory=dict)
    transcript: list[Noticed] = field(default_factory=list)
    inputs: asyncio.Queue[Input] = field(default_factory=asyncio.Queue)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    hears: frozenset[str] = frozenset()
    waiting: bool = False
    questions: int = 0
    runner: asyncio.Task[None] | None = None
    sound_up: deque[bytes] = field(default_factory=lambda: deque(maxlen=_AUDIO_FRAMES))
    on_sound: Callable[[bytes], None] | None = None
    sound_to: Callable[[bytes], None] | None = None
    on_notice: list[Callable[[Noticed], None]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def live(self) -> bool:
        """Whether the call has not ended."""
        return self.status in LIVE

    @property
    def seconds(self) -> int:
        """How long it was or has been connected."""
        if self.started is None:
            return 0
        return int(((self.ended or datetime.now(UTC)) - self.started).total_seconds())

    @property
    def person(self) -> str:
        """The number of whoever holds the phone at the far end."""
        return self.from_number if self.direction == "inbound" else self.to_number

    def notice(self, kind: Kind, text: str) -> None:
        """Let the phone show, and whoever waits know, that something happened."""
        noticed = Noticed(kind, text)
        self.transcript.append(noticed)
        for listener in list(self.on_notice):
            listener(noticed)
        self._wake()

    def give(self, what: Input) -> bool:
        """Something the caller does; False when nobody listens to it now."""
        kind = {Pressed: "dtmf", SaidAloud: "speech"}.get(type(what))
        if not self.live or (kind and kind not in self.hears):
            return False
        self.waiting = False
        self.inputs.put_nowait(what)
        return True

    def send_sound(self, frame: bytes) -> None:
        """20 ms of µ-law from the caller's microphone."""
        if self.sound_to:
            self.sound_to(frame)
        else:
            self.sound_up.append(frame)

    def quiet(self) -> None:
        """The prompts have ended and the line waits for the caller."""
        self.waiting = True
        self._wake()

    @asynccontextmanager
    async def hearing(self, kinds: frozenset[str]) -> AsyncIterator[None]:
        """Listen to what the caller does; what came before does not count."""
        while not self.inputs.empty():
            self.inputs.get_nowait()
        self.hears = kinds
        self.questions += 1
        self.notice("listening", " ".join(sorted(kinds)))
        try:
            yield
        finally:
            self.hears = frozenset()
            self.waiting = False

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds of the call or the call has ended."""
        while self.live and not holds():
            await self.changed.wait()

    def _wake(self) -> None:
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()
