"""Liveness and readiness: is the process up, can it serve, and how far are its helpers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from backend.web.request import Request
from backend.web.routing import Route

Check = Callable[[], Awaitable[str]]
Standing = Callable[[], Mapping[str, Any]]


def routes(checks: Mapping[str, Check]) -> list[Route]:
    """`/health/live` and `/health/ready`; a check returns "" or what is wrong."""

    async def live(request: Request) -> web.StreamResponse:
        return request.json({"status": "live"})

    async def ready(request: Request) -> web.StreamResponse:
        problems = {name: problem for name, check in checks.items() if (problem := await check())}
        return request.json(
            {"status": "ready" if not problems else "not ready", "problems": problems},
            status=200 if not problems else 503,
        )

    return [
        Route("GET", "/health/live", live, "进程在运行", public=True, work="none"),
        Route("GET", "/health/ready", ready, "可以服务", public=True, work="none"),
    ]


def standing_routes(parts: Mapping[str, Standing]) -> list[Route]:
    """`/health`: how far each part is that the platform can do without."""

    async def show(request: Request) -> web.StreamResponse:
        return request.json({"status": "live", **{name: tell() for name, tell in parts.items()}})

    return [Route("GET", "/health", show, "各部分的进展", public=True, work="none")]
