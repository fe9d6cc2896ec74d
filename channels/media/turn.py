"""STUN and TURN servers, as rooms and browsers are given them.

With a secret that is shared with the TURN server, each giving has a name and a password of its own
that end by themselves: the name is the second it ends, the password a keyed hash of the name
(draft-uberti-behave-turn-rest-00; `use-auth-secret` of coturn). Nobody is handed the secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiortc import RTCIceServer

# Longer than a consultation, since a connection asks again as long as it lasts.
LIFE = timedelta(hours=6)
_SCHEMES = ("stun", "turn", "turns")


def _wall_clock() -> datetime:
    # The TURN server compares with its own wall clock, whatever time the rooms play in.
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class IceServers:
    """The servers of the settings; `secret` is "" where names and passwords stand in them."""

    servers: tuple[RTCIceServer, ...] = ()
    secret: str = field(default="", repr=False)
    now: Callable[[], datetime] = _wall_clock

    def given(self) -> tuple[RTCIceServer, ...]:
        """The servers for one connection, from now on."""
        return tuple(self._with_password(server) for server in self.servers)

    def for_browsers(self) -> list[dict[str, str]]:
        """The same, as a page hands them to its browser."""
        shown = []
        for server in self.given():
            entry = {"urls": str(server.urls)}
            if server.username:
                entry |= {"username": server.username, "credential": server.credential or ""}
            shown.append(entry)
        return shown

    def _with_password(self, server: RTCIceServer) -> RTCIceServer:
        if not self.secret or server.username or str(server.urls).startswith("stun:"):
            return server
        name = f"{int((self.now() + LIFE).timestamp())}:fatong"
        return RTCIceServer(server.urls, name, password(self.secret, name))


def password(secret: str, name: str) -> str:
    """The password of a name that ends by itself."""
    digest = hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def read_ice_servers(setting: str) -> tuple[RTCIceServer, ...]:
    """Read `stun:host:port,turn:user:password@host:port`; `ValueError` names what is wrong."""
    servers = []
    for text in filter(None, (part.strip() for part in setting.split(","))):
        scheme, _, rest = text.partition(":")
        if scheme not in _SCHEMES or not rest:
            raise ValueError(text)
        who, _, host = rest.rpartition("@")
        user, _, credential = who.partition(":")
        servers.append(RTCIceServer(f"{scheme}:{host}", user or None, credential or None))
    return tuple(servers)
