"""Both sides of a picture are given servers with a password of their own."""

from __future__ import annotations

import json
import re

from aiohttp import ClientSession, CookieJar

from channels.media.turn import password
from tests.channels.video.video_platform import open_world

BOTH = "stun:stun.example.cn:3478,turn:turn.example.cn:3478"


async def test_pages_of_both_sides_are_given_a_password(tmp_path, sqlite_url) -> None:
    settings = {"ice_servers": BOTH, "turn_secret": "secret"}
    async with open_world(tmp_path / "data", sqlite_url, **settings) as world:
        async with (
            ClientSession(cookie_jar=CookieJar(unsafe=True)) as session,
            session.get(f"{world.base}/video", headers={"Accept": "text/html"}) as page,
        ):
            shown = re.search(r'data-ice="([^"]+)"', await page.text())
        given = json.loads(shown[1].replace("&#34;", '"'))
        desk = await world.agent()
        at_desk = (await desk.json("/desk/media"))["ice_servers"]
    for servers in (given, at_desk):
        assert [one["urls"] for one in servers] == BOTH.split(",")
        assert servers[1]["credential"] == password("secret", servers[1]["username"])
