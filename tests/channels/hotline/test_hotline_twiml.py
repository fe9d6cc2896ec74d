"""Intents as TwiML, and places as addresses."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline import menu
from channels.hotline.intents import (
    Answer,
    Dial,
    HangUp,
    Hold,
    Join,
    Listen,
    Place,
    Say,
    Step,
    Wait,
)
from channels.hotline.simulator.document import parse
from channels.hotline.twiml import Capabilities, PublicAddresses, from_query, render, to_query

AT = PublicAddresses("https://fatong.example.cn/")
THEN = Place(Step.MORE, turn=2, misses=1)
URL = "https://fatong.example.cn/hotline/voice/more?turn=2&amp;misses=1"


def body(*intents, **options) -> str:
    """What stands within Response."""
    text = render(intents, AT, **options).replace("<Response />", "<Response></Response>")
    return text.split("<Response>")[1].removesuffix("</Response>")


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (Say("您好 & <再见>"), '<Say language="zh-CN">您好 &amp; &lt;再见&gt;</Say>'),
        (Say(""), ""),
        (HangUp(), "<Hangup />"),
        (
            Wait(THEN, 10),
            (
                f'<Gather action="{URL}" input="dtmf" method="POST" numDigits="1" timeout="10" />'
                f'<Redirect method="POST">{URL}</Redirect>'
            ),
        ),
        (
            Hold(THEN, "请稍候", 5),
            (
                '<Say language="zh-CN">请稍候</Say>'
                f'<Gather action="{URL}" input="dtmf" method="POST" numDigits="1" timeout="5" />'
                f'<Redirect method="POST">{URL}</Redirect>'
            ),
        ),
        (
            Listen(THEN, prompt=("请讲",)),
            (
                f'<Gather action="{URL}" input="speech dtmf" language="zh-CN" method="POST"'
                ' numDigits="1" speechTimeout="auto" timeout="6">'
                '<Say language="zh-CN">请讲</Say></Gather>'
                f'<Redirect method="POST">{URL}</Redirect>'
            ),
        ),
        (
            Join(THEN, "media", {"token": "a&b"}),
            (
                '<Connect><Stream url="wss://fatong.example.cn/hotline/media">'
                '<Parameter name="token" value="a&amp;b" /></Stream></Connect>'
                f'<Redirect method="POST">{URL}</Redirect>'
            ),
        ),
        (
            Dial(THEN, "+8647688880000", 20),
            (
                f'<Dial action="{URL}" method="POST" timeout="20">'
                "<Number>+8647688880000</Number></Dial>"
            ),
        ),
    ],
)
def test_each_intent_is_rendered(intent, expected: str) -> None:
    assert body(intent) == expected


def test_a_carrier_without_speech_is_asked_for_keys_alone() -> None:
    text = body(Listen(THEN), capabilities=Capabilities(speech=False))
    assert 'input="dtmf"' in text
    assert "speech" not in text


def test_an_empty_answer_is_a_document() -> None:
    assert parse(render((), AT)) == ()
    assert parse(render((Answer(),), AT)) == ()


def test_nothing_a_text_holds_can_become_a_verb() -> None:
    text = render((Say("</Say><Hangup/><Say>"),), AT)
    assert [verb.name for verb in parse(text)] == ["Say"]


def test_only_verbs_of_every_carrier_are_used() -> None:
    intents = (*menu.greet(), *menu.to_person(THEN), *menu.keep_waiting(THEN, 3))
    names = {element.tag for element in ET.fromstring(render(intents, AT)).iter()}
    assert names <= {"Response", "Say", "Gather", "Redirect"}


PLACES = st.builds(
    Place,
    step=st.sampled_from(Step),
    turn=st.integers(0, 9999),
    misses=st.integers(0, 5),
    tries=st.integers(0, 5),
    said=st.integers(0, 9999),
    code=st.one_of(st.just(""), st.from_regex(r"[0-9]{10}", fullmatch=True)),
)


@given(PLACES)
def test_a_place_comes_back_from_its_address(place: Place) -> None:
    assert from_query(str(place.step), to_query(place)) == place


@pytest.mark.parametrize(
    ("step", "query"),
    [
        ("nowhere", ""),
        ("ask", "turn=x"),
        ("ask", "turn=-1"),
        ("ask", "turn=9999999999999"),
        ("code", "code=abc"),
        ("code", "code=12345678901"),
    ],
)
def test_an_address_that_is_no_place_is_none(step: str, query: str) -> None:
    assert from_query(step, query) is None
