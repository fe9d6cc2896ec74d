"""Signatures and idempotency keys of webhooks."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from channels.hotline.signature import idempotency_key, public_url, read_form, signed_by

FORM = "application/x-www-form-urlencoded"
# The example of Twilio's documentation.
DOC_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
DOC_FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
DOC_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_documented_vector_is_accepted() -> None:
    body = urlencode(DOC_FORM).encode()
    assert signed_by("12345", DOC_URL, body, DOC_SIGNATURE, FORM)
    assert signed_by("12345", DOC_URL, body, DOC_SIGNATURE, f"{FORM}; charset=utf-8")


@pytest.mark.parametrize(
    ("token", "url", "form", "signature"),
    [
        ("12346", DOC_URL, DOC_FORM, DOC_SIGNATURE),
        ("12345", DOC_URL + "3", DOC_FORM, DOC_SIGNATURE),
        ("12345", DOC_URL.replace("https", "http"), DOC_FORM, DOC_SIGNATURE),
        ("12345", DOC_URL, DOC_FORM | {"Digits": "1235"}, DOC_SIGNATURE),
        ("12345", DOC_URL, DOC_FORM, None),
        ("12345", DOC_URL, DOC_FORM, ""),
        ("12345", DOC_URL, DOC_FORM, DOC_SIGNATURE[:-1]),
        ("12345", DOC_URL, DOC_FORM, "签名"),
    ],
)
def test_anything_changed_is_refused(token, url, form, signature) -> None:
    assert not signed_by(token, url, urlencode(form).encode(), signature, FORM)


@pytest.mark.parametrize("signed_url", ["https://a.cn/x?y=1", "https://a.cn:443/x?y=1"])
@pytest.mark.parametrize("seen_url", ["https://a.cn/x?y=1", "https://a.cn:443/x?y=1"])
def test_a_default_port_does_not_matter(signed_url: str, seen_url: str) -> None:
    signature = RequestValidator("t").compute_signature(signed_url, {"a": "1"})
    assert signed_by("t", seen_url, b"a=1", signature, FORM)


def test_another_port_matters() -> None:
    signature = RequestValidator("t").compute_signature("https://a.cn:8443/x", {})
    assert signed_by("t", "https://a.cn:8443/x", b"", signature, FORM)
    assert not signed_by("t", "https://a.cn/x", b"", signature, FORM)


def test_repeated_keys_are_signed_with_every_value() -> None:
    form = MultiDict([("Event", "b"), ("Event", "a"), ("Event", "b"), ("X", "1")])
    signature = RequestValidator("t").compute_signature("https://a.cn/x", form)
    body = b"Event=b&Event=a&Event=b&X=1"
    assert signed_by("t", "https://a.cn/x", body, signature, FORM)
    assert not signed_by("t", "https://a.cn/x", b"Event=b&X=1", signature, FORM)


def test_a_json_body_must_be_covered_by_its_hash() -> None:
    body = '{"a": "法"}'.encode()
    digest = hashlib.sha256(body).hexdigest()
    url = f"https://a.cn/x?bodySHA256={digest}"
    signature = RequestValidator("t").compute_signature(url, {})
    assert signed_by("t", url, body, signature, "application/json")
    assert not signed_by("t", url, body + b" ", signature, "application/json")
    bare = RequestValidator("t").compute_signature("https://a.cn/x", {})
    assert not signed_by("t", "https://a.cn/x", body, bare, "application/json")


def test_bytes_that_are_no_utf8_are_verified_as_they_were_sent() -> None:
    url, body = "https://a.cn/x", b"CallSid=CA1&SpeechResult=%FF%FE%B9%A4"
    signed = url.encode() + b"CallSidCA1" + b"SpeechResult\xff\xfe\xb9\xa4"
    signature = b64encode(hmac.new(b"t", signed, hashlib.sha1).digest()).decode()
    assert signed_by("t", url, body, signature, FORM)
    assert not signed_by("t", url, body + b"%FF", signature, FORM)
    assert read_form(body)["SpeechResult"].startswith("\ufffd")


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=60))
def test_rubbish_is_refused_and_never_raises(body: bytes, signature: str, kind: str) -> None:
    assert not signed_by("t", "https://a.cn/x", body, signature, kind)
    assert not signed_by("t", "https://a.cn/x", body, signature, FORM)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=30), max_size=6))
def test_forms_are_read_as_they_were_written(form: dict[str, str]) -> None:
    assert dict(read_form(urlencode(form).encode())) == form


def test_the_public_address_is_the_configured_one() -> None:
    assert public_url("https://a.cn/", "/hotline/voice?x=%E6") == "https://a.cn/hotline/voice?x=%E6"


def test_the_same_delivery_has_the_same_key_and_another_event_another() -> None:
    form = MultiDict({"CallSid": "CA1", "Digits": "0"})
    path = "/hotline/voice/ask?turn=1"
    token = {"I-Twilio-Idempotency-Token": "abc"}
    assert idempotency_key(token, path, form) == idempotency_key(token, "/other", MultiDict())
    first = idempotency_key({}, path, form)
    assert first == idempotency_key({}, path, MultiDict(form))
    assert first != idempotency_key({}, "/hotline/voice/ask?turn=2", form)
    assert first != idempotency_key({}, path, MultiDict({"CallSid": "CA1", "Digits": "1"}))
    assert first != idempotency_key(token, path, form)
