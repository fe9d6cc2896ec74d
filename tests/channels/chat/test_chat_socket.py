"""The page's socket: it survives breaks, bad input is answered, and nothing said is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from backend.contacts.model import Speaker

FORM = [{"text": "手上有没有写明欠工资的条子？"}]


async def test_rasa_leads_and_the_knowledge_base_answers(open_chat: Any, rasa: Any) -> None:
    page = await open_chat()
    rasa.said = [{"custom": {"ask_knowledge": True}}, *FORM]
    answer = await page.reply_to("老板欠我工资", "k1")
    assert [cited["article"] for cited in answer["citations"]] == ["第五十条"]
    assert answer["steps"] == ["先向人社局投诉。"]
    asked = await page.until("message", speaker="system")
    assert (asked["text"], asked["citations"]) == (FORM[0]["text"], [])


async def test_a_short_answer_reaches_the_form(open_chat: Any, rasa: Any) -> None:
    page = await open_chat()
    rasa.said = FORM
    for text in ("是", "5", "没"):
        assert (await page.reply_to(text, f"k-{text}"))["text"] == FORM[0]["text"]
    assert [text for _, text in rasa.heard] == ["是", "5", "没"]


@pytest.mark.parametrize("said", [[], [{"custom": {"ask_knowledge": True}}]])
async def test_only_emoji_is_asked_to_be_said_in_words(
    open_chat: Any, rasa: Any, said: list[dict[str, Any]]
) -> None:
    page = await open_chat()
    rasa.said = said
    await page.send(type="say", text="😀😀😀", key="k1")
    problem = await page.until("problem")
    assert problem["code"] == "unclear"


async def test_html_stays_words(open_chat: Any, rasa: Any) -> None:
    page = await open_chat()
    await page.send(type="say", text="<script>alert(1)</script>工资", key="k1")
    said = await page.until("message", speaker="citizen")
    assert said["text"] == "<script>alert(1)</script>工资"


async def test_four_thousand_characters_are_refused_in_a_sentence(
    open_chat: Any, room: Any, rasa: Any
) -> None:
    page = await open_chat()
    await page.send(type="say", text="工" * 4000, key="k1")
    problem = await page.until("problem")
    assert (problem["code"], "分几次" in problem["text"]) == ("too_long", True)
    assert await room.said(await room.contact_of(page.session)) == []
    assert rasa.heard == []


async def test_fifty_messages_at_once_are_slowed_and_what_was_taken_is_kept(
    open_chat: Any, room: Any, rasa: Any
) -> None:
    page = await open_chat()
    for number in range(50):
        await page.send(type="say", text=f"工资第{number}次", key=f"k{number}")
    slowed = 0
    async with asyncio.timeout(20):
        while slowed < 44:
            frame = await page.socket.receive_json()
            slowed += frame.get("code") == "too_fast"
    said = await room.said(await room.contact_of(page.session))
    citizen = [message.text for message in said if message.speaker is Speaker.CITIZEN]
    assert citizen == [f"工资第{number}次" for number in range(6)]


@pytest.mark.parametrize(
    "frame", ["", "{", "[]", '{"type":"x"}', '{"type":"say","text":5}', '{"after":-1}']
)
async def test_a_frame_that_is_none_is_answered(open_chat: Any, frame: str) -> None:
    page = await open_chat()
    await page.socket.send_str(frame)
    assert (await page.until("problem"))["code"] == "bad_frame"


@pytest.mark.parametrize("token", ["", "x", "x" * 500, "../../etc"])
async def test_nobody_elses_conversation_opens(room: Any, token: str) -> None:
    headers = {"Origin": room.base, "Cookie": f"fatong_chat={token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{room.base}/chat/socket", headers=headers) as socket,
    ):
        frame = await socket.receive_json()
        assert (frame["type"], frame["code"]) == ("problem", "no_conversation")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_another_site_cannot_open_the_socket(open_chat: Any, room: Any) -> None:
    page = await open_chat()
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await page.session.ws_connect(
            f"{room.base}/chat/socket", headers={"Origin": "https://elsewhere.example"}
        )


async def test_after_a_break_only_what_is_new_comes(open_chat: Any, room: Any, rasa: Any) -> None:
    page = await open_chat()
    first = await page.reply_to("工资不给", "k1")
    await page.socket.close()
    again = await open_chat(page.session, after=first["sequence"])
    second = await again.reply_to("工资还是不给", "k2")
    assert second["sequence"] == first["sequence"] + 2
    whole = await open_chat(page.session, after=0)
    seen = [(await whole.until("message"))["sequence"] for _ in range(4)]
    assert seen == [1, 2, 3, 4]


async def test_the_same_sentence_sent_twice_is_said_once(
    open_chat: Any, room: Any, rasa: Any
) -> None:
    page = await open_chat()
    first = await page.reply_to("工资不给", "same")
    await page.socket.close()
    again = await open_chat(page.session, after=first["sequence"])
    await again.send(type="say", text="工资不给", key="same")
    await again.reply_to("工资呢", "next")
    said = await room.said(await room.contact_of(page.session))
    assert [m.text for m in said if m.speaker is Speaker.CITIZEN] == ["工资不给", "工资呢"]
    assert len([m for m in said if m.speaker is Speaker.SYSTEM]) == 2


async def test_a_person_on_request_and_a_call_back(open_chat: Any, room: Any, rasa: Any) -> None:
    page = await open_chat()
    await page.send(type="say", text="转人工", key="k1")
    await page.until("state", state="waiting")
    assert rasa.heard == []
    await page.send(type="callback", text="不是号码")
    assert (await page.until("problem"))["code"] == "bad_phone"
    await page.send(type="callback", text="13847600000")
    await page.until("state", state="callback")


@pytest.mark.parametrize("person", ["asked", "danger"])
async def test_the_bot_sends_for_a_person(open_chat: Any, rasa: Any, person: str) -> None:
    page = await open_chat()
    rasa.said = [{"custom": {"person": person}}]
    await page.send(type="say", text="找个能管事的来", key="k1")
    await page.until("state", state="waiting")


async def test_danger_never_waits_for_rasa(open_chat: Any, rasa: Any) -> None:
    page = await open_chat()
    held = asyncio.Event()

    async def hold(message: dict[str, Any]) -> aiohttp.web.Response:
        await held.wait()
        return aiohttp.web.json_response(FORM)

    rasa.answer = hold
    reply = await page.reply_to("他正在打我", "k1")
    assert "110" in reply["text"]
    assert FORM[0]["text"] not in reply["text"]
    await page.until("state", state="waiting", danger=True)
    held.set()


async def test_a_sentence_that_came_twice_is_one_answer(open_chat: Any, rasa: Any) -> None:
    page = await open_chat()
    rasa.said = FORM
    await page.reply_to("两万块钱", "same")
    await page.send(type="say", text="两万块钱", key="same")
    await page.reply_to("公司招的", "next")
    assert [text for _, text in rasa.heard] == ["两万块钱", "公司招的"]


async def test_a_fault_of_ours_is_told_and_the_socket_lives(
    open_chat: Any, rasa: Any, logged: list[Any]
) -> None:
    page = await open_chat()
    await page.send(type="say", text="坏了，工资怎么算", key="k1")
    problem = await page.until("problem")
    assert problem["code"] == "fault"
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["chat.failed"]
    assert (await page.reply_to("工资怎么算", "k2"))["citations"]


async def test_leaving_forgets_the_conversation(open_chat: Any, room: Any, rasa: Any) -> None:
    page = await open_chat()
    rasa.said = FORM
    await page.reply_to("工资不给", "k1")
    contact = await room.contact_of(page.session)
    await page.send(type="leave")
    await page.until("state", state="closed")
    assert rasa.heard[-1] == (contact, "/restart")


async def test_rasa_killed_in_the_middle_of_a_form(open_chat: Any, room: Any, rasa: Any) -> None:
    """What was given stays on the case, and the knowledge base goes on."""
    page = await open_chat()
    contact = await room.contact_of(page.session)

    async def act(action: str, given: dict[str, Any]) -> None:
        events = [{"event": "action", "name": "wages_form"}]
        events += [{"event": "slot", "name": name, "value": said} for name, said in given.items()]
        tracker = {"events": events, "latest_message": {"text": "".join(given.values())}}
        body = {"next_action": action, "sender_id": contact, "tracker": tracker}
        headers = {"Authorization": "Bearer the-bots-secret-in-this-test"}
        url = f"{room.base}/bot/actions"
        async with page.session.post(url, json=body, headers=headers) as response:
            assert response.status == 200

    async def asks(message: dict[str, Any]) -> aiohttp.web.Response:
        given = {} if "老板" in message["message"] else {"amount": message["message"]}
        await act("validate_wages_form" if given else "action_start_wages", given)
        return aiohttp.web.json_response(FORM)

    rasa.answer = asks
    await page.reply_to("老板欠我工资", "k1")
    await page.reply_to("两万五", "k2")
    await rasa.kill()
    answer = await page.reply_to("工资条算证据吗", "k3")
    assert answer["citations"]
    assert (await room.facts(contact)).values() == {"issue": "wages", "amount": 25_000}
