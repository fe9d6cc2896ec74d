"""Sending to a 12345-type system: the same message gives the same receipt; twin and HTTP."""

from __future__ import annotations

import pytest

from backend.kernel.errors import Invalid, Unavailable
from backend.orders.adapters.exchange_http import HttpOtherSystem
from backend.orders.ports import NoOtherSystem
from tests.support.exchange_peer import ExchangePeer

SECRET = "a-secret-of-this-test"
ORDER = {"number": "2612345678-1", "case_code": "2612345678", "text": "路灯不亮"}


@pytest.fixture
async def remote():
    peer = ExchangePeer(SECRET)
    server = peer.server()
    await server.start_server()
    yield peer, str(server.make_url("/api"))
    await server.close()


@pytest.fixture(params=["twin", "http"])
def other(request, remote):
    return NoOtherSystem() if request.param == "twin" else HttpOtherSystem(remote[1], SECRET)


async def test_the_same_number_gives_the_same_receipt(other) -> None:
    first = await other.send("/orders", ORDER)
    assert first.receipt
    assert first.number
    assert await other.send("/orders", ORDER) == first
    assert await other.send("/orders", {**ORDER, "number": "2612345678-2"}) != first


async def test_every_delivery_has_a_nonce_of_its_own(remote) -> None:
    peer, url = remote
    for _ in range(3):
        await HttpOtherSystem(url, SECRET).send("/orders", ORDER)
    assert (len(peer.nonces), len(peer.orders), peer.replayed) == (3, 1, 0)


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("down", "exchange_down"),
        ("nonsense", "exchange_nonsense"),
        ("other", "exchange_mismatch"),
        ("forging", "exchange_forged"),
    ],
)
async def test_what_may_pass_is_tried_again(remote, mood, code) -> None:
    peer, url = remote
    peer.mood = mood
    with pytest.raises(Unavailable) as refusal:
        await HttpOtherSystem(url, SECRET).send("/orders", ORDER)
    assert (refusal.value.code, refusal.value.retry) == (code, True)


async def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(Unavailable):
        await HttpOtherSystem("http://127.0.0.1:1/api", SECRET).send("/orders", ORDER)


async def test_a_refusal_is_final(remote) -> None:
    peer, url = remote
    peer.mood = "refusing"
    with pytest.raises(Invalid) as refusal:
        await HttpOtherSystem(url, SECRET).send("/orders", ORDER)
    assert refusal.value.retry is False


async def test_a_wrong_secret_is_refused_by_the_other_side(remote) -> None:
    peer, url = remote
    with pytest.raises(Invalid):
        await HttpOtherSystem(url, "another").send("/orders", ORDER)
    assert (peer.forged, peer.orders) == (1, {})
