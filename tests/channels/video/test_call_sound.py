"""A telephone call with sound on the whole platform: carrier, documents, stream, browser."""

from __future__ import annotations

import asyncio

import pytest

from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from channels.hotline import menu
from channels.hotline.simulator.caller import ScriptedCaller
from channels.hotline.simulator.exchange import CarrierExchange
from tests.channels.media.media_clients import SILENT, PacketTrack, mulaw_tone, pitch, until
from tests.channels.video.video_platform import eventually


@pytest.fixture
async def caller(world):
    made = ScriptedCaller(world.platform.parts[CarrierExchange], "+8613800138000")
    yield made
    made.leave()


async def call_and_answer(world, caller, agent) -> str:
    await caller.dial("12348")
    await caller.press("0")
    return await world.answer(agent)


async def open_sound(agent, contact, browser) -> None:
    status, answer = await agent.post(f"/desk/contacts/{contact}/sound", await browser.offer())
    assert status == 200
    await browser.take(answer)
    await browser.connected()


async def joined(agent, contact) -> None:
    await eventually(
        lambda: agent.json(f"/desk/contacts/{contact}/sound"), lambda found: found["joined"]
    )


async def test_caller_and_agent_hear_each_other_and_writing_goes_on(
    world, caller, new_browser
) -> None:
    agent = await world.agent()
    contact = await call_and_answer(world, caller, agent)
    microphone = PacketTrack(mulaw_tone(1000, 3))
    browser = new_browser()
    browser.mulaw(microphone)
    await open_sound(agent, contact, browser)
    await joined(agent, contact)
    heard: list[bytes] = []
    caller.call.on_sound = heard.append
    microphone.go.set()
    # The caller speaks at the pace of speech, until the agent has heard half a second of it.
    for frame in mulaw_tone(400, 10):
        caller.call.send_sound(frame)
        await asyncio.sleep(0.02)
        if len([f for f in browser.payloads if f != SILENT]) > 25:
            break
    await until(lambda: len([f for f in heard if f != SILENT]) > 60)
    await until(lambda: len([f for f in browser.payloads if f != SILENT]) > 25)
    assert abs(pitch([f for f in heard if f != SILENT]) - 1000) < 20
    assert abs(pitch([f for f in browser.payloads if f != SILENT]) - 400) < 20
    # A key pressed while the sound is joined stands in the talk.
    await caller.press("5")
    await eventually(lambda: said(world, contact), lambda words: "（按键 5）" in words)
    # What the agent types interrupts the sound, is spoken, and the sound is joined again.
    await agent.post(f"/desk/contacts/{contact}/say", {"text": "请看短信", "key": "k"})
    await caller.wait_for("请看短信")
    await caller.stay_silent()
    await joined(agent, contact)
    # The agent ends the sound: the call goes on in writing.
    assert (await agent.post(f"/desk/contacts/{contact}/sound/end"))[0] == 200
    await agent.post(f"/desk/contacts/{contact}/say", {"text": "再见", "key": "l"})
    await caller.wait_for("再见")
    assert caller.call.live
    events = [(kind, payload.get("reason")) for kind, payload in await world.events(contact)]
    assert ("contact.sound_opened", None) in events
    assert ("contact.sound_ended", "agent_ended") in events


async def test_a_finished_contact_ends_sound_and_call(world, caller, new_browser) -> None:
    agent = await world.agent()
    contact = await call_and_answer(world, caller, agent)
    browser = new_browser()
    browser.mulaw(PacketTrack([]))
    await open_sound(agent, contact, browser)
    await joined(agent, contact)
    body = {"summary": "已答复", "outcome": "answered"}
    assert (await agent.post(f"/desk/contacts/{contact}/finish", body))[0] == 200
    await until(lambda: not caller.call.live)
    assert menu.GOODBYE in caller.call.transcript[-2].text + caller.call.transcript[-1].text
    await until(lambda: browser.connection.connectionState == "closed")


async def test_a_caller_who_hangs_up_ends_the_sound(world, caller, new_browser) -> None:
    agent = await world.agent()
    contact = await call_and_answer(world, caller, agent)
    browser = new_browser()
    browser.mulaw(PacketTrack([]))
    await open_sound(agent, contact, browser)
    await joined(agent, contact)
    caller.leave()
    await until(lambda: browser.connection.connectionState == "closed")
    status, problem = await agent.post(f"/desk/contacts/{contact}/sound", await offer(new_browser))
    assert (status, problem["code"]) == (409, "not_talking")


async def offer(new_browser) -> dict[str, str]:
    browser = new_browser()
    browser.mulaw(PacketTrack([]))
    return await browser.offer()


async def said(world, contact: str) -> list[str]:
    async with world.platform.units(SYSTEM, read_only=True) as uow:
        return [message.text for message in await uow.get(Contacts).messages(contact)]
