"""Pushes scores to an assessment platform: signed, idempotent, answered by a receipt."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from backend.kernel.canonical import to_bytes
from backend.kernel.errors import Invalid, Unavailable

SIGNATURE_HEADER = "X-Fatong-Signature"
KEY_HEADER = "Idempotency-Key"
_SECONDS = 10
_ACCEPTED = (200, 201)
_TRY_AGAIN = 500


class Receipt(BaseModel):
    """What the platform answers: its number, and the digest it has taken."""

    receipt: str = Field(min_length=1, max_length=80)
    digest: str


def sign(secret: str, body: bytes) -> str:
    """HMAC-SHA256 over the body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class HttpAssessment:
    """`Assessment` over HTTP."""

    def __init__(self, url: str, secret: str, *, seconds: float = _SECONDS) -> None:
        self._url = url
        self._secret = secret
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def push(self, body: Mapping[str, Any], *, key: str) -> str:
        """Deliver one score; returns the receipt."""
        data = to_bytes(body)
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: sign(self._secret, data),
            KEY_HEADER: key,
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(self._url, data=data, headers=headers) as response,
            ):
                if response.status >= _TRY_AGAIN:
                    raise Unavailable("考核平台暂时不能接收。", code="assessment_down")
                text = await response.text()
                if response.status not in _ACCEPTED:
                    raise Invalid(f"考核平台拒收（{response.status}）。", code="assessment_refused")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable("考核平台连接不上。", code="assessment_down") from error
        try:
            receipt = Receipt.model_validate_json(text)
        except ValidationError as error:
            raise Unavailable("考核平台的回执读不懂。", code="assessment_nonsense") from error
        if receipt.digest != body["digest"]:
            raise Unavailable("考核平台的回执对不上。", code="assessment_mismatch")
        return receipt.receipt
