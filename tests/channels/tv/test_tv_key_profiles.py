"""Key profiles: one table a box, no clash in any, and nothing a cookie says can break a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.errors import Invalid
from channels.tv import keys


@pytest.mark.parametrize("name", sorted(keys.profiles()))
def test_a_profile_has_every_key_a_screen_needs(name):
    meanings = set(keys.profiles()[name].keys.values())
    assert meanings >= {*keys.LEARNED, *"0123456789"}


def test_boxes_contradict_each_other_and_each_keeps_its_own_meaning():
    found = keys.profiles()
    assert found["android-native"].keys[19] == "up"
    assert 19 not in found["hbbtv"].keys
    assert found["default"].keys[8] == "back"
    assert found["android-native"].keys[8] == "1"


def test_a_code_with_two_meanings_is_refused():
    data = {"label": "x", "keys": {"ok": [13], "back": [13]}, "digits_from": [48]}
    with pytest.raises(Invalid, match="13"):
        keys.read_profile("x", data)


def test_a_meaning_nobody_knows_is_refused():
    data = {"label": "x", "keys": {"jump": [13]}, "digits_from": [48]}
    with pytest.raises(Invalid, match="jump"):
        keys.read_profile("x", data)


def test_a_learned_box_keeps_its_six_keys_and_its_digits():
    kept = keys.cookie_of(keys.read_learned("23.4.19.20.21.22"))
    found = keys.of_cookie(kept)
    assert [found[code] for code in (23, 4, 19, 20, 21, 22)] == list(keys.LEARNED)
    assert found[49] == "1"


@pytest.mark.parametrize(
    "typed",
    ["", "13", "13.8.38.40.37", "13.13.38.40.37.39", "13.8.38.40.37.49", "a.8.38.40.37.39",
     "0.8.38.40.37.39", "13.8.38.40.37.9999999", "１３.8.38.40.37.39"],
)  # fmt: skip
def test_codes_that_cannot_be_are_refused(typed):
    with pytest.raises(Invalid):
        keys.read_learned(typed)


@given(st.text(max_size=80))
def test_any_cookie_gives_keys_that_lead_out(cookie):
    assert "back" in keys.of_cookie(cookie).values()
    assert "back" in keys.of_cookie("own:" + cookie).values()
