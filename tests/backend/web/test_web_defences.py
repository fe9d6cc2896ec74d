"""What stands between the network and the rooms: routes, origins, headers, errors, sessions."""

from __future__ import annotations

import aiohttp
import jinja2
import pytest
from aiohttp import web

from backend.kernel.actor import Actor
from backend.kernel.errors import Conflict, WrongSetting
from backend.kernel.permissions import Permissions
from backend.web.application import WebParts, build_application
from backend.web.openapi import build_openapi
from backend.web.routing import Route, check_routes

AGENT = Actor("staff", "a1", frozenset({"agent"}))
RULES = Permissions.from_data({"desk.use": [{"roles": ["agent"]}]})


async def _ok(request):
    return request.json({"who": request.actor.kind})


async def _conflict(request):
    raise Conflict("现在不行。", code="not_now", where="state")


class _Unit:
    """As much of a unit of work as the wrapper touches."""

    def __init__(self, actor):
        self.actor = actor
        self.permissions = RULES

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        return False

    async def reply_to(self, key):
        return None


@pytest.fixture
async def base():
    async def authenticate(uow, token):
        return AGENT if token == "good" else None

    routes = [
        Route("GET", "/open", _ok, "公开", public=True),
        Route("GET", "/desk", _ok, "坐席", requires="desk.use"),
        Route("POST", "/change", _ok, "改", public=True, work="write"),
        Route("GET", "/wrong", _conflict, "冲突", public=True),
    ]
    parts = WebParts(
        open_unit=lambda actor, channel="", read_only=False: _Unit(actor),
        permissions=RULES,
        authenticate=authenticate,
        pages=jinja2.Environment(autoescape=True),
        public_url="https://fatong.example.cn",
    )
    runner = web.AppRunner(build_application(parts, routes))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def client(base):
    async with aiohttp.ClientSession(base) as session:
        yield session


def test_a_route_that_says_nothing_is_refused_at_start():
    with pytest.raises(WrongSetting):
        check_routes([Route("GET", "/x", _ok, "x")], RULES.actions)
    with pytest.raises(WrongSetting):
        check_routes([Route("GET", "/x", _ok, "x", requires="no.rule")], RULES.actions)
    both = Route("GET", "/x", _ok, "x", requires="desk.use", public=True)
    with pytest.raises(WrongSetting):
        check_routes([both], RULES.actions)


async def test_without_a_session_a_program_is_told_and_nothing_is_given(client):
    async with client.get("/desk") as answer:
        problem = await answer.json(content_type=None)
    assert answer.status == 401
    assert answer.content_type == "application/problem+json"
    assert problem["code"] == "not_signed_in"


async def test_a_session_opens_what_its_role_may_use(client):
    async with client.get("/desk", headers={"Authorization": "Bearer good"}) as answer:
        assert (await answer.json())["who"] == "staff"
    async with client.get("/desk", headers={"Authorization": "Bearer bad"}) as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://fatong.example.cn"}, 200),
        ({"Origin": "https://evil.example.com"}, 403),
        ({}, 200),
    ],
)
async def test_a_foreign_page_cannot_change_anything(client, headers, status):
    async with client.post("/change", headers=headers) as answer:
        assert answer.status == status


async def test_every_reply_carries_the_headers(client):
    for path in ("/open", "/wrong", "/nowhere"):
        async with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Strict-Transport-Security"]


async def test_an_error_says_what_where_and_whether_to_retry(client):
    async with client.get("/wrong") as answer:
        problem = await answer.json(content_type=None)
    assert answer.status == 409
    assert (problem["code"], problem["where"], problem["retry"]) == ("not_now", "state", False)
    async with client.get("/nowhere") as answer:
        assert answer.status == 404
        assert (await answer.json(content_type=None))["code"] == "not_found"


def test_what_is_declared_is_documented():
    routes = [Route("GET", "/cases/{id}", _ok, "案件", requires="desk.use")]
    described = build_openapi(routes, "1")["paths"]["/cases/{id}"]["get"]
    assert described["x-requires"] == "desk.use"
    assert described["parameters"][0]["name"] == "id"
