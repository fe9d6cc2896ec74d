"""The library's HTTP client, with a limit of time that holds."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import encode_basic_auth
from twilio.http.async_http_client import AsyncTwilioHttpClient


class TimedHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The library's client with the timeout it takes and forgets (twilio-python #925)."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Any:
        """Send a request; raises `TimeoutError` when the limit passes."""
        sent = dict(headers or {})
        if auth is not None:
            # The library's own way of signing in is deprecated in aiohttp.
            sent["Authorization"] = encode_basic_auth(*auth)
        async with asyncio.timeout(timeout or self._seconds):
            return await super().request(
                method, url, params, data, sent, allow_redirects=allow_redirects
            )
