"""Signed requests to the platform, as Twilio sends them: with cookies, tokens, and faults."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from email.utils import format_datetime
from urllib.parse import urldefrag
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from twilio.request_validator import RequestValidator

from channels.hotline.simulator.call import Call
from channels.hotline.simulator.config import SimulatorConfig

_LATE_SECONDS = 0.3
_KEPT = 200_000


class WebhookError(Exception):
    """A webhook that brought no document; `code` is Twilio's (11200 status, 11205 no answer)."""

    def __init__(self, code: int, url: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.url = url


class Webhooks:
    """Sends webhooks and keeps how long each took (milliseconds) and what went wrong."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._config = config
        self._random = random.Random(config.seed)  # noqa: S311 (faults, not secrets)
        self._validator = RequestValidator(config.auth_token)
        self._session: ClientSession | None = None
        self._background: set[asyncio.Task[None]] = set()
        self.milliseconds: deque[float] = deque(maxlen=_KEPT)
        self.failures = 0
        self.different_replies = 0

    async def open(self) -> None:
        """Open the connection pool."""
        self._session = ClientSession(
            timeout=ClientTimeout(total=self._config.webhook_seconds),
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": "TwilioProxy/1.1"},
        )

    async def close(self) -> None:
        """Let what is under way end and close the pool."""
        if self._background:
            await asyncio.wait(self._background, timeout=2)
        for task in self._background:
            task.cancel()
        if self._session:
            await self._session.close()

    async def document(self, call: Call, url: str, extra: Mapping[str, str]) -> str:
        """Ask for a call's next TwiML document; raises `WebhookError`."""
        faults = self._config.faults
        token = str(uuid4())
        data = self._fields(call) | dict(extra)
        if faults.delay_ms:
            await asyncio.sleep(self._random.uniform(0, faults.delay_ms) / 1000)
        twice = self._random.random() < faults.duplicate
        lost = self._random.random() < faults.drop
        reply = await self._post(call, url, data, token)
        if lost or twice:
            again = await self._post(call, url, data, token)
            self.different_replies += reply != again
            reply = again
        return reply

    def tell_status(self, call: Call, url: str, event: str) -> None:
        """Send a status callback in the background; nothing waits for it."""
        if not url or event not in call.status_events:
            return
        extra = {
            "SequenceNumber": str(call.sequence),
            "Timestamp": format_datetime(call.ended or call.started or call.created),
            "CallbackSource": "call-progress-events",
        }
        if not call.live:
            extra |= {"CallDuration": str(call.seconds), "Duration": str(-(-call.seconds // 60))}
        call.sequence += 1
        task = asyncio.create_task(self._status(call, url, self._fields(call) | extra))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _status(self, call: Call, url: str, data: dict[str, str]) -> None:
        faults = self._config.faults
        token = str(uuid4())
        if self._random.random() < faults.reorder:
            await asyncio.sleep(self._random.uniform(0, _LATE_SECONDS))
        copies = 2 if self._random.random() < faults.duplicate else 1
        for _ in range(copies):
            with suppress(WebhookError):  # a carrier does not repeat it; the failure is counted
                await self._post(call, url, data, token)

    async def _post(self, call: Call, url: str, data: dict[str, str], token: str) -> str:
        if self._session is None:
            raise RuntimeError("open() first")
        address = urldefrag(url).url
        began = time.perf_counter()
        for attempt in (1, 2):
            try:
                reply, status, cookies = await self._send(self._session, call, address, data, token)
            except (ClientError, TimeoutError, ValueError) as error:
                # Twilio tries a failed connection once more, with the same token.
                if attempt == 1 and not isinstance(error, (TimeoutError, ValueError)):
                    continue
                self.failures += 1
                raise WebhookError(11205, url, type(error).__name__) from error
            break
        self.milliseconds.append((time.perf_counter() - began) * 1000)
        call.cookies.update(cookies)
        if not 200 <= status < 300:
            self.failures += 1
            raise WebhookError(11200, url, f"HTTP {status}")
        return reply

    async def _send(
        self, session: ClientSession, call: Call, url: str, data: dict[str, str], token: str
    ) -> tuple[str, int, dict[str, str]]:
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, data),
            "I-Twilio-Idempotency-Token": token,
        }
        async with session.post(url, data=data, headers=headers, cookies=call.cookies) as response:
            cookies = {name: morsel.value for name, morsel in response.cookies.items()}
            return await response.text(errors="replace"), response.status, cookies

    def _fields(self, call: Call) -> dict[str, str]:
        fields = {
            "AccountSid": self._config.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": call.sid,
            "CallStatus": call.status,
            "Direction": call.direction,
            "From": call.from_number,
            "To": call.to_number,
            "Caller": call.from_number,
            "Called": call.to_number,
        }
        return fields | ({"ParentCallSid": call.parent} if call.parent else {})
