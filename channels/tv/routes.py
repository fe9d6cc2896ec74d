"""The box's addresses."""

from __future__ import annotations

from backend.web.routing import Route
from channels.tv import handlers

_CHANNEL = "tv"


def routes() -> list[Route]:
    """Which key means what: the script, the page, the choice."""
    return [
        Route(
            "GET", "/tv/keys.js", handlers.send_script, "遥控器键值", public=True, channel=_CHANNEL
        ),
        Route("GET", "/tv/keys", handlers.show_keys, "设置遥控器", public=True, channel=_CHANNEL),
        Route(
            "POST",
            "/tv/keys",
            handlers.choose_keys,
            "记住遥控器",
            public=True,
            body=handlers.Chosen,
            channel=_CHANNEL,
        ),
    ]
