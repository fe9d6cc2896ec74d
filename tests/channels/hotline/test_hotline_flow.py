"""The call flow by itself: what each result at each place leads to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.hotline import menu
from channels.hotline.flow import respond
from channels.hotline.hearing import spoken_seconds
from channels.hotline.intents import (
    Gone,
    HangUp,
    Intent,
    Join,
    Keyed,
    Listen,
    Place,
    Say,
    Silent,
    Spoken,
    Step,
    Wait,
)

ASK = Place(Step.ASK, turn=1)


def place_after(intents: tuple[Intent, ...]) -> Place:
    """Where the call goes on."""
    last = intents[-1]
    assert isinstance(last, Listen | Wait | Join)
    return last.then


def words(intents: tuple[Intent, ...]) -> str:
    """Everything said."""
    said = []
    for intent in intents:
        if isinstance(intent, Say):
            said.append(intent.text)
        elif isinstance(intent, Listen):
            said.extend(intent.prompt)
    return "".join(said)


def test_the_notice_says_what_must_be_said_within_eight_seconds() -> None:
    for notice in (menu.NOTICE, menu.NOTICE_KEYS):
        assert spoken_seconds(notice) <= 8
        assert "12348" in notice
        assert "通话会记录" in notice
    assert "请直接说您的问题，按0找人工" in menu.NOTICE
    assert words(menu.greet()) == menu.NOTICE
    assert words(menu.greet(speech=False)) == menu.NOTICE_KEYS


async def test_a_question_is_answered_and_more_is_offered(services) -> None:
    intents = await respond(ASK, Spoken("公司不给我缴社保"), services)
    assert services.asked == ["公司不给我缴社保"]
    assert words(intents).endswith(menu.MORE)
    assert place_after(intents).step is Step.MORE


@pytest.mark.parametrize(
    "result",
    [
        Silent(),
        Spoken(""),
        Spoken("   "),
        Spoken("！？……"),
        Spoken("一" * 10_000),
        Spoken("我想\ufffd\ufffd"),
        Keyed("7"),
        Keyed("99999999"),
        Keyed("*"),
    ],
)
async def test_what_is_not_understood_is_asked_once_more_and_then_a_person_comes(
    services, result
) -> None:
    again = await respond(ASK, result, services)
    assert words(again) == menu.AGAIN
    assert place_after(again).step is Step.ASK
    assert services.persons == []
    person = await respond(place_after(again), result, services)
    assert menu.TO_PERSON in words(person)
    assert place_after(person).step is Step.WAITING
    assert services.persons == ["silence" if result == Silent() else "unclear"]
    assert services.asked == []


async def test_an_understood_question_forgives_the_miss_before(services) -> None:
    again = await respond(ASK, Silent(), services)
    answered = await respond(place_after(again), Spoken("离婚要多久"), services)
    assert place_after(answered).misses == 0


@pytest.mark.parametrize("step", [Step.ASK, Step.MORE, Step.CODE, Step.PHONE_CODE])
async def test_zero_is_a_person_everywhere(services, step: Step) -> None:
    intents = await respond(Place(step, turn=4), Keyed("0"), services)
    assert services.persons == ["key"]
    assert place_after(intents).step is Step.WAITING


@pytest.mark.parametrize("text", ["没有了", "没有了，谢谢。", "好的，再见", "不用了", "谢谢"])
async def test_no_more_questions_ends_the_call(services, text: str) -> None:
    intents = await respond(Place(Step.MORE, turn=3), Spoken(text), services)
    assert intents == (Say(menu.GOODBYE), HangUp())


@pytest.mark.parametrize("text", ["没有劳动合同怎么办", "好的工伤怎么认定", "谢谢，还想问抚养费"])
async def test_a_question_that_begins_politely_is_still_a_question(services, text: str) -> None:
    await respond(Place(Step.MORE, turn=3), Spoken(text), services)
    assert services.asked == [text]


@pytest.mark.parametrize("result", [Keyed("1"), Spoken("我想查进度"), Spoken("查一下案件进展")])
async def test_progress_is_told_to_whoever_holds_both_codes(services, result) -> None:
    code = await respond(ASK, result, services)
    assert words(code) == menu.ASK_CODE
    phone = await respond(place_after(code), Keyed("2612345670"), services)
    assert "尾号8000" in words(phone)
    told = await respond(place_after(phone), Keyed("135790"), services)
    assert "调解员已受理" in words(told)
    assert place_after(told).code == ""


@pytest.mark.parametrize("digits", ["2612345671", "12", "26123456701", "26*2345670"])
async def test_an_unknown_case_code_is_said_and_the_fifth_leads_to_a_person(
    services, digits: str
) -> None:
    intents = await respond(ASK, Keyed("1"), services)
    for _ in range(4):
        intents = await respond(place_after(intents), Keyed(digits), services)
        assert words(intents) == menu.ASK_CODE_AGAIN
        assert services.persons == []
    intents = await respond(place_after(intents), Keyed(digits), services)
    assert services.persons == ["case_code"]
    assert place_after(intents).step is Step.WAITING


async def test_the_fifth_wrong_phone_code_leads_to_a_person(services) -> None:
    intents = await respond(Place(Step.CODE, turn=2), Keyed("2612345670"), services)
    for _ in range(4):
        intents = await respond(place_after(intents), Keyed("111111"), services)
        assert words(intents) == menu.ASK_PHONE_CODE_AGAIN
    await respond(place_after(intents), Keyed("111111"), services)
    assert services.persons == ["phone_code"]


@pytest.mark.parametrize("step", [Step.CODE, Step.PHONE_CODE])
async def test_silence_at_a_code_is_asked_once_more_and_then_a_person_comes(
    services, step: Step
) -> None:
    again = await respond(Place(step, turn=2, code="2612345670"), Silent(), services)
    assert place_after(again).step is step
    await respond(place_after(again), Silent(), services)
    assert services.persons == ["silence"]


async def test_waiting_goes_on_until_an_agent_serves(services) -> None:
    services.state = "waiting"
    waiting = await respond(Place(Step.WAITING, turn=3), Silent(), services)
    assert "前面还有2位" in words(waiting)
    quiet = await respond(place_after(waiting), Silent(), services)
    assert words(quiet) == ""
    services.state, services.stream = "sound", "media"
    joined = await respond(place_after(quiet), Silent(), services)
    assert joined[0] == Join(place_after(joined), stream="media", parameters={"token": "t1"})
    assert place_after(joined).step is Step.TALK


async def test_one_while_waiting_is_a_call_back(services) -> None:
    services.state = "waiting"
    intents = await respond(Place(Step.WAITING, turn=3), Keyed("1"), services)
    assert "给您回电" in words(intents)
    assert intents[-1] == HangUp()


@pytest.mark.parametrize("step", list(Step))
async def test_a_caller_who_is_gone_is_gone_wherever_the_call_stood(services, step: Step) -> None:
    assert await respond(Place(step, turn=9), Gone("completed"), services) == ()
    assert services.ended == ["completed"]


_RESULTS = st.one_of(
    st.builds(Keyed, st.text("0123456789*#", min_size=1, max_size=12)),
    st.builds(Spoken, st.text(max_size=600)),
    st.just(Silent()),
)


@given(results=st.lists(_RESULTS, max_size=25))
async def test_whatever_a_caller_does_the_call_goes_on_or_ends_with_words(
    new_services, results
) -> None:
    services = new_services()
    place = ASK
    for result in results:
        intents = await respond(place, result, services)
        if intents[-1] == HangUp():
            assert words(intents)
            return
        following = place_after(intents)
        assert following.turn == place.turn + 1
        place = following
