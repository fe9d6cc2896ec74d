"""Speaks to a 12345-type system over HTTP: signed both ways, answered by a receipt."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from backend.kernel.canonical import to_bytes
from backend.kernel.errors import Invalid, Unavailable
from backend.orders.exchange import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Receipt,
    digest_of,
    path_of,
    sign,
    sign_reply,
)

_SECONDS = 10
_ACCEPTED = (200, 201)
_TRY_AGAIN = 500
# Our clock or a nonce that was seen: the next try carries new ones.
_NEW_TRY = {"exchange_stale", "exchange_replayed"}


class Answer(BaseModel):
    """What the other side answers to a message."""

    receipt: str = Field(min_length=1, max_length=80)
    number: str = Field(min_length=1, max_length=60)
    digest: str


class HttpOtherSystem:
    """`OtherSystem` over HTTP; `url` is where the other side's contract begins."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        seconds: float = _SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._clock = clock

    async def send(self, path: str, body: Mapping[str, Any]) -> Receipt:
        """Deliver one message under a new time and nonce; check who answered, and to what."""
        data, nonce = to_bytes(body), secrets.token_urlsafe(18)
        timestamp = str(int(self._clock()))
        address = self._url + path
        headers = {
            "Content-Type": "application/json",
            TIME_HEADER: timestamp,
            NONCE_HEADER: nonce,
            SIGNATURE_HEADER: sign(self._secret, "POST", path_of(address), timestamp, nonce, data),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(address, data=data, headers=headers) as response,
            ):
                status, text = response.status, await response.read()
                signature = response.headers.get(SIGNATURE_HEADER, "")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("对方系统连接不上。", code="exchange_down") from error
        if status >= _TRY_AGAIN or any(code.encode() in text for code in _NEW_TRY):
            raise Unavailable("对方系统暂时不能接收。", code="exchange_down")
        if status not in _ACCEPTED:
            raise Invalid(f"对方系统拒收（{status}）。", code="exchange_refused")
        if not signature.isascii() or not hmac.compare_digest(
            signature, sign_reply(self._secret, nonce, text)
        ):
            raise Unavailable("回执的签名不对，不能当真。", code="exchange_forged")
        return _read(text, data)


def _read(text: bytes, sent: bytes) -> Receipt:
    try:
        answer = Answer.model_validate_json(text)
    except ValidationError as error:
        raise Unavailable("对方系统的回执读不懂。", code="exchange_nonsense") from error
    if answer.digest != digest_of(sent):
        raise Unavailable("回执对不上所发的内容。", code="exchange_mismatch")
    return Receipt(answer.receipt, answer.number)
