"""The pages and JSON of workplaces, and where templates and static files lie."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from backend.editorial.published import PublishedKnowledge
from backend.identity import api as identity_api
from backend.orders import api as orders_api
from backend.routing.adapters.ics import deadlines_ics
from backend.settings import Settings
from backend.storage.engine import Database
from backend.web import health, live, openapi
from backend.web.request import Request
from backend.web.routing import Route
from backend.workplaces.administrator import views as administrator
from backend.workplaces.agent import extraction_panel, flag_panel, papers_panel, routing_panel
from backend.workplaces.agent import views as agent
from backend.workplaces.auditor import views as auditor
from backend.workplaces.citizen import apply as citizen_apply
from backend.workplaces.citizen import bodies as citizen_bodies
from backend.workplaces.citizen import papers as citizen_papers
from backend.workplaces.citizen import views as citizen
from backend.workplaces.dispatcher import views as dispatcher
from backend.workplaces.editor import views as editor
from backend.workplaces.mediator import views as mediator
from backend.workplaces.organisation import applications as organisation_applications
from backend.workplaces.organisation import views as organisation
from backend.workplaces.supervisor import views as supervisor

VERSION = "0.1.0"


def room_routes(
    settings: Settings,
    bell: live.Bell,
    database: Database,
    published: PublishedKnowledge,
) -> list[Route]:
    """Every route that is not a door's."""

    async def listen(request: Request) -> web.StreamResponse:
        return await live.stream(request, bell)

    async def describe(request: Request) -> web.StreamResponse:
        return request.json(openapi.build_openapi(routes, VERSION))

    async def database_answers() -> str:
        async with database.engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
        return ""

    routes = [
        *identity_api.routes(secure=settings.address.startswith("https://")),
        *health.routes({"database": database_answers}),
        Route("GET", "/live", listen, "新消息", requires="live.listen", work="none"),
        Route("GET", "/openapi.json", describe, "接口说明", public=True, work="none"),
        *agent.routes(),
        *routing_panel.routes(published),
        *flag_panel.routes(),
        *editor.routes(),
        *papers_panel.routes(),
        *extraction_panel.routes(),
        *mediator.routes(),
        *dispatcher.routes(),
        *orders_api.routes(),
        *organisation.routes(),
        *supervisor.routes(),
        *auditor.routes(),
        *administrator.routes(),
        *citizen.routes(),
        *citizen_papers.routes(deadlines_ics),
        *citizen_apply.routes(),
        *citizen_bodies.routes(),
        *organisation_applications.routes(),
    ]
    return routes


def folders(kind: str) -> dict[str, Path]:
    """Where each room keeps its `templates` or `static`, by the prefix of their addresses."""
    house = Path(__file__).parents[1]
    rooms = {
        "chat": house.parent / "channels/chat",
        "tv": house.parent / "tv_app",
        "video": house.parent / "channels/video",
        "web": house / "web",
        "identity": house / "identity",
        **{
            place.name: place
            for place in sorted((house / "workplaces").iterdir())
            if place.is_dir()
        },
    }
    return {name: path / kind for name, path in rooms.items() if (path / kind).is_dir()}
