"""A route says who may use it, or it does not exist: deny by default, checked at start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aiohttp import web
from pydantic import BaseModel

from backend.kernel.errors import WrongSetting

if TYPE_CHECKING:
    from backend.web.request import Request

Handler = Callable[["Request"], Awaitable[web.StreamResponse]]
Work = Literal["write", "read", "none"]


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route.

    Exactly one of `requires` (an action of the permission rules) and `public` is set. `work` says
    which unit of work the handler gets: `none` for sockets, streams and handlers that open their
    own. `body` parses JSON or a form. `machine` marks signed calls from other programs, to which
    the check of the browser's origin does not apply.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    requires: str = ""
    public: bool = False
    work: Work = "read"
    body: type[BaseModel] | None = None
    reply: type[BaseModel] | None = None
    machine: bool = False
    socket: bool = False
    channel: str = "web"
    largest_body: int = 256 * 1024


def check_routes(routes: Iterable[Route], actions: frozenset[str]) -> None:
    """Refuse routes that do not say who may use them, or name an action that no rule knows."""
    seen: set[tuple[str, str]] = set()
    for route in routes:
        name = f"{route.method} {route.path}"
        if bool(route.requires) == route.public:
            raise WrongSetting(f"路由 {name} 必须声明 requires 或 public 之一。", where=name)
        if route.requires and route.requires not in actions:
            raise WrongSetting(f"路由 {name} 要求的权限 {route.requires} 没有规则。", where=name)
        if (route.method, route.path) in seen:
            raise WrongSetting(f"路由 {name} 重复。", where=name)
        seen.add((route.method, route.path))
