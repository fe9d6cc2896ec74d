"""The page that teaches a box its keys, and the line of script that carries them."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, Field

from backend.kernel.errors import Invalid
from backend.web.request import Request
from channels.tv import keys

_YEAR = 365 * 24 * 3600
_NO_STORE = {"Cache-Control": "no-store"}
ASKED = {"ok": "确定", "back": "返回", "up": "上", "down": "下", "left": "左", "right": "右"}


class Chosen(BaseModel):
    """A profile by name, or six learned codes."""

    profile: str = Field(default="", max_length=40)
    codes: str = Field(default="", max_length=60)


async def send_script(request: Request) -> web.StreamResponse:
    """The keys of this box, asked for by every screen."""
    found = keys.of_cookie(request.raw.cookies.get(keys.COOKIE, ""))
    return web.Response(
        text=keys.script(found),
        content_type="text/javascript",
        headers={"Cache-Control": "private, no-cache"},
    )


async def show_keys(request: Request) -> web.StreamResponse:
    """Choose a kind of box, or teach this one key by key."""
    learning = request.query("learn") == "1"
    return request.page(
        "tv/learn.html" if learning else "tv/keys.html",
        headers=_NO_STORE,
        profiles=list(keys.profiles().values()),
        asked=[ASKED[name] for name in keys.LEARNED],
        chosen=request.raw.cookies.get(keys.COOKIE, keys.DEFAULT),
        problem="",
    )


async def choose_keys(request: Request) -> web.StreamResponse:
    """Keep a choice in the box; raises `Invalid` for a profile or codes that cannot be."""
    form = request.body(Chosen)
    if form.codes:
        kept = keys.cookie_of(keys.read_learned(form.codes))
    elif form.profile in keys.profiles():
        kept = form.profile
    else:
        raise Invalid("没有这种遥控器，请重新选。", code="no_profile", where="profile")
    response = request.see_other("/tv/")
    secure = request.raw.url.scheme == "https"
    response.set_cookie(
        keys.COOKIE, kept, max_age=_YEAR, path="/tv/", httponly=True, samesite="Lax", secure=secure
    )
    return response
