"""The whole chat with a real Rasa: forms, a question between, corrections, a person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.bot import dialogue, platform_port, real, trained_bot

__all__ = ["dialogue", "platform_port", "real", "trained_bot"]
pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(900)]


async def test_wages_from_the_first_sentence_to_the_way_to_go(open_chat: Any, room: Any) -> None:
    page = await open_chat()
    heard = await page.talk("老板欠我两万块钱工资不给", "单位招的", "仲裁要花钱吗", "没有条子")
    assert "20,000" in heard[1]
    heard = await page.talk("不对，是两万五", "不要别的", "早就不干了", "去年8月")
    assert any("25,000" in said for said in heard)
    assert "仲裁" in heard[-1]
    facts = (await room.facts(await room.contact_of(page.session))).values()
    assert facts == {
        "issue": "wages",
        "amount": 25_000,
        "employment_relation": "yes",
        "wage_iou": False,
        "other_labour_claims": False,
        "still_employed": False,
        "employment_ended_on": "2025-08-01",
    }


async def test_stopping_going_on_and_a_person(open_chat: Any, room: Any) -> None:
    page = await open_chat()
    heard = await page.talk("我想离婚", "不是，没谈妥", "不问了", "是的")
    assert "先停在这里" in heard[-1]
    heard = await page.talk("接着办")
    assert "男方还是女方" in heard[-1]
    await page.send(type="say", text="给我找个管事的人来谈", key="person")
    await page.until("state", state="waiting")
    facts = (await room.facts(await room.contact_of(page.session))).values()
    assert facts == {"issue": "divorce", "divorce_mutual": False}
