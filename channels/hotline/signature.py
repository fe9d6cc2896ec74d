"""Who sent a webhook, what it says, and whether we have seen it: checked before anything else.

The signature covers the public address as the carrier was given it, so it is rebuilt from settings
and never from forwarded headers, which anyone can send.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from multidict import MultiDict, MultiMapping
from twilio.request_validator import RequestValidator

SIGNATURE_HEADER = "X-Twilio-Signature"
DELIVERY_HEADER = "I-Twilio-Idempotency-Token"
FORM_LIMIT = 256 * 1024  # bytes; a webhook is below 3 kB, 10,000 spoken characters are 90 kB


def public_url(base: str, path_and_query: str) -> str:
    """The address the carrier signed: the configured base and the path as requested."""
    return base.rstrip("/") + path_and_query


def read_form(body: bytes) -> MultiDict[str]:
    """Read an urlencoded form; bytes that are not UTF-8 become U+FFFD, repeated keys are kept."""
    form: MultiDict[str] = MultiDict()
    for name, value in _pairs(body):
        form.add(name.decode("utf-8", "replace"), value.decode("utf-8", "replace"))
    return form


def signed_by(token: str, url: str, body: bytes, signature: str | None, content_type: str) -> bool:
    """Whether a request to `url` with this body carries the carrier's signature.

    A body that is no form must be covered by `bodySHA256` in the address. Never raises.
    """
    if not signature or not signature.isascii():
        return False
    if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        expected = [*_of_form(token, url, read_form(body)), _of_bytes(token, url, body)]
        return _any_equal(expected, signature)
    if body:
        covered = _query_value(url, "bodySHA256")
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), covered.lower()):
            return False
    return _any_equal(_of_form(token, url, MultiDict()), signature)


def idempotency_key(
    headers: Mapping[str, str], path_and_query: str, form: MultiMapping[str]
) -> str:
    """A name for this event: the same for every delivery of it, another for every other event.

    The carrier's own token where it sends one; else a hash of the call, the place (whose `turn`
    tells two silences apart) and what was heard.
    """
    token = headers.get(DELIVERY_HEADER, "").strip()
    if token:
        return f"hotline:token:{hashlib.sha256(token.encode()).hexdigest()}"
    names = ("CallSid", "CallStatus", "SequenceNumber", "Digits", "SpeechResult", "DialCallStatus")
    parts = [path_and_query, *(form.get(name, "") for name in names)]
    return f"hotline:event:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"


def _of_form(token: str, url: str, form: MultiMapping[str]) -> list[str]:
    validator = RequestValidator(token)
    return [validator.compute_signature(form_url, form) for form_url in _with_and_without_port(url)]


def _of_bytes(token: str, url: str, body: bytes) -> str:
    # The library signs text; a form that is not UTF-8 was signed over the bytes themselves.
    values: dict[bytes, set[bytes]] = {}
    for name, value in _pairs(body):
        values.setdefault(name, set()).add(value)
    signed = url.encode() + b"".join(
        name + value for name in sorted(values) for value in sorted(values[name])
    )
    return b64encode(hmac.new(token.encode(), signed, hashlib.sha1).digest()).decode()


def _with_and_without_port(url: str) -> tuple[str, ...]:
    # Carriers differ in whether a default port is part of what they sign.
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    name, colon, port = host.rpartition(":")
    default = "443" if scheme in ("https", "wss") else "80"
    if colon and port.isdecimal():
        return (url, f"{scheme}://{name}{slash}{path}") if port == default else (url,)
    return (url, f"{scheme}://{host}:{default}{slash}{path}")


def _any_equal(expected: list[str], signature: str) -> bool:
    matches = [hmac.compare_digest(one, signature) for one in expected]
    return any(matches)


def _pairs(body: bytes) -> list[tuple[bytes, bytes]]:
    pairs = []
    for piece in body.split(b"&"):
        if piece:
            name, _, value = piece.replace(b"+", b" ").partition(b"=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def _query_value(url: str, name: str) -> str:
    query = url.partition("?")[2]
    for piece in query.split("&"):
        key, _, value = piece.partition("=")
        if key == name:
            return value
    return ""
