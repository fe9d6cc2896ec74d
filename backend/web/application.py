"""The aiohttp application: declared routes in, one wrapper around every handler."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from backend.kernel.actor import Actor
from backend.kernel.errors import FatongError, Invalid, NotFound, NotSignedIn, Unavailable
from backend.kernel.ids import new_id
from backend.kernel.permissions import Permissions
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork
from backend.web.errors import render_error
from backend.web.request import Request
from backend.web.routing import Route, check_routes
from backend.web.security import add_headers, check_origin

log = structlog.get_logger()
SESSION_COOKIE = "fatong_session"
NOBODY = Actor(kind="nobody", id="")
Authenticate = Callable[[UnitOfWork, str], Awaitable[Actor | None]]
_LARGEST_BODY = 64 * 1024 * 1024
_IDEMPOTENCY_HEADER = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class WebParts:
    """What bootstrap hands to the web layer."""

    open_unit: OpenUnit
    permissions: Permissions
    authenticate: Authenticate
    pages: jinja2.Environment
    public_url: str
    statics: dict[str, Path] = field(default_factory=dict)


def build_application(parts: WebParts, routes: Sequence[Route]) -> web.Application:
    """Build the application; raises `WrongSetting` for a route that denies nobody."""
    check_routes(routes, parts.permissions.actions)
    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_around(parts)])
    for route in routes:
        app.router.add_route(route.method, route.path, _handler(parts, route))
    for prefix, folder in parts.statics.items():
        app.router.add_static(prefix, folder, append_version=False)
    return app


def _around(parts: WebParts) -> Callable[..., Awaitable[web.StreamResponse]]:
    secure = parts.public_url.startswith("https://")

    @web.middleware
    async def around(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        started = time.perf_counter()
        request_id = new_id()
        structlog.contextvars.bind_contextvars(request=request_id)
        try:
            response = await handler(request)
        except FatongError as error:
            response = render_error(request, error, parts.pages)
        except web.HTTPNotFound:
            response = render_error(request, NotFound("没有这个页面。"), parts.pages)
        except web.HTTPRequestEntityTooLarge:
            response = render_error(request, Invalid("内容太大。"), parts.pages)
        except web.HTTPException as error:
            response = error
        except (ConnectionResetError, TimeoutError):
            raise
        except Exception:
            log.exception("web.failed", method=request.method, route=_template(request))
            response = render_error(
                request, Unavailable("系统出错了，已记录。请稍后再试。", code="fault"), parts.pages
            )
        finally:
            structlog.contextvars.unbind_contextvars("request")
        if not response.prepared:
            add_headers(response, secure=secure)
            response.headers["X-Request-Id"] = request_id
        log.debug(
            "web.answered",
            method=request.method,
            route=_template(request),
            status=response.status,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        if isinstance(response, web.HTTPException):
            return web.Response(
                status=response.status, text=response.text, headers=response.headers
            )
        return response

    return around


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"


def _handler(
    parts: WebParts, route: Route
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(raw: web.Request) -> web.StreamResponse:
        if not route.machine:
            check_origin(raw, parts.public_url, socket=route.socket)
        parsed = await _parse(raw, route) if route.body is not None else None
        if route.work == "none":
            actor = NOBODY
            async with parts.open_unit(NOBODY, route.channel, read_only=True) as uow:
                actor = await _who(parts, route, raw, uow)
            return await route.handler(_request(parts, raw, actor, None, parsed))
        async with parts.open_unit(NOBODY, route.channel, read_only=route.work == "read") as uow:
            uow.actor = await _who(parts, route, raw, uow)
            stored = await _stored_reply(raw, route, uow)
            if stored is not None:
                return stored
            response = await route.handler(_request(parts, raw, uow.actor, uow, parsed))
            await _store_reply(raw, route, uow, response)
        return response

    return handle


def _request(
    parts: WebParts,
    raw: web.Request,
    actor: Actor,
    uow: UnitOfWork | None,
    parsed: BaseModel | None,
) -> Request:
    return Request(
        raw, actor=actor, open_unit=parts.open_unit, pages=parts.pages, uow=uow, parsed=parsed
    )


async def _who(parts: WebParts, route: Route, raw: web.Request, uow: UnitOfWork) -> Actor:
    token = raw.cookies.get(SESSION_COOKIE, "")
    authorisation = raw.headers.get("Authorization", "")
    if authorisation.startswith("Bearer "):
        token = authorisation.removeprefix("Bearer ")
    actor = await parts.authenticate(uow, token) if token else None
    if route.public:
        return actor or NOBODY
    if actor is None:
        raise NotSignedIn("请先登录。")
    parts.permissions.demand(actor, route.requires)
    return actor


async def _parse(raw: web.Request, route: Route) -> BaseModel:
    assert route.body is not None
    if (raw.content_length or 0) > route.largest_body:
        raise Invalid("内容太大。", code="too_large")
    try:
        if raw.content_type == "application/json":
            data = json.loads(await raw.read())
        else:
            form = await raw.post()
            data = {
                name: (values[0] if len(values) == 1 else list(values))
                for name in form
                for values in [form.getall(name)]
            }
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid("内容不是有效的数据。", code="unreadable") from error
    try:
        return route.body.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"“{where}”填写有误，请检查。",
            where=where,
            details={
                "errors": [
                    {"where": ".".join(map(str, item["loc"])), "why": item["msg"]}
                    for item in error.errors(include_url=False, include_context=False)
                ]
            },
        ) from error


def _reply_key(raw: web.Request, route: Route, uow: UnitOfWork) -> str:
    key = raw.headers.get(_IDEMPOTENCY_HEADER, "")
    if not key or route.work != "write" or uow.actor.kind != "staff":
        return ""
    if len(key) > 60:
        raise Invalid("幂等键过长。", where=_IDEMPOTENCY_HEADER)
    return f"http:{uow.actor.id}:{key}"[:100]


async def _stored_reply(raw: web.Request, route: Route, uow: UnitOfWork) -> web.Response | None:
    key = _reply_key(raw, route, uow)
    if not key:
        return None
    # The same request may be under way already: wait for its reply.
    await uow.lock(key)
    stored = await uow.reply_to(key)
    if stored is None:
        return None
    reply = json.loads(stored)
    # The stored headers name the charset already.
    return web.Response(
        body=reply["text"].encode("utf-8"), status=reply["status"], headers=reply["headers"]
    )


async def _store_reply(
    raw: web.Request, route: Route, uow: UnitOfWork, response: web.StreamResponse
) -> None:
    key = _reply_key(raw, route, uow)
    if not key or not isinstance(response, web.Response):
        return
    headers = {
        name: response.headers[name]
        for name in ("Content-Type", "Location")
        if name in response.headers
    }
    reply = {"text": response.text or "", "status": response.status, "headers": headers}
    await uow.remember(key, json.dumps(reply, ensure_ascii=False).encode(), person=uow.actor.id)
