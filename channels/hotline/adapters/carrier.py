"""Our calls to a Twilio-compatible carrier: make a call, interrupt one, end one, find one.

REST creates are not idempotent: only a refusal for haste (429) is safe to repeat at once. After a
timeout or a 5xx the call may exist, so the error says `unsure` and `find` tells.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError
from twilio.base.exceptions import TwilioException, TwilioRestException

from backend.kernel.errors import FatongError

if TYPE_CHECKING:
    from twilio.rest import Client

LIVE = frozenset({"queued", "initiated", "ringing", "in-progress"})
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]
_TOO_MANY = 429
_NOT_FOUND = 404
_NOT_LIVE = 21220


class CarrierError(FatongError):
    """The carrier did not do it. `retry`: safe to try again. `unsure`: it may have happened."""

    code = "carrier"

    def __init__(self, message: str, *, code: str, retry: bool, unsure: bool = False) -> None:
        super().__init__(message, code=code)
        self.retry = retry
        self.unsure = unsure


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """A call as the carrier tells it."""

    sid: str
    status: str
    from_number: str
    to_number: str
    created: datetime | None


class TwilioCarrier:
    """A Twilio-compatible carrier at a base address (Twilio, Somleng, the simulator).

    Open it within a running loop: `async with open_carrier(...) as carrier`. The library's client
    is made at the first request, its many modules loaded beside the loop.
    """

    def __init__(self, make_client: Callable[[], Client], number: str) -> None:
        self._make_client = make_client
        self._made: Client | None = None
        self._number = number

    async def _client(self) -> Client:
        if self._made is None:
            await asyncio.to_thread(_load_library)
        # Another request may have been first meanwhile.
        self._made = self._made or self._make_client()
        return self._made

    async def close(self) -> None:
        """Close the connections, if any was ever needed."""
        if self._made is not None:
            await self._made.http_client.close()

    async def call(
        self, to_number: str, url: str, *, status_url: str, fallback_url: str = "", ring: int = 40
    ) -> CarrierCall:
        """Call somebody; `ring` is how long it may ring, in seconds."""
        options: dict[str, Any] = {"fallback_url": fallback_url} if fallback_url else {}
        client = await self._client()
        made = await _carried_out(
            client.calls.create_async(
                to=to_number,
                from_=self._number,
                url=url,
                method="POST",
                status_callback=status_url,
                status_callback_event=STATUS_EVENTS,
                timeout=ring,
                **options,
            )
        )
        return _read(made)

    async def redirect(self, sid: str, url: str) -> bool:
        """Interrupt a live call and carry it on at `url`; False when it is over already."""
        client = await self._client()
        try:
            await _carried_out(client.calls(sid).update_async(url=url, method="POST"))
        except CarrierError as error:
            if error.code in ("carrier_not_live", "carrier_not_found"):
                return False
            raise
        return True

    async def hang_up(self, sid: str) -> None:
        """End a call; one that is over already is a success."""
        client = await self._client()
        try:
            await _carried_out(client.calls(sid).update_async(status="completed"))
        except CarrierError as error:
            if error.code not in ("carrier_not_live", "carrier_not_found"):
                raise

    async def get(self, sid: str) -> CarrierCall | None:
        """How a call stands; None when the carrier does not know it."""
        client = await self._client()
        try:
            return _read(await _carried_out(client.calls(sid).fetch_async()))
        except CarrierError as error:
            if error.code == "carrier_not_found":
                return None
            raise

    async def find(self, to_number: str, since: datetime) -> list[CarrierCall]:
        """Our calls to a number made at or after `since`, newest first.

        For an unsure `call`: carriers keep no label of ours, so number and moment tell.
        """
        client = await self._client()
        found = await _carried_out(
            client.calls.list_async(to=to_number, from_=self._number, limit=50)
        )
        # The carrier's clock counts in whole seconds.
        earliest = since.replace(microsecond=0) - timedelta(seconds=1)
        calls = [_read(one) for one in found]
        return [one for one in calls if one.created and one.created >= earliest]

    async def live(self) -> list[CarrierCall]:
        """Every call that is under way, for reconciliation with what we know."""
        client = await self._client()
        found = await _carried_out(client.calls.list_async(status="in-progress", limit=1000))
        return [_read(one) for one in found]

    async def send_message(self, to_number: str, text: str) -> str:
        """Send an SMS; returns its id at the carrier."""
        client = await self._client()
        sent = await _carried_out(
            client.messages.create_async(to=to_number, from_=self._number, body=text)
        )
        return str(sent.sid)


@asynccontextmanager
async def open_carrier(
    *, account_sid: str, auth_token: str, number: str, base_url: str = "", seconds: float = 10.0
) -> AsyncIterator[TwilioCarrier]:
    """Open a carrier. `base_url` is "" for Twilio itself; `seconds` limits each request."""

    def make_client() -> Client:
        from twilio.rest import Client

        from channels.hotline.adapters.timed_http import TimedHttpClient

        client = Client(account_sid, auth_token, http_client=TimedHttpClient(seconds))
        if base_url:
            client.api.base_url = base_url.rstrip("/")
        return client

    carrier = TwilioCarrier(make_client, number)
    try:
        yield carrier
    finally:
        await carrier.close()


def _load_library() -> None:
    # The client loads its part for calls when it is first touched.
    import twilio.rest.api  # noqa: F401


def _read(call: Any) -> CarrierCall:
    return CarrierCall(
        sid=call.sid,
        status=str(call.status),
        from_number=getattr(call, "_from", "") or "",
        to_number=call.to or "",
        created=call.date_created,
    )


async def _carried_out(request: Awaitable[Any]) -> Any:
    try:
        return await request
    except TwilioRestException as error:
        raise _refusal(error.status, error.code) from error
    except (ClientError, TimeoutError) as error:
        raise CarrierError(
            "运营商没有应答。", code="carrier_silent", retry=False, unsure=True
        ) from error
    except TwilioException as error:
        # A list that fails carries its response as the second argument and no code.
        response = error.args[1] if len(error.args) > 1 else None
        status = getattr(response, "status_code", None)
        if isinstance(status, int) and status >= 400:
            raise _refusal(status, 0) from error
        raise _nonsense() from error
    except ValueError as error:
        raise _nonsense() from error


def _nonsense() -> CarrierError:
    return CarrierError("运营商的答复看不懂。", code="carrier_nonsense", retry=False, unsure=True)


def _refusal(status: int, code: int) -> CarrierError:
    if status == _TOO_MANY:
        return CarrierError("运营商要求放慢。", code="carrier_busy", retry=True)
    if status >= 500:
        return CarrierError("运营商内部出错。", code="carrier_failed", retry=False, unsure=True)
    if code == _NOT_LIVE:
        return CarrierError("通话已经结束。", code="carrier_not_live", retry=False)
    if status == _NOT_FOUND:
        return CarrierError("运营商没有这个通话。", code="carrier_not_found", retry=False)
    if status in (401, 403):
        return CarrierError("运营商不认账号或令牌。", code="carrier_denied", retry=False)
    return CarrierError("运营商不接受这个请求。", code="carrier_refused", retry=False)
