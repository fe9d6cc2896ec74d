"""The video door's addresses."""

from __future__ import annotations

from pydantic import BaseModel

from backend.contacts.model import Door
from backend.web.routing import Handler, Route, Work
from channels.video import forms
from channels.video.handlers import CHANNEL, Video, VideoPage

COOKIE = "fatong_video"
BOX_COOKIE = "fatong_tv"  # the box's own cookie: its conversation goes on in the picture


def routes(video: Video) -> list[Route]:
    """The page, the box's screen, and the link from one device to another."""
    page = VideoPage(video, "/video", COOKIE, "video/room.html", Door.VIDEO)
    box = VideoPage(video, "/video/box", BOX_COOKIE, "video/box.html", Door.TV)
    link = "/video/join/{token}"
    return [
        *_of(page),
        *_of(box),
        Route("GET", link, page.offer_link, "扫码换到手机", public=True, channel=CHANNEL),
        Route(
            "POST",
            link,
            page.take_link,
            "在这台设备上继续",
            public=True,
            work="write",
            channel=CHANNEL,
        ),
    ]


def _of(page: VideoPage) -> list[Route]:
    def post(
        path: str, handler: Handler, summary: str, body: type[BaseModel], work: Work = "none"
    ) -> Route:
        return Route(
            "POST",
            f"{page.base}/{path}",
            handler,
            summary,
            public=True,
            work=work,
            body=body,
            channel=CHANNEL,
        )

    return [
        Route("GET", page.base, page.show, "视频咨询", public=True, work="none"),
        Route(
            "POST",
            f"{page.base}/start",
            page.start,
            "排队",
            public=True,
            work="write",
            channel=CHANNEL,
        ),
        post("state", page.look, "视频咨询的状态", forms.Looking),
        post("offer", page.join, "接通画面", forms.Offer),
        post("say", page.say, "发文字", forms.Saying),
        post("callback", page.call_back, "约回电", forms.Phone),
        post("leave", page.leave, "挂断", forms.Leaving),
    ]
