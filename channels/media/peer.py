"""One browser's connection: its encoded frames come out, encoded frames of others go in.

aiortc decodes what it receives; here the queue of its decoder is replaced, and frames leave before
they are decoded. This touches names that are private to aiortc: they stand in this file alone, the
version is pinned, and a contract test fails when a new one moves them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
)
from aiortc.exceptions import InternalError, InvalidStateError, OperationError

from backend.kernel.errors import Invalid
from channels.media.offers import Offer
from channels.media.outlet import Frame, is_key_frame

log = structlog.get_logger()
DECODER_QUEUE = "_RTCRtpReceiver__decoder_queue"
RTX_SOURCES = "_RTCRtpReceiver__rtx_ssrc"
KEY_FRAME_WANTED = "_send_keyframe"
SEND_PICTURE_LOSS = "_send_rtcp_pli"
_KEY_FRAME_PAUSE = 0.3  # seconds between two requests to the same camera
_OVER = ("failed", "closed")

Deliver = Callable[[str, Frame], None]


class FrameTap:
    """Stands in for the queue of a receiver's decoder: frames go to `deliver`, not to a decoder."""

    def __init__(self, deliver: Callable[[str, int, bytes, int], None]) -> None:
        self._deliver = deliver

    def put(self, item: tuple[Any, Any] | None) -> None:
        """Aiortc has put a frame together; None says that the receiver stops."""
        if item is not None:
            codec, frame = item
            self._deliver(codec.name, codec.clockRate, frame.data, frame.timestamp)

    def get(self) -> None:
        """What the decoder's thread asks for: None ends it at once, so that none stays parked."""
        return


@dataclass(frozen=True, slots=True)
class Codecs:
    """The one codec of each kind that a peer may send and receive ("" for no such kind)."""

    audio: str = ""
    video: str = ""

    def of(self, kind: str) -> str:
        """The codec of a kind."""
        return self.audio if kind == "audio" else self.video


class Peer:
    """A connection to one browser. `outlets` are what it is sent, by kind."""

    def __init__(
        self,
        outlets: Mapping[str, MediaStreamTrack],
        deliver: Deliver,
        *,
        ice_servers: tuple[RTCIceServer, ...] = (),
        on_over: Callable[[], None] | None = None,
        on_key_wanted: Callable[[], None] | None = None,
    ) -> None:
        # An empty list, never None: with None aiortc asks a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=list(ice_servers)))
        self._outlets = dict(outlets)
        self._deliver = deliver
        self._on_over = on_over
        self._on_key_wanted = on_key_wanted
        self._camera: RTCRtpReceiver | None = None
        self._asked_at = 0.0
        self._asks = 0
        self._connection.on("connectionstatechange", self._state_changed)

    @property
    def state(self) -> str:
        """new, connecting, connected, failed or closed."""
        return str(self._connection.connectionState)

    @property
    def key_frames_asked(self) -> int:
        """How many key frames were asked of this peer's camera."""
        return self._asks

    async def answer(self, offer: Offer, codecs: Codecs) -> dict[str, str]:
        """Take an offer and return the answer; raises `Invalid` when aiortc refuses the offer."""
        for kind in offer.codecs:
            self._prepare(kind, codecs.of(kind))
        try:
            await self._connection.setRemoteDescription(offer.description)
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except (
            ValueError,
            LookupError,
            AttributeError,
            TypeError,
            AssertionError,
            InternalError,
            InvalidStateError,
            OperationError,
        ) as error:
            log.info("media.offer_refused", why=type(error).__name__)
            raise Invalid(
                "通话信息不能用，请刷新页面再试。", code="not_sdp", where="sdp"
            ) from error
        local = self._connection.localDescription
        return {"type": local.type, "sdp": local.sdp}

    async def ask_for_key_frame(self) -> None:
        """Ask this peer's camera for a key frame, not more often than it can deliver them."""
        now = time.monotonic()
        if self._camera is None or now - self._asked_at < _KEY_FRAME_PAUSE:
            return
        source = picture_source(self._camera)
        if source is None:
            return
        self._asked_at = now
        self._asks += 1
        await getattr(self._camera, SEND_PICTURE_LOSS)(source)

    async def close(self) -> None:
        """End the connection and what it is sent; again is no change."""
        self._on_over = None
        for outlet in self._outlets.values():
            outlet.stop()
        await self._connection.close()

    def _prepare(self, kind: str, codec: str) -> None:
        outlet = self._outlets.get(kind)
        if outlet is None or not codec:
            raise Invalid("这里只能通声音，不能传画面。", code="no_video", where="sdp")
        transceiver = self._connection.addTransceiver(outlet, "sendrecv")
        wanted = {f"{kind}/{codec}".lower(), "video/rtx"}
        capable = RTCRtpSender.getCapabilities(kind).codecs
        transceiver.setCodecPreferences([one for one in capable if one.mimeType.lower() in wanted])
        # Before the remote description: aiortc ignores it afterwards.
        setattr(transceiver.receiver, DECODER_QUEUE, FrameTap(self._tapped(kind)))
        if kind == "video":
            self._camera = transceiver.receiver
            setattr(transceiver.sender, KEY_FRAME_WANTED, self._key_wanted)

    def _tapped(self, kind: str) -> Callable[[str, int, bytes, int], None]:
        def tapped(codec: str, clock_rate: int, data: bytes, timestamp: int) -> None:
            if data:
                key = is_key_frame(codec, data)
                self._deliver(kind, Frame(data, timestamp, clock_rate, key))

        return tapped

    def _key_wanted(self) -> None:
        if self._on_key_wanted is not None:
            self._on_key_wanted()

    def _state_changed(self) -> None:
        if self.state in _OVER and self._on_over is not None:
            self._on_over()


def picture_source(receiver: RTCRtpReceiver) -> int | None:
    """The source of a receiver's picture: the first one that is not a stream of repeats."""
    repeats = getattr(receiver, RTX_SOURCES)
    sources = (one.source for one in receiver.getSynchronizationSources())
    return next((source for source in sources if source not in repeats), None)
