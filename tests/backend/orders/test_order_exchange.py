"""Orders out to a 12345-type system and in from it, with a reference peer on the other side."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cases import service as cases
from backend.cli.serving import listen
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.orders import exchanging
from backend.orders import service as orders
from backend.orders.exchange import Exchanged
from backend.orders.model import Order, OrderState
from backend.orders.ports import Exchanges, Orders
from tests.support.exchange_peer import ExchangePeer
from tests.support.house import CHIFENG, logged, settings_for, sqlite_template, sqlite_url, staff
from tests.support.servers import free_port
from tests.support.small_knowledge import SmallKnowledge

__all__ = ["logged", "sqlite_template", "sqlite_url"]
SECRET = "a-secret-both-sides-know"
DISPATCHER = staff("dispatcher")
INCOMING = {"number": "HZ-77", "text": "小区电梯停了三天", "region": "150402", "kind": "request"}


@dataclass
class World:
    platform: Platform
    peer: ExchangePeer

    @property
    def address(self) -> str:
        return self.platform.settings.address

    async def open(self, **changes: Any) -> Order:
        async with self.platform.units(DISPATCHER, "desk") as uow:
            person = await cases.person_at(uow, "+8613800005678")
            case = await cases.open_case(uow, person=person, region=CHIFENG)
            return await orders.open_order(uow, case, title="张三家楼上漏水", **changes)

    async def pass_on(self, order: Order, text: str = "楼上漏水，请协调") -> Order:
        async with self.platform.units(DISPATCHER, "desk") as uow:
            return await exchanging.pass_on(uow, order.id, text)

    async def look(self, order: Order) -> tuple[Order, list[Exchanged]]:
        async with self.platform.units(SYSTEM, read_only=True) as uow:
            found = await uow.get(Orders).by_id(order.id)
            assert found is not None
            return found, await uow.get(Exchanges).of_order(order.id)

    async def all_open(self) -> list[Order]:
        async with self.platform.units(DISPATCHER, read_only=True) as uow:
            return await uow.get(Orders).visible_to(DISPATCHER, limit=50)

    async def status(self, order: Order, **message: str) -> tuple[int, dict[str, Any]]:
        url = f"{self.address}/exchange/orders/{order.number}/status"
        return await self.peer.send(url, {"number": order.number, **message})


@pytest.fixture
async def world(tmp_path, sqlite_url):
    peer = ExchangePeer(SECRET)
    server = peer.server()
    await server.start_server()
    settings = settings_for(
        tmp_path / "data",
        sqlite_url,
        port=free_port(),
        exchange_url=str(server.make_url("/api")),
        exchange_secret=SECRET,
    )
    platform = await bootstrap.build(settings, knowledge=SmallKnowledge())
    runner = await listen(platform.application, settings.host, settings.port)
    yield World(platform, peer)
    await runner.cleanup()
    await platform.close()
    await server.close()


async def test_an_order_goes_out_and_its_receipt_is_kept(world: World) -> None:
    order = await world.open()
    passed = await world.pass_on(order)
    assert passed.state is OrderState.PASSED_ON
    assert passed.citizen_due == order.citizen_due
    await world.platform.worker.round()
    _, [item] = await world.look(order)
    assert (item.number, item.receipt, item.status) == ("HZ00001", "R-HZ00001", "sent")
    sent = world.peer.orders[order.number]
    assert sent["case_code"] == order.number.split("-")[0]
    assert sent["text"] == "楼上漏水，请协调"


async def test_nothing_of_the_person_goes_over(world: World) -> None:
    order = await world.open()
    with pytest.raises(Invalid) as refusal:
        await world.pass_on(order, "请打13800005678联系")
    assert refusal.value.code == "personal_data"
    await world.pass_on(order)
    await world.platform.worker.round()
    [body] = world.peer.bodies
    for secret in ("张三", "13800005678", order.person):
        assert secret not in body.decode()


async def test_a_confidential_order_never_leaves(world: World) -> None:
    order = await world.open(confidential=True)
    with pytest.raises(Conflict) as refusal:
        await world.pass_on(order)
    assert refusal.value.code == "confidential"
    await world.platform.worker.round()
    assert world.peer.bodies == []


async def test_without_the_other_side_it_waits_and_is_tried_again(world: World) -> None:
    world.peer.mood = "down"
    order = await world.open()
    await world.pass_on(order)
    await world.platform.worker.round()
    assert (await world.look(order))[1][0].receipt == ""
    world.peer.mood = "well"
    async with world.platform.units(SYSTEM) as uow:
        await uow.connection.exec_driver_sql("UPDATE outbox SET due_at = made_at")
    await world.platform.worker.round()
    assert (await world.look(order))[1][0].receipt == "R-HZ00001"


async def test_what_the_other_side_says_moves_the_order(world: World) -> None:
    order = await world.open()
    await world.pass_on(order)
    await world.platform.worker.round()
    status, answer = await world.status(order, status="accepted")
    assert (status, answer["case_code"]) == (200, order.number.split("-")[0])
    assert (await world.look(order))[0].handle_due is not None
    assert (await world.status(order, status="replied", text="已修好"))[0] == 200
    replied, [item] = await world.look(order)
    assert (replied.state, replied.reply, item.status) == (OrderState.REPLIED, "已修好", "replied")
    again = await world.status(order, status="replied", text="另一段话")
    assert again[0] == 200
    assert (await world.look(order))[0].reply == "已修好"
    async with world.platform.units(DISPATCHER, "desk") as uow:
        redone = await orders.follow_up(uow, order.id, satisfied=1)
    assert redone.state is OrderState.RETURNED


async def test_the_other_side_may_send_it_back(world: World) -> None:
    order = await world.open()
    await world.pass_on(order)
    assert (await world.status(order, status="returned", text="不归我们"))[0] == 200
    back, _ = await world.look(order)
    assert (back.state, back.returns) == (OrderState.RETURNED, 0)
    assert back.citizen_due == order.citizen_due


async def test_an_order_comes_in_once(world: World) -> None:
    url = f"{world.address}/exchange/orders"
    first = await world.peer.send(url, INCOMING)
    assert first[0] == 200
    assert await world.peer.send(url, INCOMING) == first
    [order] = await world.all_open()
    assert order.number.split("-")[0] == first[1]["case_code"]
    assert order.title == "小区电梯停了三天"
    other = await world.peer.send(url, {**INCOMING, "text": "别的事"})
    assert (other[0], other[1]["code"]) == (409, "number_reused")


async def test_one_case_code_on_both_sides(world: World) -> None:
    order = await world.open()
    code = order.number.split("-")[0]
    url = f"{world.address}/exchange/orders"
    status, answer = await world.peer.send(url, {**INCOMING, "case_code": code})
    assert (status, answer["case_code"]) == (200, code)
    assert {item.case for item in await world.all_open()} == {order.case}
    wrong = await world.peer.send(url, {**INCOMING, "number": "HZ-78", "case_code": "2600000001"})
    assert (wrong[0], wrong[1]["where"]) == (422, "case_code")


async def test_the_other_side_hears_what_became_of_its_order(world: World) -> None:
    await world.peer.send(f"{world.address}/exchange/orders", INCOMING)
    [order] = await world.all_open()
    async with world.platform.units(SYSTEM) as uow:
        taken = await uow.get(Orders).by_id(order.id)
        assert taken is not None
        await orders.step(uow, taken, "cancel", "order.cancelled", {}, closed_at=uow.now)
    await world.platform.worker.round()
    await world.platform.worker.round()
    [said] = world.peer.statuses
    assert (said["number"], said["status"]) == ("HZ-77", "closed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": "0" * 64}, "exchange_signature"),
        ({"timestamp": str(int(time.time()) - 1_000)}, "exchange_stale"),
        ({"timestamp": "heute"}, "exchange_unsigned"),
        ({"nonce": "short"}, "exchange_unsigned"),
    ],
)
async def test_what_is_not_signed_now_is_refused(world: World, changes, code) -> None:
    status, answer = await world.peer.send(f"{world.address}/exchange/orders", INCOMING, **changes)
    assert (status, answer["code"]) == (403, code)
    assert await world.all_open() == []


async def test_a_replay_is_refused(world: World) -> None:
    url, nonce = f"{world.address}/exchange/orders", "a-nonce-of-this-test-0001"
    assert (await world.peer.send(url, INCOMING, nonce=nonce))[0] == 200
    status, answer = await world.peer.send(url, INCOMING, nonce=nonce)
    assert (status, answer["code"]) == (403, "exchange_replayed")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"phone": "13800005678"}, "phone"),
        ({"text": "找13800005678的张三"}, "text"),
        ({"text": "  "}, "text"),
        ({"region": "999999"}, "region"),
        ({"kind": "gossip"}, "kind"),
        ({"number": "../etc"}, "number"),
    ],
)
async def test_bad_messages_are_refused_with_the_place(world: World, changes, where) -> None:
    status, answer = await world.peer.send(
        f"{world.address}/exchange/orders", {**INCOMING, **changes}
    )
    assert (status, answer["where"]) == (422, where)
    assert await world.all_open() == []


async def test_without_a_secret_nothing_passes(house) -> None:
    async with house.units(DISPATCHER, "desk") as uow:
        person = await cases.person_at(uow, "")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        order = await orders.open_order(uow, case, title="漏水")
    with pytest.raises(Conflict) as refusal:
        async with house.units(DISPATCHER, "desk") as uow:
            await exchanging.pass_on(uow, order.id, "漏水")
    assert refusal.value.code == "exchange_off"


async def test_without_a_secret_the_addresses_are_not_there(tmp_path, sqlite_url) -> None:
    settings = settings_for(tmp_path / "data", sqlite_url, port=free_port())
    platform = await bootstrap.build(settings, knowledge=SmallKnowledge())
    runner = await listen(platform.application, settings.host, settings.port)
    status, answer = await ExchangePeer("").send(f"{settings.address}/exchange/orders", INCOMING)
    await runner.cleanup()
    await platform.close()
    assert (status, answer["code"]) == (404, "exchange_off")


async def test_only_what_was_passed_on_can_be_reported(world: World) -> None:
    order = await world.open()
    assert (await world.status(order, status="accepted"))[0] == 404
    with pytest.raises(NotFound):
        async with world.platform.units(staff("agent"), "desk") as uow:
            await exchanging.pass_on(uow, order.id, "漏水")
