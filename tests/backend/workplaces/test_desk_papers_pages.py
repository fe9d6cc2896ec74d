"""Over HTTP: notice, receipts and evidence at the desk; an objection at the supervisor's."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from yarl import URL

from backend import bootstrap
from backend.applications import service as applications
from backend.applications.model import State
from backend.applications.ports import Applications
from backend.bootstrap import Platform
from backend.cases import service as cases
from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.cli.serving import listen
from backend.contacts import service as contacts
from backend.contacts.model import ContactState, Door
from backend.contacts.ports import Contacts
from backend.directory import service as directory
from backend.documents.ports import Documents
from backend.identity import service as identity
from backend.identity.ports import Accounts
from backend.kernel.actor import SYSTEM
from backend.orders import service as orders
from tests.support.house import BODIES, logged, settings_for, sqlite_template, sqlite_url, staff
from tests.support.servers import free_port
from tests.support.small_knowledge import SmallKnowledge

__all__ = ["logged", "sqlite_template", "sqlite_url"]
PASSWORD = "correct-horse-battery-staple-12348"
REGION = "150402"
PHONE_CODE = "246810"


@dataclass
class World:
    platform: Platform
    session: aiohttp.ClientSession
    case: Case
    contact: str

    async def sign_in(self, username: str) -> None:
        await self.form("/login", username=username, password=PASSWORD)

    async def form(self, path: str, **fields: str) -> tuple[int, str]:
        url = URL(f"{self.platform.settings.address}{path}")
        headers = {"Accept": "text/html", "Origin": self.platform.settings.address}
        async with self.session.post(url, data=fields, headers=headers) as got:
            return got.status, await got.text()

    async def page(self, path: str) -> tuple[int, str]:
        async with self.session.get(
            f"{self.platform.settings.address}{path}", headers={"Accept": "text/html"}
        ) as got:
            return got.status, await got.text()

    async def post(self, path: str, **body: Any) -> tuple[int, Any]:
        headers = {"Accept": "application/json", "Origin": self.platform.settings.address}
        async with self.session.post(
            f"{self.platform.settings.address}{path}", json=body, headers=headers
        ) as got:
            return got.status, await got.json()

    async def data(self, path: str) -> tuple[int, Any]:
        async with self.session.get(
            f"{self.platform.settings.address}{path}", headers={"Accept": "application/json"}
        ) as got:
            return got.status, await got.json()

    async def bytes(self, path: str) -> tuple[str, bytes]:
        async with self.session.get(f"{self.platform.settings.address}{path}") as got:
            return got.headers["Content-Type"], await got.read()


@pytest.fixture
async def world(tmp_path, sqlite_url):
    settings = settings_for(tmp_path / "data", sqlite_url, port=free_port())
    platform = await bootstrap.build(settings, knowledge=SmallKnowledge())
    async with platform.units(SYSTEM, "test") as uow:
        for body in BODIES:
            await directory.put_organisation(uow, body)
        for name in ("agent", "supervisor", "dispatcher"):
            await identity.create_account(
                uow,
                username=name,
                password=PASSWORD,
                name=name,
                roles=frozenset({name}),
                region=REGION,
                organisation="hotline",
            )
        person = await cases.person_at(uow, "+8613800005678")
        await cases.set_pin(uow, person.id, PHONE_CODE)
        case = await cases.open_case(uow, person=person, region=REGION)
        contact = await contacts.open_contact(uow, door=Door.PHONE, region=REGION, case=case)
    runner = await listen(platform.application, settings.host, settings.port)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        made = World(platform, session, case, contact.id)
        await made.sign_in("agent")
        await served_by_the_agent(made)
        yield made
    await runner.cleanup()
    await platform.close()


async def served_by_the_agent(world: World) -> None:
    """Give the contact to whoever is signed in as the agent."""
    async with world.platform.units(SYSTEM, "test") as uow:
        [account] = [one for one in await uow.get(Accounts).all() if one.username == "agent"]
        contact = await uow.get(Contacts).by_id(world.contact)
        assert contact is not None
        served = replace(contact, state=ContactState.HUMAN, agent=account.id)
        await uow.get(Contacts).update(served)


async def test_the_notice_and_the_evidence_are_printed_and_kept(world: World) -> None:
    one = f"/desk/contacts/{world.contact}"
    status, answer = await world.post(f"{one}/documents", template="precondition_notice")
    assert (status, answer["code"]) == (409, "no_decision")
    await world.post(
        f"{one}/facts",
        values={
            "issue": "wages",
            "employment_relation": "yes",
            "still_employed": False,
            "employment_ended_on": "2026-03-02",
        },
    )
    status, decided = await world.post(f"{one}/route")
    assert status == 200
    assert "律师审核：尚未" in decided["decision"]["review"]
    assert "有这一条" in decided["decision"]["review"]
    assert "劳动人事争议仲裁委员会" in str(decided["decision"]["possible"])
    status, notice = await world.post(f"{one}/documents", template="precondition_notice")
    assert (status, notice["title"]) == (200, "前置程序告知书")
    kind, content = await world.bytes(notice["url"])
    assert kind == "application/pdf"
    assert content.startswith(b"%PDF")
    _, offered = await world.data(f"{one}/interruptible")
    assert [item["code"] for item in offered["clocks"]] == ["labour_arb"]
    evidence = {"template": "interruption_receipt", "clock": "labour_arb", "kind": "demand"}
    status, wrong = await world.post(f"{one}/documents", **evidence, evidence="短信")
    assert (status, wrong["where"]) == (422, "on")
    status, early = await world.post(
        f"{one}/documents", **evidence, evidence="短信", on="2026-01-02"
    )
    assert status == 422
    assert "期限开始之前" in early["title"]
    status, receipt = await world.post(
        f"{one}/documents", **evidence, evidence="催款短信截图", on="2026-05-06"
    )
    assert (status, receipt["title"]) == (200, "时效中断证据回执")
    _, listed = await world.data(f"{one}/documents")
    assert [item["title"] for item in listed] == ["前置程序告知书", "时效中断证据回执"]
    async with world.platform.units(SYSTEM, read_only=True) as uow:
        assert len(await uow.get(Documents).of_case(world.case.id)) == 2
    status, page = await world.form("/my/case", code=world.case.code, phone_code=PHONE_CODE)
    assert status == 200
    assert "时效中断证据回执" in page
    assert "律师审核：尚未" in page
    assert "劳动争议未经仲裁不能起诉" in page


async def test_nothing_first_means_no_notice(world: World) -> None:
    one = f"/desk/contacts/{world.contact}"
    await world.post(f"{one}/facts", values={"issue": "neighbour"})
    await world.post(f"{one}/route")
    status, answer = await world.post(f"{one}/documents", template="precondition_notice")
    assert (status, answer["code"]) == (409, "no_precondition")
    _, offered = await world.data(f"{one}/interruptible")
    assert offered["clocks"] == []


async def test_an_objection_reaches_the_supervisor_and_the_citizen_sees_it_all(
    world: World,
) -> None:
    async with world.platform.units(SYSTEM, "test") as uow:
        case = await uow.get(Cases).by_id(world.case.id)
        assert case is not None
        application = await applications.open_application(uow, case, "legal_aid")
        changed = replace(
            application, state=State.REFUSED, organisation="office", reason="收入超过标准"
        )
        await uow.get(Applications).update(changed)
        await applications.applicant_acts(uow, changed, "object", "我没有固定收入")
    await world.sign_in("supervisor")
    status, listed = await world.page("/supervisor/objections")
    assert status == 200
    [path] = set(re.findall(r"/supervisor/objections/[0-9a-f-]{36}", listed))
    status, page = await world.page(path)
    assert status == 200
    assert "我没有固定收入" in page
    assert "第四十九条" in page
    status, _ = await world.form(f"{path}/overturn", reason="重新核查后给予援助")
    assert status == 200
    async with world.platform.units(SYSTEM, read_only=True) as uow:
        [after] = await uow.get(Applications).of_case(world.case.id)
    assert after.state is State.GRANTED
    status, page = await world.form("/my/case", code=world.case.code, phone_code=PHONE_CODE)
    assert "您提出了异议" in page
    assert "异议审查：责令改正" in page


async def test_a_complaint_has_its_own_clock_on_the_board(world: World) -> None:
    async with world.platform.units(staff("dispatcher"), "desk") as uow:
        case = await uow.get(Cases).by_id(world.case.id)
        assert case is not None
        plain = await orders.open_order(uow, case, title="求助一件")
        complaint = await orders.open_order(uow, case, title="鉴定拖延", kind="complaint_forensic")
    assert (complaint.citizen_due - plain.citizen_due).days > 40
    await world.sign_in("dispatcher")
    status, board = await world.page("/dispatch?kinds=complaints")
    assert status == 200
    assert "鉴定拖延" in board
    assert "求助一件" not in board
    assert "投诉鉴定" in board
    _, page = await world.page(f"/dispatch/orders/{complaint.id}")
    assert "投诉的时限另算" in page
    assert "未与原文核对" in page
    status, page = await world.form("/my/case", code=world.case.code, phone_code=PHONE_CODE)
    assert "转办工单待派单" in page
    assert "已登记咨询" not in page
    assert "12348派单员" in page
