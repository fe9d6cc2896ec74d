"""The doors: telephone, chat, television, video and the sound and pictures they share."""

from __future__ import annotations

from functools import partial
from typing import Any

from backend.bootstrap.rooms import House
from backend.contacts.model import Door
from backend.dialogue.model import Reply
from backend.dialogue.ports import Dialogue, NoDialogue
from backend.editorial.published import PublishedKnowledge
from backend.resolution import progress
from backend.routing.ports import ActiveRules
from backend.settings import Settings
from backend.web import live
from backend.web.routing import Route
from backend.workplaces.agent.media_panel import MediaPanel
from backend.workplaces.citizen.joining import Joining
from channels.chat import helpful
from channels.chat import routes as chat_routes
from channels.chat.handlers import COOKIE as CHAT_COOKIE
from channels.chat.handlers import Chat
from channels.hotline import routes as hotline_routes
from channels.hotline.adapters.carrier import open_carrier
from channels.hotline.handlers import Hotline
from channels.hotline.line import Rooms, Sound, normal_phone
from channels.hotline.signature import signed_by
from channels.hotline.simulator.config import ACCOUNT_SID, Faults, SimulatorConfig
from channels.hotline.twiml import PublicAddresses
from channels.media.joining import STREAM, find_sound
from channels.media.parts import MediaParts, hear_key
from channels.media.stream import MediaStreams
from channels.video.handlers import Video
from channels.video.routes import COOKIE as VIDEO_COOKIE
from knowledge.rendering import spoken
from tv_app import views as television
from tv_app.views import Television

NO_FAULTS = Faults()


def carrier_of(settings: Settings, token: str) -> Any:
    """Our way to the carrier: the simulator in this process, or one by its address."""
    simulated = settings.carrier == "simulator"
    return open_carrier(
        account_sid=ACCOUNT_SID if simulated else settings.carrier_account,
        auth_token=token,
        number=settings.hotline_number,
        base_url=f"{settings.address}/simulator" if simulated else settings.carrier_url,
    )


def simulator_of(
    addresses: PublicAddresses, token: str, speed: float, faults: Faults
) -> SimulatorConfig:
    """What the simulated carrier is told; `speed` divides every wait."""
    return SimulatorConfig(
        auth_token=token,
        voice_url=addresses.arrival,
        status_url=addresses.status,
        fallback_url=addresses.fallback,
        stylesheet="/static/web/tokens.css",
        speed=speed,
        faults=faults,
    )


def _spoken_reply(reply: Reply) -> str:
    said = spoken(reply.answer) if reply.answer is not None else ""
    # What the dialogue asks comes last, since it is to be answered; a hand-over is said first.
    return "".join((*reply.words, said) if reply.handoff else (said, *reply.words))


async def _spoken_progress(uow: Any, case: Any) -> str:
    return (await progress.of_case(uow, case)).spoken()


def video_door(
    settings: Settings, house: House, published: PublishedKnowledge, media: MediaParts
) -> Video:
    """The video door; it is told when a peer has left a room."""
    video = Video(
        media=media.video,
        answers=published,
        dialogue=house.parts[Dialogue],
        region=settings.region,
        secure=settings.address.startswith("https://"),
        read_phone=normal_phone,
        ice_servers=media.ice_servers.for_browsers,
    )
    media.video.on_left = partial(video.left, house.units)
    return video


def door_routes(
    settings: Settings,
    house: House,
    published: PublishedKnowledge,
    media: MediaParts,
    *,
    bell: live.Bell,
    token: str,
) -> list[Route]:
    """The routes of telephone, chat and television, and of the sound at the desk."""
    addresses = PublicAddresses(settings.address)
    hotline = Hotline(
        token=token,
        addresses=addresses,
        region=settings.region,
        answers=published,
        dialogue=house.parts[Dialogue],
        rooms=Rooms(
            progress=_spoken_progress, speak=_spoken_reply, sound=find_sound(media.sound, Sound)
        ),
    )
    chat = Chat(
        answers=published,
        dialogue=house.parts[Dialogue],
        bell=bell,
        region=settings.region,
        secure=settings.address.startswith("https://"),
        read_phone=normal_phone,
    )
    secure = settings.address.startswith("https://")
    chat_joining = Joining("/chat", CHAT_COOKIE, Door.CHAT, secure)
    video_joining = Joining("/video", VIDEO_COOKIE, Door.VIDEO, secure, settings.region)
    screens = Television(
        answers=published,
        dialogue=NoDialogue(),
        vocabulary=house.parts[ActiveRules].rules.vocabulary,
        region=settings.region,
        public_url=settings.address,
        read_phone=normal_phone,
    )
    streams = MediaStreams(
        media.sound,
        signed=lambda sign: signed_by(token, addresses.stream(STREAM), b"", sign, ""),
        on_key=hear_key,
    )
    return [
        *hotline_routes.routes(hotline),
        *chat_routes.routes(chat),
        *helpful.routes(),
        *chat_joining.routes(),
        *video_joining.routes(),
        *television.routes(screens),
        *streams.routes(f"{addresses.prefix}/{STREAM}"),
        *MediaPanel(media.sound, media.video, media.ice_servers.for_browsers).routes(),
    ]
