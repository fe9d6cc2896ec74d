"""A caller who follows a script: dials, listens, speaks, presses keys, hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from channels.hotline.simulator.call import Call, Pressed, SaidAloud, StaysSilent
from channels.hotline.simulator.exchange import CarrierExchange, Handset, Message

PATIENCE = 10.0  # real seconds a step of a script may take


class ScriptError(AssertionError):
    """The call did not go as the script expects; the message holds what was heard so far."""


class ScriptedCaller:
    """Somebody with a telephone. A `thinking` caller is never overtaken by a timeout."""

    def __init__(
        self,
        exchange: CarrierExchange,
        number: str = "+8613800000001",
        *,
        thinking: bool = True,
        patience: float = PATIENCE,
    ) -> None:
        self._exchange = exchange
        self._thinking = thinking
        self._patience = patience
        self._heard = 0
        self._answered = 0
        self._rung = asyncio.Event()
        self._call: Call | None = None
        self.number = number
        self.messages: list[Message] = []
        self._handset = Handset(number, on_ring=self._ring, on_message=self.messages.append)
        exchange.plug_in(self._handset)

    @property
    def call(self) -> Call:
        """The call that is or was last under way."""
        if self._call is None:
            raise ScriptError("还没有通话")
        return self._call

    @property
    def said(self) -> list[str]:
        """Everything said to the caller so far."""
        return [one.text for one in self.call.transcript if one.kind == "said"]

    async def dial(self, number: str = "") -> None:
        """Call a number (the hotline by default) and wait until it is picked up or over."""
        to = number or self._exchange.config.number
        self._call = self._exchange.call_in(self.number, to, thinking=self._thinking)
        self._heard = self._answered = 0
        await self._until(lambda: self.call.started is not None, "没有接通")

    async def answer(self) -> None:
        """Wait for the telephone to ring and pick it up."""
        await asyncio.wait_for(self._rung.wait(), self._patience)
        self._rung.clear()
        self.call.thinking = self._thinking
        self.call.answered.set()
        self._heard = self._answered = 0
        await self._until(lambda: self.call.started is not None, "没有接通")

    async def hear(self) -> str:
        """What has been said since the last time, once the line waits for the caller or is over."""
        await self._until(lambda: self.call.waiting and len(self.said) > self._heard, "没有听到话")
        text = "".join(self.said[self._heard :])
        self._heard = len(self.said)
        return text

    async def wait_for(self, text: str, *, live: bool = False) -> str:
        """Wait until a sentence with `text` is said, from now on or (not `live`) ever before."""
        start = len(self.said) if live else 0

        def found() -> bool:
            return any(text in sentence for sentence in self.said[start:])

        await self._until(found, f"没有听到“{text}”")
        if not found():
            raise ScriptError(f"通话已结束，没有听到“{text}”：{self.said}")
        return next(sentence for sentence in self.said[start:] if text in sentence)

    async def say(self, text: str) -> None:
        """Say something as soon as the line listens; each saying answers one question."""
        await self._listened("speech")
        self.call.give(SaidAloud(text))

    async def press(self, keys: str) -> None:
        """Press keys as soon as the line listens for them."""
        await self._listened("dtmf")
        for key in keys:
            self.call.give(Pressed(key))

    async def stay_silent(self) -> None:
        """Let one question pass without a word."""
        await self._until(lambda: self.call.waiting and self._is_new(), "线路没有在等")
        self._answered = self.call.questions
        self.call.give(StaysSilent())

    async def hang_up(self) -> None:
        """Put the receiver down."""
        self._exchange.hang_up(self.call)

    async def ended(self) -> str:
        """Wait until the call is over; returns its last status."""
        await asyncio.wait_for(self.call.over.wait(), self._patience)
        return self.call.status

    def send_sound(self, frame: bytes) -> None:
        """Speak 20 ms of µ-law into the microphone."""
        self.call.send_sound(frame)

    def on_sound(self, listener: Callable[[bytes], None]) -> None:
        """Hear the sound of a joined stream, 20 ms of µ-law at a time."""
        self.call.on_sound = listener

    def leave(self) -> None:
        """Put the telephone away."""
        if self._call and self._call.live:
            self._exchange.hang_up(self._call)
        self._exchange.unplug(self._handset)

    def _ring(self, call: Call) -> None:
        self._call = call
        self._rung.set()

    async def _listened(self, kind: str) -> None:
        await self._until(
            lambda: kind in self.call.hears and self._is_new(), f"线路没有在听（{kind}）"
        )
        if not self.call.live:
            raise ScriptError(f"通话已结束：{self.said}")
        self._answered = self.call.questions

    def _is_new(self) -> bool:
        # A joined stream and a bridged call listen on and on; a question is answered once.
        return "sound" in self.call.hears or self.call.questions > self._answered

    async def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        try:
            await asyncio.wait_for(self.call.until(holds), self._patience)
        except TimeoutError:
            raise ScriptError(f"{otherwise}，已听到：{self.said}") from None
