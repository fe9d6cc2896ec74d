"""Sound and picture at the desk: the page posts its browser's offer and gets the answer.

No unit of work is open while a connection is made: the contact is checked in one, what happened is
recorded in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from aiohttp import web
from pydantic import BaseModel, Field

from backend.contacts import service as contacts
from backend.contacts.model import Contact, ContactState, Door
from backend.contacts.ports import MediaBackend
from backend.kernel.errors import Conflict, Invalid
from backend.web.request import Request
from backend.web.routing import Handler, Route

AGENT = "agent"
_PICTURE_DOORS = (Door.VIDEO, Door.TV)
_LONGEST_OFFER = 64 * 1024
_CHANNEL = "desk"


class Offer(BaseModel):
    """The session description of the agent's browser."""

    type: Literal["offer"]
    sdp: str = Field(max_length=_LONGEST_OFFER)


class SoundChange(BaseModel):
    """Hold or mute; what is left out stays."""

    hold: bool | None = None
    mute: bool | None = None


class SoundDesk(Protocol):
    """The sound of telephone calls, as the desk uses it."""

    async def open(self, contact: str, offer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Join the agent's browser; returns the answer. Raises `Invalid`."""
        ...

    def change(
        self, contact: str, *, hold: bool | None = None, mute: bool | None = None
    ) -> Mapping[str, Any]:
        """Hold or mute; returns how the sound stands."""
        ...

    def standing(self, contact: str) -> Mapping[str, Any]:
        """How the sound of a contact stands."""
        ...

    async def close(self, contact: str, reason: str = "closed") -> None:
        """End the sound; the call goes on in writing."""
        ...


@dataclass(frozen=True, slots=True)
class MediaPanel:
    """What the panel is made of; `ice_servers` gives what the browser is handed."""

    sound: SoundDesk
    video: MediaBackend
    ice_servers: Callable[[], list[dict[str, str]]] = list

    async def show_settings(self, request: Request) -> web.StreamResponse:
        """What the browser needs before it makes an offer."""
        return request.json({"ice_servers": self.ice_servers()})

    async def join_sound(self, request: Request) -> web.StreamResponse:
        """Join the caller's sound; the call is told to come to it."""
        contact = await self._talking(request, (Door.PHONE,), "这不是电话，没有通话语音。")
        answer = await self.sound.open(contact.id, request.body(Offer).model_dump())
        async with request.open_unit(request.actor, _CHANNEL) as uow:
            contact = await contacts.read_contact(uow, contact.id, "contact.serve")
            await uow.append(
                contacts.aggregate(contact.id),
                "contact.sound_opened",
                {"case": contact.case},
                before=contact.state,
                after=contact.state,
            )
            await uow.post("refresh", {"wire": contact.wire})
        return request.json(answer)

    async def show_sound(self, request: Request) -> web.StreamResponse:
        """How the sound stands."""
        contact = await self._served(request)
        return request.json(self.sound.standing(contact.id))

    async def change_sound(self, request: Request) -> web.StreamResponse:
        """Hold or mute."""
        change = request.body(SoundChange)
        contact = await self._served(request)
        return request.json(self.sound.change(contact.id, hold=change.hold, mute=change.mute))

    async def end_sound(self, request: Request) -> web.StreamResponse:
        """End the sound; the call goes on in writing."""
        contact = await self._served(request)
        await self.sound.close(contact.id, "agent_ended")
        return request.json({})

    async def join_video(self, request: Request) -> web.StreamResponse:
        """Join the citizen's picture, or join again after a reload."""
        contact = await self._talking(request, _PICTURE_DOORS, "这次接触没有画面。")
        answer = await self.video.join(contact.id, AGENT, request.body(Offer).model_dump())
        async with request.open_unit(request.actor, _CHANNEL) as uow:
            contact = await contacts.read_contact(uow, contact.id, "contact.serve")
            await uow.append(
                contacts.aggregate(contact.id),
                "contact.video_joined",
                {"case": contact.case, "who": AGENT},
                before=contact.state,
                after=contact.state,
            )
            await uow.announce("contact", f"citizen:{contact.id}", contact.id)
        return request.json(answer)

    async def end_video(self, request: Request) -> web.StreamResponse:
        """Leave the picture; words go on."""
        contact = await self._served(request)
        await self.video.leave(contact.id, AGENT)
        return request.json({})

    async def _served(self, request: Request) -> Contact:
        async with request.open_unit(request.actor, _CHANNEL, read_only=True) as uow:
            return await contacts.read_contact(uow, request.path("id"), "contact.serve")

    async def _talking(self, request: Request, doors: tuple[Door, ...], wrong_door: str) -> Contact:
        contact = await self._served(request)
        if contact.door not in doors:
            raise Invalid(wrong_door, code="wrong_door")
        if contact.state is not ContactState.HUMAN:
            raise Conflict("对方已经离开，或者还没有接听。", code="not_talking")
        return contact

    def routes(self) -> list[Route]:
        """The panel's routes."""

        def route(
            method: str,
            path: str,
            handler: Handler,
            summary: str,
            body: type[BaseModel] | None = None,
        ) -> Route:
            return Route(
                method,
                path,
                handler,
                summary,
                requires="desk.use",
                work="none",
                body=body,
                channel=_CHANNEL,
            )

        one = "/desk/contacts/{id}"
        return [
            route("GET", "/desk/media", self.show_settings, "通话设置"),
            route("POST", f"{one}/sound", self.join_sound, "接通语音", Offer),
            route("GET", f"{one}/sound", self.show_sound, "语音状态"),
            route("POST", f"{one}/sound/change", self.change_sound, "静音或保持", SoundChange),
            route("POST", f"{one}/sound/end", self.end_sound, "断开语音"),
            route("POST", f"{one}/video", self.join_video, "接通视频", Offer),
            route("POST", f"{one}/video/end", self.end_video, "断开视频"),
        ]
