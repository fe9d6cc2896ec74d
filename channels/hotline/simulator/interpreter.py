"""Carries out a call's TwiML, verb by verb."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

from channels.hotline.simulator.call import Call, Input, SaidAloud, StaysSilent
from channels.hotline.simulator.document import DocumentError, Verb, parse
from channels.hotline.simulator.media import StreamRefused, run_stream
from channels.hotline.simulator.webhooks import WebhookError, Webhooks

SYLLABLES_A_SECOND = 4.5
DOCUMENT_LIMIT = 10_000  # documents in one call; a loop without a wait ends here
OUT_OF_ORDER = "很抱歉，线路出现故障，请稍后再拨。"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document comes from: an address, or the text itself."""

    url: str = ""
    twiml: str = ""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """How a dialled leg ended, in Twilio's words."""

    status: str
    sid: str = ""
    seconds: int = 0


class Exchange(Protocol):
    """What carrying out a call needs from the exchange."""

    account_sid: str
    auth_token: str
    webhooks: Webhooks

    async def wait(self, seconds: float) -> None:
        """Let the call's time pass."""
        ...

    async def dial(self, call: Call, number: str, timeout: int) -> DialEnded:
        """Ring a number and join it to the call until either hangs up."""
        ...

    def connected(self, call: Call) -> None:
        """The call is picked up."""
        ...

    def end(self, call: Call, status: str = "completed") -> None:
        """End a call."""
        ...


@dataclass(frozen=True, slots=True)
class _Next:
    url: str
    extra: Mapping[str, str]


class _HungUp(Exception):
    pass


