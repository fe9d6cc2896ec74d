"""Names and passwords for a TURN server that end by themselves."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from backend.kernel.errors import WrongSetting
from backend.settings import read_settings
from channels.media.parts import build_media
from channels.media.turn import LIFE, IceServers, password, read_ice_servers

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
BOTH = "stun:stun.example.cn:3478,turn:turn.example.cn:3478"


def test_a_password_is_the_keyed_hash_of_its_name() -> None:
    # RFC 2202 section 3, test case 2.
    hashed = bytes.fromhex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    assert password("Jefe", "what do ya want for nothing?") == base64.b64encode(hashed).decode()


def test_each_giving_ends_by_itself_and_the_secret_stays() -> None:
    servers = IceServers(read_ice_servers(BOTH), "shared with coturn", lambda: NOON)
    stun, turn = servers.for_browsers()
    assert stun == {"urls": "stun:stun.example.cn:3478"}
    ends, _, who = turn["username"].partition(":")
    assert (datetime.fromtimestamp(int(ends), UTC), who) == (NOON + LIFE, "fatong")
    assert turn["credential"] == password("shared with coturn", turn["username"])
    later = IceServers(servers.servers, "shared with coturn", lambda: NOON + timedelta(hours=1))
    assert later.for_browsers()[1]["username"] != turn["username"]
    assert "shared with coturn" not in f"{servers!r}{servers.for_browsers()}"
    assert [one.username for one in servers.given()] == [None, turn["username"]]


def test_a_name_in_the_address_is_kept() -> None:
    servers = IceServers(read_ice_servers("turn:me:word@turn.example.cn:3478"), "secret")
    assert servers.for_browsers() == [
        {"urls": "turn:turn.example.cn:3478", "username": "me", "credential": "word"}
    ]


def test_a_turn_server_without_a_password_is_refused_at_start() -> None:
    with pytest.raises(WrongSetting, match="FATONG_TURN_SECRET"):
        build_media(BOTH, 4)
    assert build_media(BOTH, 4, "secret").ice_servers.secret == "secret"
    assert build_media("stun:stun.example.cn:3478", 4).ice_servers.for_browsers()


def test_the_secret_may_stand_in_a_file(tmp_path) -> None:
    file = tmp_path / "turn"
    file.write_text("from a file\n")
    read = read_settings({"FATONG_TURN_SECRET_FILE": str(file)})
    assert read.turn_secret.get_secret_value() == "from a file"
    assert "from a file" not in repr(read)
