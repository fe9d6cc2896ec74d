"""The messages of Twilio's Media Streams, read and written (all numbers are strings)."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.kernel.errors import Invalid

FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
_LONGEST_SOUND = 16_000  # bytes: two seconds; carriers send 20 ms


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket is open."""


@dataclass(frozen=True, slots=True)
class Started:
    """The stream begins."""

    stream: str
    call: str
    format: Mapping[str, Any]
    parameters: Mapping[str, str]

    @property
    def is_mulaw(self) -> bool:
        """Whether it is sound that a PCMU browser hears untouched."""
        return {name: _number(self.format.get(name)) for name in FORMAT} == FORMAT


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of the caller's sound; `chunk` counts, where the carrier counts."""

    payload: bytes = field(repr=False)
    chunk: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Everything before this mark was played, or cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stream ends."""


Event = Connected | Started | Sound | Key | Marked | Stopped


def read(text: str) -> Event:
    """Read one message; raises `Invalid` for anything else."""
    try:
        message = json.loads(text)
        return _read(message)
    except (ValueError, KeyError, TypeError, AttributeError, NotBase64) as error:
        raise Invalid("媒体流消息不合规。", code="bad_stream_message") from error


def _read(message: Mapping[str, Any]) -> Event:
    match message["event"]:
        case "connected":
            return Connected()
        case "start":
            start = message["start"]
            # Somleng puts the parameters beside `start`, Twilio inside.
            given = start.get("customParameters") or message.get("customParameters") or {}
            return Started(
                stream=str(message.get("streamSid") or start["streamSid"]),
                call=str(start.get("callSid", "")),
                format=dict(start["mediaFormat"]),
                parameters={str(name): str(value) for name, value in given.items()},
            )
        case "media":
            payload = b64decode(message["media"]["payload"], validate=True)
            if len(payload) > _LONGEST_SOUND:
                raise ValueError("payload")
            chunk = message["media"].get("chunk")
            return Sound(payload, int(chunk) if chunk is not None else None)
        case "dtmf":
            digit = str(message["dtmf"]["digit"])
            if len(digit) != 1 or digit not in "0123456789*#ABCD":
                raise ValueError("digit")
            return Key(digit)
        case "mark":
            return Marked(str(message["mark"]["name"]))
        case "stop":
            return Stopped()
    raise ValueError("event")


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def media(stream: str, payload: bytes) -> dict[str, Any]:
    """Sound for the caller."""
    return {
        "event": "media",
        "streamSid": stream,
        "media": {"payload": b64encode(payload).decode()},
    }


def mark(stream: str, name: str) -> dict[str, Any]:
    """A mark that comes back when everything before it was played."""
    return {"event": "mark", "streamSid": stream, "mark": {"name": name}}


def clear(stream: str) -> dict[str, Any]:
    """Forget what was not played yet."""
    return {"event": "clear", "streamSid": stream}