class Interpreter:
    """Runs one call's documents until it ends."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self._exchange = exchange
        self._call = call
        self._url = ""

    async def run(self, source: Source) -> None:
        """Carry a call on from a document; ends the call when there is nothing more to do."""
        try:
            await self._documents(source)
        except _HungUp:
            pass
        except (WebhookError, DocumentError) as error:
            await self._fall_back(error)
        self._exchange.end(self._call)

    async def _fall_back(self, error: WebhookError | DocumentError) -> None:
        self._call.notice("error", f"{error.code} {error}")
        extra = {"ErrorCode": str(error.code), "ErrorUrl": self._url}
        try:
            if self._call.fallback_url:
                await self._documents(Source(self._call.fallback_url), extra)
                return
        except _HungUp:
            return
        except (WebhookError, DocumentError) as again:
            self._call.notice("error", f"{again.code} {again}")
        self._pick_up(())
        await self._say(OUT_OF_ORDER)

    async def _documents(self, source: Source, extra: Mapping[str, str] | None = None) -> None:
        following: _Next | None = None
        text = source.twiml
        if not text:
            following = _Next(source.url, extra or {})
        for _ in range(DOCUMENT_LIMIT):
            if following:
                self._url = urljoin(self._url, following.url)
                text = await self._exchange.webhooks.document(
                    self._call, self._url, following.extra
                )
            verbs = parse(text) if text.strip() else ()
            self._pick_up(verbs)
            following = await self._verbs(verbs)
            if following is None:
                return
        raise DocumentError(11100, "TwiML 循环过多")

    def _pick_up(self, verbs: tuple[Verb, ...]) -> None:
        # The first document is asked for while it rings; any verb but Reject picks up.
        rejects = bool(verbs) and verbs[0].name == "Reject"
        if self._call.started is None and not rejects:
            self._exchange.connected(self._call)

    async def _verbs(self, verbs: tuple[Verb, ...]) -> _Next | None:
        for verb in verbs:
            following = await self._verb(verb)
            if following:
                return following
        return None

    async def _verb(self, verb: Verb) -> _Next | None:
        match verb.name:
            case "Say":
                await self._say(verb.text)
            case "Pause":
                await self._exchange.wait(verb.number("length", 1))
            case "Play":
                self._call.notice("played", verb.text)
            case "Gather":
                return await self._gather(verb)
            case "Redirect":
                return _Next(verb.text, {})
            case "Connect":
                await self._connect(verb)
            case "Dial":
                return await self._dial(verb)
            case "Hangup":
                raise _HungUp
            case "Reject":
                busy = verb.attributes.get("reason") == "busy"
                self._exchange.end(self._call, "busy" if busy else "no-answer")
                raise _HungUp
            case _:
                raise DocumentError(12200, f"不认识的动词 {verb.name}")
        return None

    async def _say(self, text: str) -> None:
        self._call.notice("said", text)
        await self._exchange.wait(sum(map(str.isalnum, text)) / SYLLABLES_A_SECOND)

    async def _gather(self, verb: Verb) -> _Next | None:
        kinds = frozenset(verb.attributes.get("input", "dtmf").split())
        async with self._call.hearing(kinds):
            heard = await self._first_input(verb)
            result = await self._collect(verb, heard)
        if not result and verb.attributes.get("actionOnEmptyResult", "false") == "false":
            return None
        extra = result or {"Digits": ""}
        return _Next(verb.attributes.get("action", self._url), extra)

    async def _first_input(self, verb: Verb) -> Input | None:
        """Speak the prompts until they end or something is heard; then wait for the timeout."""
        prompts = asyncio.ensure_future(self._verbs(verb.children))
        heard = asyncio.ensure_future(self._call.inputs.get())
        try:
            both: set[asyncio.Future[Any]] = {prompts, heard}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not heard.done():
                await prompts
                await self._wait_for(heard, verb)
            return heard.result() if heard.done() and not heard.cancelled() else None
        finally:
            prompts.cancel()
            heard.cancel()

    async def _wait_for(self, heard: asyncio.Future[Input], verb: Verb) -> None:
        asked = bool(verb.children) or "speech" in verb.attributes.get("input", "dtmf")
        self._call.quiet()
        if self._call.thinking and asked:
            await asyncio.wait({heard})
            return
        timeout = asyncio.ensure_future(self._exchange.wait(verb.number("timeout", 5)))
        try:
            both: set[asyncio.Future[Any]] = {heard, timeout}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timeout.cancel()

    async def _collect(self, verb: Verb, heard: Input | None) -> dict[str, str]:
        finish = verb.attributes.get("finishOnKey", "#")
        limit = verb.number("numDigits", 0)
        digits = ""
        while heard is not None and not isinstance(heard, StaysSilent):
            if isinstance(heard, SaidAloud):
                self._call.notice("heard", heard.text)
                return {"SpeechResult": heard.text, "Confidence": "0.94"}
            if heard.key == finish:
                break
            digits += heard.key
            if limit and len(digits) >= limit:
                break
            heard = await self._next_key(verb)
        if digits:
            self._call.notice("heard", f"［{digits}］")
        return {"Digits": digits} if digits else {}

    async def _next_key(self, verb: Verb) -> Input | None:
        key = asyncio.ensure_future(self._call.inputs.get())
        timeout = asyncio.ensure_future(self._exchange.wait(verb.number("timeout", 5)))
        try:
            both: set[asyncio.Future[Any]] = {key, timeout}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return key.result() if key.done() else None
        finally:
            key.cancel()
            timeout.cancel()

    async def _connect(self, verb: Verb) -> None:
        streams = [child for child in verb.children if child.name == "Stream"]
        if len(streams) != 1:
            raise DocumentError(12200, "Connect 里应有一个 Stream")
        stream = streams[0]
        parameters = {
            child.attributes.get("name", ""): child.attributes.get("value", "")
            for child in stream.children
        }
        url = stream.attributes.get("url", "")
        try:
            await run_stream(
                self._call,
                url,
                parameters,
                account=self._exchange.account_sid,
                auth_token=self._exchange.auth_token,
            )
        except StreamRefused as error:
            raise DocumentError(31920, str(error)) from error

    async def _dial(self, verb: Verb) -> _Next | None:
        numbers = [child.text for child in verb.children if child.name == "Number"]
        number = numbers[0] if numbers else verb.text
        if not number:
            raise DocumentError(13223, "Dial 没有号码")
        ended = await self._exchange.dial(self._call, number, verb.number("timeout", 30))
        action = verb.attributes.get("action")
        if not action:
            return None
        extra = {
            "DialCallStatus": ended.status,
            "DialCallDuration": str(ended.seconds),
            "DialBridged": str(ended.status == "completed").lower(),
        }
        return _Next(action, extra | ({"DialCallSid": ended.sid} if ended.sid else {}))
