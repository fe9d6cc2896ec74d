"""Key profiles: which code of a remote control means what, on one kind of box.

Boxes contradict each other (19 is "up" on one and "play" on another), so there is no table for
all: a box has one profile, chosen or learned on it and kept in its cookie.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from backend.kernel.errors import Invalid

COOKIE = "fatong_tv_keys"
DEFAULT = "default"
LEARNED = ("ok", "back", "up", "down", "left", "right")
"""What a box is taught, in this order."""
MEANINGS = frozenset({*LEARNED, "leave"})
_LARGEST_CODE = 2_000_000  # consoles send 1572866
_DIGITS = range(48, 58)
_OWN = "own:"


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of box: its name, what people call it, and the meaning of each code."""

    name: str
    label: str
    keys: Mapping[int, str]


@cache
def profiles() -> Mapping[str, Profile]:
    """The profiles that come with the program, by name; raises `Invalid` for a clash in one."""
    text = resources.files("channels.tv").joinpath("data/key_profiles.json").read_text("utf-8")
    return {name: read_profile(name, data) for name, data in json.loads(text).items()}


def read_profile(name: str, data: Mapping[str, object]) -> Profile:
    """Read one profile; raises `Invalid` where a code would mean two things."""
    keys: dict[int, str] = {}
    meanings = data["keys"]
    starts = data["digits_from"]
    assert isinstance(meanings, Mapping)
    assert isinstance(starts, Sequence)
    pairs = [(int(code), meaning) for meaning, codes in meanings.items() for code in codes]
    pairs += [(int(start) + digit, str(digit)) for start in starts for digit in range(10)]
    for code, meaning in pairs:
        if code in keys:
            raise Invalid(f"键值 {code} 有两个意思。", code="key_clash", where=name)
        if meaning not in MEANINGS and not meaning.isdecimal():
            raise Invalid(f"没有“{meaning}”这种键。", code="key_meaning", where=name)
        keys[code] = meaning
    return Profile(name, str(data["label"]), keys)


def read_learned(typed: str) -> tuple[int, ...]:
    """Read six codes such as `13.8.38.40.37.39`, in the order of `LEARNED`.

    Raises `Invalid` when there are not six, two are the same, or one is a digit key.
    """
    parts = typed.split(".")
    if len(parts) != len(LEARNED) or not all(
        part.isascii() and part.isdecimal() and len(part) < 8 for part in parts
    ):
        raise Invalid("没有学会，请再按一遍。", code="keys_unreadable", where="codes")
    codes = tuple(int(part) for part in parts)
    if len(set(codes)) != len(codes):
        raise Invalid("有两个键的键值一样，请再按一遍。", code="keys_same", where="codes")
    if any(code in _DIGITS or not 0 < code <= _LARGEST_CODE for code in codes):
        raise Invalid("数字键不能当方向键，请再按一遍。", code="keys_digit", where="codes")
    return codes


def cookie_of(codes: Sequence[int]) -> str:
    """What a box keeps of what it has learned."""
    return _OWN + ".".join(map(str, codes))


def of_cookie(cookie: str) -> Mapping[int, str]:
    """The keys of a box by its cookie; the default for none, an unknown or a damaged one."""
    default = profiles()[DEFAULT].keys
    if cookie.startswith(_OWN):
        try:
            codes = read_learned(cookie.removeprefix(_OWN))
        except Invalid:
            return default
        digits = {code: str(code - _DIGITS.start) for code in _DIGITS}
        return digits | dict(zip(codes, LEARNED, strict=True))
    profile = profiles().get(cookie)
    return profile.keys if profile is not None else default


def script(keys: Mapping[int, str]) -> str:
    """The keys as the one line of ES5 that the screen's script reads."""
    return f"var FATONG_KEYS={json.dumps(keys, separators=(',', ':'))};\n"


profiles()  # read now: a request does not wait for a file
