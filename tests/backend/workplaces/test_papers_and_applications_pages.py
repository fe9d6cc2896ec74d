"""Over HTTP: both codes, the receipt, the calendar, an application page by page, the clerk."""

from __future__ import annotations

import re
from dataclasses import dataclass

import aiohttp
import pytest
from yarl import URL

from backend import bootstrap
from backend.applications.adapters.forms_file import load_forms
from backend.applications.model import COMMITTED
from backend.bootstrap import Platform
from backend.cases import service as cases
from backend.cli.serving import listen
from backend.directory import service as directory
from backend.identity import service as identity
from backend.kernel.actor import SYSTEM
from backend.settings import Settings
from knowledge.model import Answer
from tests.support.house import BODIES, clock, logged, sqlite_template, sqlite_url
from tests.support.servers import free_port

__all__ = ["clock", "logged", "sqlite_template", "sqlite_url"]
PASSWORD = "correct-horse-battery-staple-12348"
FORM = load_forms().form("legal_aid")


class Nothing:
    """A knowledge base that finds nothing."""

    def answer(self, question: str, **about) -> Answer:
        raise AssertionError("nobody asks here")


@dataclass
class World:
    platform: Platform
    code: str
    session: aiohttp.ClientSession

    async def send(self, path: str, **form: str) -> tuple[int, str, bytes]:
        url = URL(f"{self.platform.settings.address}{path}")
        headers = {"Accept": "text/html", "Origin": self.platform.settings.address}
        async with self.session.post(url, data=form, headers=headers) as got:
            return got.status, got.headers["Content-Type"], await got.read()

    async def page(self, path: str) -> tuple[int, str]:
        async with self.session.get(
            f"{self.platform.settings.address}{path}", headers={"Accept": "text/html"}
        ) as got:
            return got.status, await got.text()

    async def key(self) -> str:
        """Give both codes; the pass that stands in the page."""
        status, _, page = await self.send("/my/case", code=self.code, phone_code="246810")
        assert status == 200
        found = re.search(r'name="key" value="([^"]+)"', page.decode())
        assert found
        return found[1]


@pytest.fixture
async def world(tmp_path, sqlite_url):
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=sqlite_url,
        redis_url="",
        elasticsearch_url="",
        bot="off",
        worker=False,
        port=free_port(),
    )
    platform = await bootstrap.build(settings, knowledge=Nothing())
    async with platform.units(SYSTEM, "test") as uow:
        for body in BODIES:
            await directory.put_organisation(uow, body)
        person = await cases.person_at(uow, "+8613800005678")
        case = await cases.open_case(uow, person=person, region="150402")
        await cases.record_facts(uow, case, {"issue": "wages"})
        await cases.set_pin(uow, person.id, "246810")
        await identity.create_account(
            uow,
            username="clerk",
            password=PASSWORD,
            name="援助中心",
            roles=frozenset({"organisation_clerk"}),
            region="150402",
            organisation="office",
        )
    runner = await listen(platform.application, settings.host, settings.port)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield World(platform, case.code, session)
    await runner.cleanup()
    await platform.close()


async def test_both_codes_give_the_receipt_and_the_calendar(world: World):
    key = await world.key()
    status, kind, body = await world.send("/my/documents", code=world.code, key=key)
    assert (status, kind) == (200, "application/pdf")
    assert body.startswith(b"%PDF")
    status, kind, body = await world.send("/my/calendar", code=world.code, key=key)
    assert (status, kind) == (200, "text/calendar")
    assert body.startswith(b"BEGIN:VCALENDAR")
    for path in ("/my/documents", "/my/calendar", "/apply/legal-aid"):
        assert (await world.send(path, code=world.code, key="1.2"))[0] == 403


async def test_an_application_page_by_page_and_its_decision(world: World):
    key = await world.key()
    status, _, body = await world.send("/apply/legal-aid", code=world.code, key=key)
    page = body.decode()
    while 'action="/apply/legal-aid/step"' in page and "核对后提交" not in page:
        assert status == 200
        assert re.search(r"第 \d+ 步，共 \d+ 步", page)
        code = re.findall(r'name="step" value="([^"]+)"', page)[0]
        step = next(item for item in FORM.steps if item.code == code)
        if step.needed and step.type != "many":
            wrong = await world.send("/apply/legal-aid/step", code=world.code, key=key, step=code)
            assert wrong[0] == 422
        value = {"commit": COMMITTED, "number": "3"}.get(step.type, "甲")
        value = next(iter(step.choices), value)
        status, _, body = await world.send(
            "/apply/legal-aid/step", code=world.code, key=key, step=code, value=value
        )
        page = body.decode()
    assert "核对后提交" in page
    status, _, body = await world.send("/apply/legal-aid/submit", code=world.code, key=key)
    assert status == 200
    assert "审查中" in body.decode()

    await world.send("/login", username="clerk", password=PASSWORD)
    status, listed = await world.page("/organisation/applications")
    assert status == 200
    path = re.findall(r"/organisation/applications/[0-9a-f-]{36}", listed)[0]
    status, page = await world.page(path)
    assert status == 200
    assert "没有录入" in page
    status, kind, body = await world.send(f"{path}/paper")
    assert (status, kind) == (200, "application/pdf")
    status, _, body = await world.send(f"{path}/steps/grant")
    assert status == 200
    assert "决定给予援助" in body.decode()
