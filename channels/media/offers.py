"""SDP offers as browsers post them: read, checked, and answered in one codec a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription

from backend.kernel.errors import Invalid

LARGEST_OFFER = 64 * 1024
_NOT_SDP = "浏览器发来的通话信息读不懂，请刷新页面再试。"


@dataclass(frozen=True, slots=True)
class Offer:
    """A readable offer: its description, and the codec names of each kind in the order offered."""

    description: RTCSessionDescription
    codecs: Mapping[str, tuple[str, ...]]


def read_offer(data: Mapping[str, Any]) -> Offer:
    """Read what a page posted; raises `Invalid` for anything that is no usable offer."""
    sdp, kind = data.get("sdp"), data.get("type", "offer")
    if not isinstance(sdp, str) or kind != "offer" or not sdp.startswith("v=0"):
        raise Invalid(_NOT_SDP, code="not_sdp", where="sdp")
    if len(sdp) > LARGEST_OFFER:
        raise Invalid("通话信息太长。", code="too_large", where="sdp")
    try:
        parsed = SessionDescription.parse(sdp)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        raise Invalid(_NOT_SDP, code="not_sdp", where="sdp") from error
    media = [part for part in parsed.media if part.kind in ("audio", "video")]
    if not media:
        raise Invalid("通话信息里没有声音也没有画面。", code="no_media", where="sdp")
    for part in media:
        if part.ice is None or not part.ice.usernameFragment:
            raise Invalid(_NOT_SDP, code="not_sdp", where="sdp")
        if part.dtls is None or not part.dtls.fingerprints:
            raise Invalid(_NOT_SDP, code="not_sdp", where="sdp")
    if len({part.kind for part in media}) != len(media):
        raise Invalid("一方最多一路声音和一路画面。", code="too_many_tracks", where="sdp")
    codecs = {part.kind: tuple(codec.name.upper() for codec in part.rtp.codecs) for part in media}
    return Offer(RTCSessionDescription(sdp=sdp, type="offer"), codecs)


def choose(offer: Offer, kind: str, *names: str) -> str:
    """The first of `names` that the offer has; raises `Invalid` when it has none."""
    found = next((name for name in names if name.upper() in offer.codecs.get(kind, ())), None)
    if found is None:
        raise Invalid(
            f"这个浏览器不支持通话需要的格式（{'、'.join(names)}），请换一个浏览器。",
            code="codec",
            where="sdp",
        )
    return found
