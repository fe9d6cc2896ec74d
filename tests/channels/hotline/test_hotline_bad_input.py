"""What must not break the line, sent as bytes over the wire."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientSession
from twilio.request_validator import RequestValidator

from channels.hotline import menu

TOKEN = "a-token-of-this-test"
CALL = "CA" + "0" * 32
FORM = {"CallSid": CALL, "CallStatus": "in-progress", "From": "+8613800000001", "To": "12348"}
TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def sign_bytes(url: str, form: dict[str, bytes]) -> str:
    """Sign a form as a carrier does that holds bytes."""
    signed = url.encode() + b"".join(name.encode() + form[name] for name in sorted(form))
    return b64encode(hmac.new(TOKEN.encode(), signed, hashlib.sha1).digest()).decode()


async def post(wire, path: str, body: bytes, signature: str | None, **headers: str):
    """Send a webhook; returns status and document."""
    sent = TYPE | ({"X-Twilio-Signature": signature} if signature else {}) | headers
    url = wire.platform.base + path
    async with ClientSession() as session, session.post(url, data=body, headers=sent) as reply:
        return reply.status, await reply.text()


async def send(wire, path: str, extra: dict[str, str] | None = None):
    """Send a well signed webhook."""
    form = FORM | (extra or {})
    signature = RequestValidator(TOKEN).compute_signature(wire.platform.base + path, form)
    return await post(wire, path, urlencode(form).encode(), signature)


@pytest.mark.parametrize("signature", [None, "", "wrong", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
async def test_a_wrong_or_missing_signature_is_refused_and_nothing_is_stored(
    wire, signature
) -> None:
    status, text = await post(wire, "/hotline/voice", urlencode(FORM).encode(), signature)
    assert (status, text) == (403, "")
    assert wire.platform.services == {}


async def test_a_forwarded_host_does_not_help(wire) -> None:
    url = "https://evil.example/hotline/voice"
    signature = RequestValidator(TOKEN).compute_signature(url, FORM)
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    status, _ = await post(wire, "/hotline/voice", urlencode(FORM).encode(), signature, **headers)
    assert status == 403


async def test_a_json_body_without_its_hash_is_refused(wire) -> None:
    signature = RequestValidator(TOKEN).compute_signature(wire.platform.base + "/hotline/voice", {})
    headers = {"Content-Type": "application/json"}
    status, _ = await post(wire, "/hotline/voice", b'{"CallSid": "x"}', signature, **headers)
    assert status == 403


async def test_a_repeated_webhook_gets_the_same_document_and_is_one_call(wire) -> None:
    first = await send(wire, "/hotline/voice/ask?turn=1", {"SpeechResult": "拖欠工资"})
    again = await send(wire, "/hotline/voice/ask?turn=1", {"SpeechResult": "拖欠工资"})
    assert first == again
    assert wire.platform.only.asked == ["拖欠工资"]
    assert wire.platform.repeated == 1


@pytest.mark.parametrize(
    "extra",
    [
        {"SpeechResult": "", "Confidence": "0"},
        {"SpeechResult": "拖" * 10_000, "Confidence": "0.9"},
        {"SpeechResult": "\ufffd\ufffd", "Confidence": "nan"},
        {"Digits": "8675309", "Confidence": "x"},
        {"Digits": "＃＊"},
        {"Digits": "1' OR 1=1"},
        {},
    ],
)
async def test_garbage_is_asked_once_more_and_then_a_person_comes(wire, extra) -> None:
    status, text = await send(wire, "/hotline/voice/ask?turn=1", extra)
    assert status == 200
    assert menu.AGAIN in text
    status, text = await send(wire, "/hotline/voice/ask?turn=2&misses=1", extra)
    assert status == 200
    assert menu.TO_PERSON in text
    assert len(wire.platform.only.persons) == 1


async def test_broken_utf8_is_asked_once_more(wire) -> None:
    raw = "我想问".encode("gb18030")
    path = "/hotline/voice/ask?turn=1"
    form = {name: value.encode() for name, value in FORM.items()} | {"SpeechResult": raw}
    body = "&".join(f"{name}={quote(value)}" for name, value in form.items()).encode()
    signature = sign_bytes(wire.platform.base + path, form)
    status, text = await post(wire, path, body, signature)
    assert status == 200
    assert menu.AGAIN in text
    assert wire.platform.only.asked == []


async def test_raw_bytes_in_the_body_are_no_error(wire) -> None:
    path = "/hotline/voice/ask?turn=1"
    form = {name: value.encode() for name, value in FORM.items()} | {"SpeechResult": b"\xff\xfe"}
    body = b"&".join(
        name.encode() + b"=" + value.replace(b"+", b"%2B") for name, value in form.items()
    )
    status, text = await post(wire, path, body, sign_bytes(wire.platform.base + path, form))
    assert status == 200
    assert menu.AGAIN in text
