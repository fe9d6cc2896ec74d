"""Over HTTP: signing in, the way back, first passwords, stored replies, and live news."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cli.serving import listen
from backend.identity import service as identity
from backend.identity.model import SESSION_LENGTH
from backend.kernel.actor import SYSTEM
from backend.web import live
from tests.support.house import settings_for
from tests.support.servers import free_port
from tests.support.small_knowledge import SmallKnowledge

PASSWORD = "correct-horse-battery-staple"
PAGE = {"Accept": "text/html"}


@dataclass
class Site:
    platform: Platform
    session: aiohttp.ClientSession
    accounts: dict[str, str]

    async def get(self, path: str, **headers: str) -> tuple[int, str, str]:
        """Status, where it leads, and the text."""
        async with self.session.get(path, headers=headers, allow_redirects=False) as got:
            return got.status, got.headers.get("Location", ""), await got.text()

    async def post(self, path: str, headers=None, **form: str) -> tuple[int, str, str]:
        async with self.session.post(
            path, data=form, headers=headers or PAGE, allow_redirects=False
        ) as got:
            return got.status, got.headers.get("Location", ""), await got.text()

    async def sign_in(self, username: str, password: str = PASSWORD, next: str = ""):
        return await self.post("/login", username=username, password=password, next=next)


@pytest.fixture
async def site(tmp_path, sqlite_url, clock):
    settings = settings_for(tmp_path / "data", sqlite_url, port=free_port())
    platform = await bootstrap.build(settings, clock=clock, knowledge=SmallKnowledge())
    accounts = {}
    async with platform.units(SYSTEM, "test") as uow:
        for username, role in (("agent", "agent"), ("root", "system_admin"), ("fresh", "mediator")):
            made = await identity.create_account(
                uow,
                username=username,
                name=username,
                roles=frozenset({role}),
                region="150400",
                password=PASSWORD,
                must_change=username == "fresh",
            )
            accounts[username] = made.id
    runner = await listen(platform.application, settings.host, settings.port)
    async with aiohttp.ClientSession(
        settings.address, cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as session:
        yield Site(platform, session, accounts)
    await runner.cleanup()
    await platform.close()


@pytest.mark.parametrize(
    "wanted",
    ["/desk", "/desk?contact=a&tab=facts", "/desk?q=%E5%B7%A5%E8%B5%84&x=1%262#"],
)
async def test_after_signing_in_one_is_where_one_wanted_to_go(site, wanted) -> None:
    status, login, _ = await site.get(wanted, **PAGE)
    assert status == 303
    (back,) = parse_qs(urlsplit(login).query)["next"]
    assert back == wanted.rstrip("#")
    _, _, page = await site.get(login, **PAGE)
    assert 'name="next"' in page
    assert (await site.sign_in("agent", next=back))[:2] == (303, back)


async def test_a_way_back_that_is_too_long_is_shortened(site) -> None:
    _, login, _ = await site.get("/desk?q=" + "x" * 450, **PAGE)
    assert login == "/login?next=/desk"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example"])
async def test_nobody_is_led_elsewhere(site, elsewhere) -> None:
    assert (await site.sign_in("agent", next=elsewhere))[:2] == (303, "/desk")


async def test_a_session_that_is_over_leads_to_the_sign_in_page(site, clock) -> None:
    assert (await site.sign_in("agent"))[0] == 303
    assert (await site.get("/desk", **PAGE))[0] == 200
    clock.forward(SESSION_LENGTH)
    assert (await site.get("/desk", **PAGE))[0] == 303
    status, _, text = await site.get("/desk", Accept="application/json")
    assert (status, json.loads(text)["code"]) == (401, "not_signed_in")


async def test_signing_out_takes_the_cookie_and_the_session(site) -> None:
    await site.sign_in("agent")
    (cookie,) = [one.value for one in site.session.cookie_jar]
    assert (await site.post("/logout"))[:2] == (303, "/login")
    assert list(site.session.cookie_jar) == []
    status, _, _ = await site.get("/desk", Authorization=f"Bearer {cookie}")
    assert status == 401


async def test_guessing_is_slowed_down_and_the_page_says_so(site) -> None:
    for _ in range(5):
        status, _, page = await site.sign_in("agent", "wrong-password")
        assert (status, "用户名或密码不对" in page) == (401, True)
    status, _, page = await site.sign_in("agent")
    assert (status, "十分钟后" in page) == (429, True)


async def test_a_first_password_is_changed_before_anything_else(site) -> None:
    assert (await site.sign_in("fresh", next="/mediator"))[:2] == (303, "/password")
    assert (await site.get("/mediator", **PAGE))[0] == 403
    for old, new, again, told in (
        ("wrong", "my-own-password", "my-own-password", "原密码不对"),
        (PASSWORD, "my-own-password", "another-password", "不一样"),
        (PASSWORD, "short", "short", "至少10位"),
        (PASSWORD, PASSWORD, PASSWORD, "不同"),
    ):
        status, _, page = await site.post("/password", old=old, new=new, again=again)
        assert (status, told in page) == (422, True), told
    own = "my-own-password"
    assert (await site.post("/password", old=PASSWORD, new=own, again=own))[:2] == (
        303,
        "/mediator",
    )
    assert (await site.get("/mediator", **PAGE))[0] == 200
    await site.post("/logout")
    assert (await site.sign_in("fresh"))[0] == 401
    assert (await site.sign_in("fresh", own))[:2] == (303, "/mediator")


async def test_the_password_page_is_for_those_who_are_signed_in(site) -> None:
    assert (await site.get("/password", **PAGE))[:2] == (303, "/login?next=/password")


async def test_a_request_sent_twice_with_one_key_is_done_once(site) -> None:
    await site.sign_in("root")
    key = {"Idempotency-Key": "new-account-1", "Accept": "text/html"}
    form = {"username": "anna", "name": "安娜", "role": "agent"}
    first = await site.post("/admin/accounts", key, **form)
    again = await site.post("/admin/accounts", key, **form)
    assert first[0] == 200
    assert "初始密码" in first[2]
    assert again == first, "the reply is the stored one, the password in it too"
    other = await site.post("/admin/accounts", key | {"Idempotency-Key": "2"}, **form)
    assert other[0] == 409
    async with site.platform.units(SYSTEM, read_only=True) as uow:
        stored = await uow.reply_to(f"http:{site.accounts['root']}:new-account-1")
        assert json.loads(stored)["text"] == first[2]
        assert await uow.reply_to(f"http:{site.accounts['agent']}:new-account-1") is None
    long = await site.post("/admin/accounts", key | {"Idempotency-Key": "k" * 61}, **form)
    assert long[0] == 422


async def test_a_request_that_failed_is_tried_again_under_its_key(site) -> None:
    await site.sign_in("root")
    key = {"Idempotency-Key": "new-account-2", "Accept": "text/html"}
    form = {"username": "Anna", "name": "安娜", "role": "agent"}
    assert (await site.post("/admin/accounts", key, **form))[0] == 422
    assert (await site.post("/admin/accounts", key, **(form | {"username": "anna"})))[0] == 200


async def news(site: Site, count: int, *, after: str = "") -> list[tuple[str, str, str]]:
    """The first events of the live stream: `(id, event, data)`."""
    headers = {"Last-Event-ID": after} if after else {}
    found: list[tuple[str, str, str]] = []
    async with asyncio.timeout(20), site.session.get("/live", headers=headers) as got:
        assert got.status == 200
        fields: dict[str, str] = {}
        async for raw in got.content:
            name, _, value = raw.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                found.append((fields.get("id", ""), fields["event"], fields.get("data", "")))
                fields = {}
                if len(found) == count:
                    break
    return found


async def announce(site: Site, *told: tuple[str, str]) -> None:
    async with site.platform.units(SYSTEM, "test") as uow:
        for audience, reference in told:
            await uow.announce("test.news", audience, reference)


async def test_after_a_break_one_hears_what_was_missed_and_only_ones_own(site) -> None:
    await site.sign_in("agent")
    await announce(site, ("role:agent", "before"))
    ((start, kind, _),) = await news(site, 1)
    assert kind == "ready"
    own = f"staff:{site.accounts['agent']}"
    await announce(
        site,
        ("role:agent", "1"),
        ("role:supervisor", "secret"),
        (f"staff:{site.accounts['root']}", "secret"),
        (own, "2"),
        ("everyone", "3"),
    )
    heard = await news(site, 4, after=start)
    assert [json.loads(data).get("reference") for _, _, data in heard] == [None, "1", "2", "3"]
    third = heard[2][0]
    later = await news(site, 2, after=third)
    assert [json.loads(data).get("reference") for _, _, data in later] == [None, "3"]


@pytest.mark.parametrize("strange", ["9" * 400, "-1", "abc", "１２", "99999999"])
async def test_a_strange_place_to_go_on_from_is_taken_as_now(site, strange) -> None:
    await site.sign_in("agent")
    await announce(site, ("everyone", "old"))
    path = f"/live?after={strange}"
    async with asyncio.timeout(20), site.session.get(path) as got:
        if len(strange) > 300:
            assert got.status in (200, 422)
            return
        assert got.status == 200
        first = await got.content.readuntil(b"\n\n")
    assert b"event: ready" in first


async def test_live_news_are_for_those_who_are_signed_in(site) -> None:
    assert (await site.get("/live"))[0] == 401


async def test_a_stream_ends_by_itself_so_that_a_revoked_session_is_noticed(
    site, monkeypatch
) -> None:
    monkeypatch.setattr(live, "_LONGEST", 0.2)
    monkeypatch.setattr(live, "_PAUSE", 0.05)
    await site.sign_in("agent")
    async with asyncio.timeout(20), site.session.get("/live") as got:
        assert b"event: ready" in await got.read()
    async with site.platform.units(SYSTEM, "test") as uow:
        await identity.end_sessions(uow, site.accounts["agent"])
    assert (await site.get("/live"))[0] == 401


def test_a_session_is_as_long_as_a_shift() -> None:
    assert timedelta(hours=8) <= SESSION_LENGTH <= timedelta(hours=12)
