"""Everything media that one process has, started and ended together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiortc import RTCIceServer

from backend.contacts import service as contacts
from backend.contacts.model import Speaker
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM, citizen
from backend.kernel.errors import WrongSetting
from backend.kernel.unit_of_work import OpenUnit
from backend.web.request import Request
from channels.media.bridge import Bridges, OnEnded
from channels.media.load import Lag
from channels.media.rooms import AiortcMedia
from channels.media.turn import IceServers, read_ice_servers
from channels.media.watch import watch

CHANNEL = "phone"


@dataclass(frozen=True, slots=True)
class MediaParts:
    """Rooms, bridges, and what measures whether more of them are good for anybody."""

    video: AiortcMedia
    sound: Bridges
    lag: Lag
    ice_servers: IceServers

    async def run(self, open_unit: OpenUnit) -> None:
        """Work until cancelled."""
        self.sound.on_ended = _recorder(open_unit)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.lag.measure())
            group.create_task(watch(open_unit, (self.video, self.sound)))

    async def close(self) -> None:
        """End everything."""
        await self.sound.close_all()
        await self.video.close_all()


def build_media(ice_servers: str, most_rooms: int, turn_secret: str = "") -> MediaParts:
    """Build from settings; raises `WrongSetting` for an address of no known kind."""
    try:
        servers = IceServers(read_ice_servers(ice_servers), turn_secret)
    except ValueError as error:
        raise WrongSetting(
            f"WebRTC 服务器地址“{error}”不对，要像 stun:主机:端口 或 turn:用户:密码@主机:端口。",
            where="FATONG_ICE_SERVERS",
        ) from error
    if any(_needs_password(server) for server in servers.given()):
        raise WrongSetting(
            "TURN 服务器要用户和密码：写进地址（turn:用户:密码@主机:端口），"
            "或者在 FATONG_TURN_SECRET 里给出与它共用的密钥。",
            where="FATONG_ICE_SERVERS",
        )
    lag = Lag()
    return MediaParts(
        video=AiortcMedia(most_rooms=most_rooms, ice_servers=servers, lag=lag),
        sound=Bridges(ice_servers=servers),
        lag=lag,
        ice_servers=servers,
    )


def _needs_password(server: RTCIceServer) -> bool:
    # A browser refuses such a server, and with it the whole connection.
    return str(server.urls).startswith("turn") and not server.username


async def hear_key(request: Request, contact: str, digit: str) -> None:
    """A key pressed while the sound is joined stands in the talk, for the agent to see."""
    async with request.open_unit(citizen(contact), CHANNEL) as uow:
        known = await uow.get(Contacts).by_id(contact, lock=True)
        if known is not None and known.left_at is None:
            await contacts.say(uow, known, Speaker.CITIZEN, f"（按键 {digit}）")


def _recorder(open_unit: OpenUnit) -> OnEnded:
    async def record(contact: str, reason: str) -> None:
        async with open_unit(SYSTEM, CHANNEL) as uow:
            known = await uow.get(Contacts).by_id(contact)
            if known is not None:
                await uow.append(
                    contacts.aggregate(contact),
                    "contact.sound_ended",
                    {"case": known.case, "reason": reason},
                    before=known.state,
                    after=known.state,
                )
                await contacts.tell(uow, known)

    return record
