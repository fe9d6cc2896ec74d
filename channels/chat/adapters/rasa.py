"""`dialogue.Dialogue` over Rasa's REST channel. Whatever goes wrong is silence, never an error."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog

from backend.dialogue.ports import Spoken
from channels.chat.pace import Turns

log = structlog.get_logger()
TIMEOUT_SECONDS = 5.0
PROBE_SECONDS = 2.0
_PROBE = "probe"
_MARKS = ("ask_knowledge", "person")


class RasaDialogue:
    """Asks one Rasa. It is ready once a probe was answered in words, until a call fails."""

    def __init__(
        self, url: str, *, timeout: float = TIMEOUT_SECONDS, probe_every: float = PROBE_SECONDS
    ) -> None:
        self._webhook = f"{url.rstrip('/')}/webhooks/rest/webhook"
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._probe_every = probe_every
        self._turns = Turns()
        self._session: aiohttp.ClientSession | None = None
        self._ready = False

    def ready(self) -> bool:
        """Whether Rasa answered when it was asked last."""
        return self._ready

    async def reply(
        self, conversation: str, text: str, *, facts: Mapping[str, Any]
    ) -> Spoken | None:
        """Pass on what was said, one message of a conversation at a time.

        Facts are not sent: Rasa's actions read them from the case. None when Rasa is not ready,
        fails, takes too long or says nothing.
        """
        # A leading slash would name an intent instead of being understood.
        words = text.strip().lstrip("/\uff0f").strip()
        if not self._ready or not words:
            return None
        async with self._turns.of(conversation):
            said = await self._send(conversation, words)
        return None if said is None else _spoken(said)

    async def forget(self, conversation: str) -> None:
        """Drop the conversation; a Rasa that is not there has forgotten it already."""
        if self._ready:
            async with self._turns.of(conversation):
                await self._send(conversation, "/restart")

    async def probe(self) -> bool:
        """Ask for a greeting: only a whole model answers it."""
        said = await self._send(_PROBE, "/greet", quiet=not self._ready)
        ready = bool(said and any(part.get("text") for part in said))
        if ready != self._ready:
            log.info("bot.ready" if ready else "bot.not_ready")
        self._ready = ready
        return ready

    async def watch(self) -> None:
        """Look after readiness until cancelled."""
        try:
            while True:
                await self.probe()
                await asyncio.sleep(self._probe_every * (5 if self._ready else 1))
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        self._ready = False
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(
        self, conversation: str, text: str, *, quiet: bool = False
    ) -> list[dict[str, Any]] | None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        message = {"sender": conversation, "message": text}
        try:
            async with self._session.post(self._webhook, json=message) as response:
                response.raise_for_status()
                said = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            if not quiet:
                log.warning("bot.failed", error=type(error).__name__)
            self._ready = False
            return None
        if not isinstance(said, list) or not all(isinstance(part, dict) for part in said):
            log.warning("bot.failed", error="NotAReply")
            return None
        return said


def _spoken(said: list[dict[str, Any]]) -> Spoken | None:
    words = tuple(text for part in said if isinstance(text := part.get("text"), str) and text)
    marks: dict[str, Any] = {}
    for part in said:
        custom = part.get("custom")
        if isinstance(custom, dict):
            marks |= {name: custom[name] for name in _MARKS if name in custom}
    person = marks.get("person", "")
    spoken = Spoken(
        words,
        ask_knowledge=bool(marks.get("ask_knowledge")),
        wants_person=person if isinstance(person, str) else "asked",
    )
    return spoken if words or marks else None
