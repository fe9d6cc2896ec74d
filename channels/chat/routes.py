"""The chat's addresses."""

from __future__ import annotations

from backend.web.routing import Route
from channels.chat.handlers import CHANNEL, Chat


def routes(chat: Chat) -> list[Route]:
    """The page, joining, and the socket."""
    return [
        Route("GET", "/chat", chat.show, "网页聊天", public=True),
        Route(
            "POST", "/chat/join", chat.join, "进入对话", public=True, work="write", channel=CHANNEL
        ),
        Route(
            "GET",
            "/chat/socket",
            chat.talk,
            "对话",
            public=True,
            work="none",
            socket=True,
            channel=CHANNEL,
        ),
    ]
