"""Where to go: the nearest door, and who is competent. A page and the same as JSON."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from backend.directory.model import Regions
from backend.kernel.errors import Invalid
from backend.routing.ports import ActiveRules
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces import found_bodies
from backend.workplaces.found_bodies import ASKED, LANGUAGES


async def show(request: Request) -> web.StreamResponse:
    """The form, and below it the answer to what was asked."""
    uow = request.uow
    asked = _asked(request)
    found: list[dict[str, Any]] = []
    problem = ""
    if request.query("ask"):
        try:
            found = await found_bodies.find(uow, **asked)
        except Invalid as error:
            problem = error.message
    regions = uow.get(Regions)
    served = uow.get(ActiveRules).rules.vocabulary.channels
    return request.page(
        "citizen/bodies.html",
        status=422 if problem else 200,
        asked=asked,
        problem=problem,
        found=found,
        done=bool(request.query("ask")),
        questions=ASKED,
        languages=LANGUAGES,
        services=[(code, channel.name) for code, channel in served.items()],
        places=[
            (league.name, [(item.code, item.name) for item in regions.banners(league.code)])
            for league in regions.leagues()
        ],
    )


async def list_bodies(request: Request) -> web.StreamResponse:
    """The same for programs and for the desk."""
    asked = _asked(request)
    return request.json(
        {"ask": asked["ask"], "results": await found_bodies.find(request.uow, **asked)}
    )


def _asked(request: Request) -> dict[str, str]:
    return {
        "ask": request.query("ask", "nearest"),
        "region": request.query("region"),
        "channel": request.query("service"),
        "matter": request.query("matter"),
        "language": request.query("language"),
        "latitude": request.query("latitude"),
        "longitude": request.query("longitude"),
    }


def routes() -> list[Route]:
    """The page, and JSON for citizens' programs and for the desk."""
    return [
        Route("GET", "/bodies", show, "找办事的地方", public=True),
        Route("GET", "/bodies.json", list_bodies, "找办事的地方（JSON）", public=True),
        Route(
            "GET",
            "/desk/bodies",
            list_bodies,
            "目录：离得近的与归谁管的",
            requires="directory.see",
            channel="desk",
        ),
    ]
