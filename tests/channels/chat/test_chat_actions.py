"""Rasa's action endpoint: facts go to the case as they are given, and are asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from backend.cases import service as cases
from backend.cases.model import UNKNOWN
from backend.cases.ports import Cases
from backend.contacts import service as contacts
from backend.contacts.model import Door
from backend.kernel.actor import SYSTEM, citizen

SECRET = "the-bots-secret-in-this-test"


class Bot:
    """Calls the endpoint as Rasa does."""

    def __init__(self, room: Any, session: aiohttp.ClientSession, contact: str) -> None:
        self.room = room
        self.session = session
        self.contact = contact
        self.slots: dict[str, Any] = {}
        self.loop = ""

    async def post(self, body: Any, secret: str = SECRET) -> tuple[int, Any]:
        async with self.session.post(
            f"{self.room.base}/bot/actions",
            json=body,
            headers={"Authorization": f"Bearer {secret}"},
        ) as response:
            return response.status, await response.json()

    async def act(
        self,
        action: str,
        text: str = "",
        *,
        intent: str = "inform",
        given: dict[str, Any] | None = None,
        turns: int = 3,
    ) -> dict[str, Any]:
        """One action; keeps the slots it sets, returns slots set, words and marks."""
        given = given or {}
        events: list[dict[str, Any]] = [{"event": "user", "text": "早前"}] * turns
        events += [{"event": "slot", "name": "requested_slot", "value": None}]
        events += [{"event": "action", "name": self.loop or "action_listen"}]
        events += [{"event": "slot", "name": name, "value": value} for name, value in given.items()]
        tracker = {
            "sender_id": self.contact,
            "slots": self.slots | given,
            "latest_message": {"text": text, "intent": {"name": intent}, "entities": []},
            "events": events,
            "active_loop": {"name": self.loop} if self.loop else {},
            "paused": False,
        }
        body = {"next_action": action, "sender_id": self.contact, "tracker": tracker, "domain": {}}
        status, done = await self.post(body)
        assert status == 200, done
        found: dict[str, Any] = {"words": [], "events": done["events"]}
        for event in done["events"]:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        for said in done["responses"]:
            if "text" in said:
                found["words"].append(said["text"])
            found |= said.get("custom", {})
        return found

    async def answer(self, code: str, text: str, intent: str = "inform") -> dict[str, Any]:
        """What Rasa does with an answer inside a form: fill the slot, have it checked."""
        return await self.act(f"validate_{self.loop}", text, intent=intent, given={code: text})

    async def facts(self) -> dict[str, Any]:
        return dict((await self.room.facts(self.contact)).values())


@pytest.fixture
async def bot(room: Any) -> AsyncIterator[Bot]:
    async with room.platform.units(citizen(""), "chat") as uow:
        contact = await contacts.open_contact(uow, door=Door.CHAT, region="150400", wire="chat:1")
    async with aiohttp.ClientSession() as session:
        yield Bot(room, session, contact.id)


def call(contact: str, action: str = "action_kb_answer") -> dict[str, Any]:
    return {"next_action": action, "sender_id": contact, "tracker": {}, "domain": {}}


@pytest.mark.parametrize("secret", ["", "wrong", "密"])
async def test_without_the_secret_nothing_is_done(bot: Bot, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}"} if secret.isascii() else {}
    async with bot.session.post(
        f"{bot.room.base}/bot/actions",
        json=call(bot.contact, "action_start_wages"),
        headers=headers,
    ) as response:
        assert response.status == 403
    assert await bot.facts() == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (call("nobody"), 404),
        ({"next_action": "x"}, 422),
        ([], 422),
        ("", 422),
        ({"next_action": "action_kb_answer", "sender_id": "x" * 200, "tracker": {}}, 422),
        ({"next_action": "action_kb_answer", "sender_id": "x", "tracker": {"events": 3}}, 422),
    ],
)
async def test_a_bad_call_is_refused(bot: Bot, body: Any, status: int) -> None:
    assert (await bot.post(body))[0] == status


@pytest.mark.parametrize("action", ["", "action_unknown", "validate_other_form", "__init__"])
async def test_an_unknown_action_is_refused(bot: Bot, action: str) -> None:
    status, said = await bot.post(call(bot.contact, action))
    assert (status, said["code"]) == (422, "no_action")


async def test_unpaid_wages_are_asked_through_and_recorded_one_by_one(bot: Bot) -> None:
    started = await bot.act("action_start_wages", "老板欠我两万工资不给", intent="wages_case")
    assert started["ask_knowledge"] is True
    assert await bot.facts() == {"issue": "wages"}
    bot.loop = "wages_form"
    first = await bot.act("validate_wages_form", "老板欠我两万工资不给", given={"amount": "两万"})
    assert bot.slots["requested_slot"] == "employment_relation"
    assert "20,000" in "".join(first["words"])
    for code, text, value, asked in [
        ("employment_relation", "劳务公司招的", "yes", "wage_iou"),
        ("wage_iou", "没有条子", False, "other_labour_claims"),
        ("other_labour_claims", "不要", False, "still_employed"),
        ("still_employed", "早不干了", False, "employment_ended_on"),
    ]:
        await bot.answer(code, text)
        assert (await bot.facts())[code] == value
        assert bot.slots["requested_slot"] == asked
    last = await bot.answer("employment_ended_on", "去年8月")
    assert bot.slots["requested_slot"] is None
    assert "2025年8月1日" in "".join(last["words"])
    bot.loop = ""
    over = await bot.act("action_submit")
    assert "仲裁" in "".join(over["words"])
    assert {bot.slots[code] for code in ("amount", "wage_iou", "employment_relation")} == {None}


async def test_what_another_door_learned_is_not_asked(bot: Bot) -> None:
    async with bot.room.platform.units(citizen(bot.contact), "tv") as uow:
        contact = await contacts.get_contact(uow, bot.contact)
        case = await uow.get(Cases).by_id(contact.case)
        assert case is not None
        await cases.record_facts(
            uow, case, {"issue": "wages", "amount": 900, "employment_relation": UNKNOWN}
        )
    await bot.act("action_start_wages", "工资不给", intent="wages_case")
    assert bot.slots["amount"] == 900
    bot.loop = "wages_form"
    await bot.act(
        "validate_wages_form",
        "工资不给",
        given={"amount": 900, "employment_relation": UNKNOWN},
    )
    assert bot.slots["requested_slot"] == "wage_iou"


async def test_a_personal_employer_makes_a_question_needless(bot: Bot) -> None:
    bot.loop = "wages_form"
    for code, text in [
        ("amount", "三千"),
        ("employment_relation", "包工头找的我"),
        ("wage_iou", "有"),
        ("other_labour_claims", "不清楚"),
    ]:
        await bot.answer(code, text)
    assert bot.slots["requested_slot"] is None
    sheet = await bot.room.facts(bot.contact)
    assert sheet.get("other_labour_claims").value == UNKNOWN


async def test_what_cannot_be_read_is_asked_again_and_not_recorded(bot: Bot) -> None:
    bot.loop = "wages_form"
    said = await bot.answer("amount", "反正不少")
    assert said["words"] == ["没有听出数目。可以这样答：两万五，或者25000。"]
    assert bot.slots["amount"] is None
    assert bot.slots["requested_slot"] == "amount"
    assert await bot.facts() == {}


async def test_a_question_instead_of_an_answer_goes_to_the_knowledge_base(bot: Bot) -> None:
    bot.loop = "wages_form"
    said = await bot.answer("wage_iou", "没有欠条能告赢吗？")
    assert said["ask_knowledge"] is True
    assert await bot.facts() == {}


async def test_a_correction_within_a_form(bot: Bot) -> None:
    bot.loop = "wages_form"
    await bot.answer("amount", "两万")
    await bot.answer("employment_relation", "公司招的")
    said = await bot.act(
        "validate_wages_form", "不对，是两万五", intent="correct", given={"amount": "两万五"}
    )
    assert "25,000" in said["words"][0]
    assert bot.slots["requested_slot"] == "wage_iou"
    sheet = await bot.room.facts(bot.contact)
    assert [fact.value for fact in sheet.facts if fact.code == "amount"] == [20_000, 25_000]
    assert sheet.values()["amount"] == 25_000


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("记错了，是三千", "amount", 3_000),
        ("说错了，包工头找的我", "employment_relation", "no"),
    ],
)
async def test_a_correction_finds_its_fact(bot: Bot, text: str, code: str, value: Any) -> None:
    bot.loop = "wages_form"
    await bot.answer("amount", "两万")
    await bot.answer("employment_relation", "公司招的")
    await bot.act("action_correct", text, intent="correct")
    assert (await bot.facts())[code] == value


async def test_a_correction_of_nothing_says_how(bot: Bot) -> None:
    bot.loop = "wages_form"
    await bot.answer("amount", "两万")
    said = await bot.act("action_correct", "刚才说的不对", intent="correct")
    assert "两万五" in said["words"][0]
    assert (await bot.facts())["amount"] == 20_000


async def test_stopping_is_confirmed_and_can_be_taken_back(bot: Bot) -> None:
    bot.loop = "wages_form"
    await bot.answer("amount", "两万")
    await bot.act("validate_wages_form", "不问了", intent="cancel", given={"stop": "asked"})
    assert bot.slots["requested_slot"] == "stop"
    await bot.act("validate_wages_form", "不", intent="deny", given={"stop": "不"})
    assert bot.slots["requested_slot"] == "employment_relation"
    assert bot.slots["stop"] is None
    await bot.act("validate_wages_form", "不问了", intent="cancel", given={"stop": "asked"})
    await bot.act("validate_wages_form", "是", intent="affirm", given={"stop": "yes"})
    assert bot.slots["requested_slot"] is None
    bot.loop = ""
    said = await bot.act("action_submit", "是", intent="affirm")
    assert "先停在这里" in said["words"][0]
    assert bot.slots["stop"] is None
    assert bot.slots["amount"] is None
    assert (await bot.facts())["amount"] == 20_000


async def test_going_on_later_takes_up_the_case(bot: Bot) -> None:
    said = await bot.act("action_resume", "接着办", intent="resume")
    assert "没有问到一半" in said["words"][0]
    await bot.act("action_start_divorce", "想离婚", intent="divorce_case")
    said = await bot.act("action_resume", "接着办", intent="resume")
    assert said["events"][-1] == {"event": "followup", "timestamp": None, "name": "divorce_form"}


async def test_an_answer_to_a_rasa_that_forgot_goes_on_with_the_case(bot: Bot) -> None:
    await bot.act("action_start_divorce", "想离婚", intent="divorce_case")
    said = await bot.act("action_loose_answer", "没有", intent="deny", turns=1)
    assert said["events"][-1]["name"] == "divorce_form"
    said = await bot.act("action_loose_answer", "没有", intent="deny", turns=4)
    assert said["words"]
    assert [event for event in said["events"] if event["event"] == "followup"] == []
    assert (await bot.act("action_loose_answer", "三千", turns=4))["ask_knowledge"] is True


async def test_danger_in_the_divorce_form_brings_a_person(bot: Bot) -> None:
    bot.loop = "divorce_form"
    await bot.answer("divorce_mutual", "没谈妥")
    await bot.answer("caller_sex", "女的")
    await bot.answer("wife_pregnancy", "没有")
    await bot.answer("minor_party", "有个六岁的")
    assert bot.slots["requested_slot"] == "domestic_violence"
    await bot.answer("domestic_violence", "有")
    assert bot.slots["requested_slot"] == "danger_now"
    said = await bot.answer("danger_now", "不安全")
    assert said["person"] == "danger"
    assert (await bot.facts())["danger_now"] is True


async def test_no_violence_asks_nothing_about_danger(bot: Bot) -> None:
    bot.loop = "divorce_form"
    await bot.answer("divorce_mutual", "都谈好了", intent="affirm")
    await bot.answer("caller_sex", "男方")
    await bot.answer("minor_party", "没有")
    await bot.answer("domestic_violence", "没有")
    assert bot.slots["requested_slot"] is None


async def test_the_simple_actions(bot: Bot) -> None:
    assert (await bot.act("action_handoff"))["person"] == "asked"
    assert (await bot.act("action_kb_answer"))["ask_knowledge"] is True
    fallback = await bot.act("action_default_fallback")
    assert fallback["ask_knowledge"] is True
    assert fallback["events"] == [{"event": "rewind", "timestamp": None}]
    assert (await bot.act("action_case_progress"))["words"][0]


async def test_a_closed_conversation_takes_no_facts(bot: Bot) -> None:
    async with bot.room.platform.units(SYSTEM, "chat") as uow:
        contact = await contacts.get_contact(uow, bot.contact)
        await contacts.step(uow, contact, "leave", "contact.left")
    assert (await bot.post(call(bot.contact, "action_start_wages")))[0] == 404
