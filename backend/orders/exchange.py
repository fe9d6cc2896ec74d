"""What passes between this platform and a 12345-type system: messages, signatures, numbers.

Both sides speak the same contract. A message is canonical JSON; its signature is an HMAC-SHA256
under a shared secret over method, path, time, nonce and the hash of the body, and the reply is
signed over the nonce it answers. Who the citizen is never travels: not the name, not the telephone
number, not the identity number. The case code does, and it opens nothing alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.kernel.errors import Denied, Invalid

TIME_HEADER = "X-Fatong-Timestamp"
NONCE_HEADER = "X-Fatong-Nonce"
SIGNATURE_HEADER = "X-Fatong-Signature"
WINDOW = 300  # seconds a message may be old, or ahead of our clock
LONGEST_TEXT = 2_000

OUT, IN = "out", "in"
# What the other side may say of an order it was given.
STATUSES = {
    "accepted": "已受理",
    "handling": "办理中",
    "replied": "已答复",
    "returned": "退回",
    "closed": "已办结",
}
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")
# A telephone number, an identity number or a bank card, with the blanks people put in.
_PERSONAL = re.compile(r"(?<!\d)(?:\d[ -]?){10,18}[\dXx](?!\d)")


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One order that passed between the two systems; `number` is the other side's.

    `digest` is of the first message, so that a number used again for something else is noticed.
    """

    id: str
    order: str
    case: str
    direction: str
    partner: str
    at: datetime
    number: str = ""
    receipt: str = ""
    digest: str = ""
    status: str = ""
    text: str = field(default="", repr=False)
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """The other system as settings name it; without a secret nothing passes either way."""

    name: str = "12345"
    secret: str = field(default="", repr=False)
    sends: bool = False

    @property
    def receives(self) -> bool:
        """Whether messages from the other side are taken at all."""
        return bool(self.secret)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side answers: its receipt, and its number for the order."""

    receipt: str
    number: str


def digest_of(body: bytes) -> str:
    """SHA-256 of a message, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def sign(secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    """The signature of a message, in hexadecimal."""
    return _mac(secret, method.upper(), path, timestamp, nonce, digest_of(body))


def sign_reply(secret: str, nonce: str, body: bytes) -> str:
    """The signature of the answer to the message that carried `nonce`."""
    return _mac(secret, "reply", nonce, digest_of(body))


def check_message(
    secret: str, method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """Check time and signature of a message; returns its nonce, which may be used once.

    Raises `Denied` that says which of the two is wrong, never how.
    """
    timestamp, nonce = headers.get(TIME_HEADER, ""), headers.get(NONCE_HEADER, "")
    given = headers.get(SIGNATURE_HEADER, "")
    if not timestamp.isascii() or not timestamp.isdigit() or not _NONCE.fullmatch(nonce):
        raise Denied("缺少时间戳或随机数。", code="exchange_unsigned")
    expected = sign(secret, method, path, timestamp, nonce, body)
    if not given.isascii() or not hmac.compare_digest(given, expected):
        raise Denied("签名不对。", code="exchange_signature")
    if abs(now.timestamp() - int(timestamp)) > WINDOW:
        raise Denied("时间戳过期，请校准时钟后用新的随机数重发。", code="exchange_stale")
    return nonce


def check_text(text: str) -> str:
    """The words that go over; raises `Invalid` where they name a number of a person."""
    words = text.strip()
    if not words:
        raise Invalid("请写一段转给对方的事由。", where="text")
    if len(words) > LONGEST_TEXT:
        raise Invalid(f"事由不能超过{LONGEST_TEXT}字。", where="text")
    if _PERSONAL.search(words):
        raise Invalid(
            "事由里有电话、身份证或账号，请去掉；需要联系群众时由本平台联系。",
            where="text",
            code="personal_data",
        )
    return words


def _mac(secret: str, *parts: str) -> str:
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def path_of(url: str) -> str:
    """The path of an address as it is signed."""
    return "/" + url.split("://", 1)[-1].partition("/")[2].partition("?")[0]


def message_of(order: Any, case_code: str, text: Any) -> dict[str, Any]:
    """An order as it goes over; `text` is what the dispatcher wrote for the other side."""
    return {
        "number": order.number,
        "case_code": case_code,
        "kind": order.kind,
        "matter": order.matter,
        "region": order.region,
        "urgent": order.urgent,
        "opened_at": order.opened_at,
        "due": order.citizen_due,
        "text": text,
    }
