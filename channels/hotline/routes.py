"""The addresses the carrier calls. The signature is the permission, so they are public."""

from __future__ import annotations

from functools import partial

from backend.web.routing import Route
from channels.hotline.handlers import CHANNEL, Hotline
from channels.hotline.signature import FORM_LIMIT


def routes(hotline: Hotline) -> list[Route]:
    """The telephone's routes."""
    signed = partial(
        Route,
        "POST",
        public=True,
        work="none",
        machine=True,
        channel=CHANNEL,
        largest_body=FORM_LIMIT,
    )
    return [
        signed("/hotline/voice", hotline.arrived, "来电"),
        signed("/hotline/voice/{step}", hotline.continued, "通话的下一步"),
        signed("/hotline/calls/{contact}", hotline.called, "我们拨出的电话已接通"),
        signed("/hotline/status", hotline.status, "通话状态"),
        signed("/hotline/fallback", hotline.fallback, "上一个地址出错"),
    ]
