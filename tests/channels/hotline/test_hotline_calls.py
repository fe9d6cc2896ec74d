"""Whole calls over the wire: platform and carrier on loopback, a scripted caller between."""

from __future__ import annotations

from channels.hotline import menu


async def test_a_question_is_answered_and_the_caller_says_goodbye(wire) -> None:
    caller = wire.caller()
    await caller.dial()
    assert await caller.hear() == menu.NOTICE
    await caller.say("老板拖欠我三个月工资怎么办")
    heard = await caller.hear()
    assert "劳动合同法第三十条" in heard
    assert heard.endswith(menu.MORE)
    await caller.say("没有了，谢谢")
    await caller.wait_for(menu.GOODBYE)
    assert await caller.ended() == "completed"
    assert wire.platform.only.asked == ["老板拖欠我三个月工资怎么办"]
    assert wire.exchange.webhooks.failures == 0


async def test_key_zero_asks_for_a_person_and_words_are_relayed(wire) -> None:
    caller = wire.caller()
    await caller.dial()
    await caller.press("0")
    await caller.wait_for(menu.TO_PERSON)
    services = wire.platform.only
    assert services.persons == ["key"]
    services.state = "typed"
    services.lines.append("您好，我是3号坐席。")
    await wire.redirect_to_talk(caller, turn=1001)
    await caller.wait_for("我是3号坐席")
    await caller.say("我在赤峰，去年十月入职")
    await caller.wait_for(menu.CONNECTED)
    await caller.call.until(lambda: bool(services.passed))
    services.lines.append("有劳动合同吗？")
    await wire.redirect_to_talk(caller, turn=1002)
    await caller.wait_for("有劳动合同吗")
    services.state = "ended"
    await caller.stay_silent()
    await caller.wait_for(menu.GOODBYE)
    assert services.passed == ["我在赤峰，去年十月入职"]
    assert caller.said.count("您好，我是3号坐席。") == 1


async def test_words_of_danger_lead_to_a_person_at_once(wire) -> None:
    caller = wire.caller()
    await caller.dial()
    await caller.say("我丈夫打我")
    await caller.wait_for("110")
    await caller.wait_for(menu.TO_PERSON)
    assert wire.platform.only.persons == ["violence"]
