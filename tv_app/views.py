"""The screens and their addresses; no script is needed for any of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web
from pydantic import BaseModel

from backend.web.request import Request
from backend.web.routing import Route, Work
from channels.tv import routes as box
from tv_app import deciding, reaching, reading
from tv_app.television import CHANNEL, Television

__all__ = ["Television", "routes"]

View = Callable[[Television, Request], Awaitable[web.StreamResponse]]


def routes(television: Television) -> list[Route]:
    """The screens' routes, and those of the box behind them."""

    def screen(path: str, view: View, summary: str, *, work: Work = "read") -> Route:
        handler = partial(view, television)
        return Route("GET", path, handler, summary, public=True, work=work, channel=CHANNEL)

    def form(path: str, view: View, summary: str, body: type[BaseModel]) -> Route:
        handler = partial(view, television)
        return Route(
            "POST", path, handler, summary, public=True, work="write", body=body, channel=CHANNEL
        )

    return [
        screen("/tv/", reading.home, "电视首页"),
        screen("/tv/watch", reading.watch, "想看的"),
        screen("/tv/choose", reading.choose, "想选的"),
        screen("/tv/ask", reading.ask, "想问的"),
        screen("/tv/number", reading.by_number, "按编号问"),
        screen("/tv/answer", reading.answer, "电视答复", work="none"),
        screen("/tv/route", deciding.route, "电视分流", work="write"),
        form("/tv/fact", deciding.fact, "回答要素", deciding.FactAnswer),
        screen("/tv/danger", deciding.danger, "先保护自己"),
        screen("/tv/person", reaching.person, "找人", work="write"),
        form("/tv/callback", reaching.call_me_back, "约回电", reaching.Phone),
        screen("/tv/promised", reaching.promised, "等回电"),
        screen("/tv/my", reaching.ask_codes, "我的案件"),
        form("/tv/my", reaching.my_case, "看我的案件", reaching.Codes),
        screen("/tv/leave", reaching.leave, "马上离开", work="write"),
        *box.routes(),
    ]
