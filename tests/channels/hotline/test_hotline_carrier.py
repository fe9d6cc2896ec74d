"""Our calls to a carrier, against the simulator's REST interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from backend.kernel.errors import Invalid, Unavailable
from channels.hotline.adapters.call_control import TwilioCallControl
from channels.hotline.adapters.carrier import CarrierError, open_carrier
from channels.hotline.adapters.short_messages import TwilioShortMessages
from channels.hotline.simulator.config import ACCOUNT_SID, Faults
from channels.hotline.twiml import PublicAddresses

TOKEN = "a-token-of-this-test"
CITIZEN = "+8613800000001"


@pytest.fixture
async def carriers() -> AsyncIterator:
    """Opens carriers that are closed after the test."""
    opened = []

    async def make(url: str, token: str = TOKEN, seconds: float = 5.0):
        context = open_carrier(
            account_sid=ACCOUNT_SID, auth_token=token, number="12348", base_url=url, seconds=seconds
        )
        opened.append(context)
        return await context.__aenter__()

    yield make
    for context in opened:
        await context.__aexit__(None, None, None)


@pytest.fixture
async def answers() -> AsyncIterator:
    """Starts carriers that answer every request in one way."""
    servers = []

    async def make(handler):
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", handler)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url(""))

    yield make
    for server in servers:
        await server.close()


async def test_a_call_is_made_redirected_and_ended(wire, carriers) -> None:
    carrier = await carriers(wire.carrier_url)
    caller = wire.caller()
    url = f"{wire.platform.base}/hotline/voice"
    made = await carrier.call(CITIZEN, url, status_url=f"{wire.platform.base}/hotline/status")
    assert (made.from_number, made.to_number) == ("12348", CITIZEN)
    await caller.answer()
    await caller.hear()
    assert caller.call.sid == made.sid
    assert [call.sid for call in await carrier.live()] == [made.sid]
    wire.platform.services[made.sid].state = "ended"
    assert await carrier.redirect(made.sid, f"{url}/talk?turn=7") is True
    await caller.wait_for("再见")
    await caller.ended()
    assert await carrier.redirect(made.sid, url) is False
    await carrier.hang_up(made.sid)
    found = await carrier.get(made.sid)
    assert found is not None
    assert found.status == "completed"
    assert await carrier.live() == []


async def test_hanging_up_ends_the_call_on_the_handset(wire, carriers) -> None:
    carrier = await carriers(wire.carrier_url)
    caller = wire.caller()
    await caller.dial()
    await carrier.hang_up(caller.call.sid)
    assert await caller.ended() == "completed"


async def test_an_unknown_call_is_none_and_needs_no_hanging_up(wire, carriers) -> None:
    carrier = await carriers(wire.carrier_url)
    unknown = "CA" + "f" * 32
    assert await carrier.get(unknown) is None
    assert await carrier.redirect(unknown, "http://a.cn") is False
    await carrier.hang_up(unknown)


async def test_calls_are_found_by_number_and_moment(wire, carriers) -> None:
    carrier = await carriers(wire.carrier_url)
    began = datetime.now(UTC)
    made = await carrier.call(CITIZEN, "http://127.0.0.1:1/x", status_url="http://127.0.0.1:1/s")
    assert [call.sid for call in await carrier.find(CITIZEN, began)] == [made.sid]
    assert await carrier.find("+8613800000002", began) == []
    assert await carrier.find(CITIZEN, began + timedelta(minutes=1)) == []


async def test_a_message_is_seen_on_the_handset_and_nowhere_else(wire, carriers) -> None:
    sms = TwilioShortMessages(await carriers(wire.carrier_url))
    caller, other = wire.caller(), wire.caller("+8613800000002")
    await sms.send(CITIZEN, "您的查询码是135790")
    assert [message.body for message in caller.messages] == ["您的查询码是135790"]
    assert other.messages == []
    late = wire.caller()
    assert len(late.messages) == 1


async def test_a_wrong_token_is_denied_and_not_tried_again(wire, carriers) -> None:
    carrier = await carriers(wire.carrier_url, token="wrong")
    with pytest.raises(CarrierError) as caught:
        await carrier.live()
    assert (caught.value.code, caught.value.retry) == ("carrier_denied", False)
    with pytest.raises(Invalid):
        await TwilioShortMessages(carrier).send(CITIZEN, "x")


async def test_a_silent_carrier_ends_in_an_error_within_the_limit(carriers, answers) -> None:
    import asyncio

    release = asyncio.Event()

    async def never(_):
        await release.wait()
        return web.Response()

    carrier = await carriers(await answers(never), seconds=0.2)
    began = asyncio.get_running_loop().time()
    with pytest.raises(CarrierError) as caught:
        await carrier.call(CITIZEN, "http://a.cn", status_url="http://a.cn")
    release.set()
    assert asyncio.get_running_loop().time() - began < 2
    assert (caught.value.code, caught.value.unsure) == ("carrier_silent", True)


@pytest.mark.parametrize(
    ("status", "text", "code", "retry", "unsure"),
    [
        (429, '{"code": 20429, "message": "slow"}', "carrier_busy", True, False),
        (500, '{"code": 20500, "message": "x"}', "carrier_failed", False, True),
        (400, '{"code": 21211, "message": "To"}', "carrier_refused", False, False),
        (201, "<html>", "carrier_nonsense", False, True),
    ],
)
async def test_each_refusal_says_whether_to_try_again(
    carriers, answers, status, text, code, retry, unsure
) -> None:
    async def refuse(_):
        return web.Response(status=status, text=text, content_type="application/json")

    carrier = await carriers(await answers(refuse))
    with pytest.raises(CarrierError) as caught:
        await carrier.call(CITIZEN, "http://a.cn", status_url="http://a.cn")
    assert (caught.value.code, caught.value.retry, caught.value.unsure) == (code, retry, unsure)
    with pytest.raises(Unavailable if retry else (CarrierError, Invalid)):
        await TwilioShortMessages(carrier).send(CITIZEN, "x")


async def test_a_carrier_that_is_not_there_is_an_error(carriers) -> None:
    carrier = await carriers("http://127.0.0.1:1")
    with pytest.raises(CarrierError, match="没有应答"):
        await carrier.live()


async def test_a_call_that_was_made_though_the_carrier_failed_is_found_again(
    make_wire, carriers
) -> None:
    wire = await make_wire(faults=Faults(rest_lost=1.0))
    calls = TwilioCallControl(
        await carriers(wire.carrier_url), PublicAddresses(wire.platform.base), settle=0.01
    )
    sid = await calls.dial(to=CITIZEN, contact="c1")
    assert list(wire.exchange.calls) == [sid]
    assert await calls.dial(to=CITIZEN, contact="c1") == sid
    assert list(wire.exchange.calls) == [sid]


async def test_a_call_that_was_not_made_may_be_tried_again(make_wire, carriers) -> None:
    wire = await make_wire(faults=Faults(rest_error=1.0))
    calls = TwilioCallControl(
        await carriers(wire.carrier_url), PublicAddresses(wire.platform.base), settle=0.01
    )
    with pytest.raises(Unavailable):
        await calls.dial(to=CITIZEN, contact="c1")
    assert not wire.exchange.calls


async def test_status_callbacks_come_signed_and_numbered(wire, carriers) -> None:
    carrier = await carriers(wire.carrier_url)
    caller = wire.caller()
    status_url = f"{wire.platform.base}/hotline/status"
    url = f"{wire.platform.base}/hotline/voice"
    await carrier.call(CITIZEN, url, status_url=status_url)
    await caller.answer()
    await caller.hang_up()
    await wire.exchange.webhooks.close()
    assert caller.call.sequence == 4
    assert wire.platform.refused == 0


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"To": CITIZEN, "From": "12348"}, 400),
        ({"To": CITIZEN, "From": "1", "Url": "http://a.cn", "Timeout": "x"}, 400),
        ({"To": CITIZEN, "From": "1", "Url": "http://a.cn", "StatusCallbackEvent": "x"}, 400),
    ],
)
async def test_a_wrong_request_is_refused_with_a_code(wire, form, status) -> None:
    from aiohttp import encode_basic_auth

    url = f"{wire.carrier_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
    headers = {"Authorization": encode_basic_auth(ACCOUNT_SID, TOKEN)}
    async with ClientSession() as session:
        async with session.post(url, data=form, headers=headers) as reply:
            assert reply.status == status
            assert (await reply.json())["code"] > 20000
        async with session.post(url, data=form) as reply:
            assert reply.status == 401
