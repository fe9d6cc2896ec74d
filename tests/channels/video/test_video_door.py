"""The video door on the whole platform: waiting, talking, leaving, and every wrong turn."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.mediastreams import AudioStreamTrack

from backend.contacts import access
from backend.contacts.model import ContactState
from backend.contacts.ports import Contacts, MediaBackend
from backend.kernel.actor import SYSTEM
from channels.video.handlers import Video
from channels.video.pages import Pages
from tests.channels.media.media_clients import MovingPicture, until


async def offering(new_browser):
    browser = new_browser()
    browser.audio(AudioStreamTrack())
    browser.video(MovingPicture())
    return browser, await browser.offer()


async def talking(world, *, base: str = "/video"):
    """A citizen and an agent who have found each other."""
    agent = await world.agent()
    citizen = await world.page()
    await citizen.post(f"{base}/start")
    return citizen, agent, await world.answer(agent)


async def test_the_page_shows_the_place_and_the_case(world) -> None:
    page = await world.page()
    status, html = await page.get("/video")
    assert status == 200
    assert "不录像" in html
    assert (await page.post("/video/state"))[1] == {"state": "none"}
    status, shown = await page.post("/video/start")
    assert status == 200
    assert (shown["state"], shown["ahead"], shown["seats"]) == ("waiting", 0, 0)
    assert len(shown["code"].replace(" ", "")) == 10
    again = (await page.post("/video/start"))[1]
    assert again["code"] == shown["code"]


async def test_both_join_leave_and_the_journal_says_why(world, new_browser) -> None:
    citizen, agent, contact = await talking(world)
    near, offer = await offering(new_browser)
    status, answer = await citizen.post("/video/offer", offer)
    assert status == 200
    await near.take(answer)
    far, offer = await offering(new_browser)
    status, answer = await agent.post(f"/desk/contacts/{contact}/video", offer)
    assert status == 200
    await far.take(answer)
    await until(lambda: near.frames["video"] > 3 and far.frames["video"] > 3)
    shown = (await citizen.post("/video/state"))[1]
    assert shown["agent_here"]
    assert (await citizen.post("/video/leave", {"reason": "hung_up"}))[0] == 200
    ended = await world.contact(contact)
    assert (ended.state, ended.end_reason) == (ContactState.WRAP, "hung_up")
    media = world.platform.parts[MediaBackend]
    await until(lambda: media.open_rooms() == frozenset())
    await asyncio.sleep(0.1)
    events = await world.events(contact)
    joined = [payload["who"] for kind, payload in events if kind == "contact.video_joined"]
    left = {p["who"]: p["reason"] for kind, p in events if kind == "contact.video_left"}
    assert joined == ["citizen", "agent"]
    assert left["citizen"] == "left"
    assert left["agent"] == "closed"


async def test_a_line_is_the_same_talk_as_at_every_door(world) -> None:
    citizen, agent, contact = await talking(world)
    assert (await citizen.post("/video/say", {"text": "老板欠我工资", "key": "k1"}))[0] == 200
    assert (await citizen.post("/video/say", {"text": "老板欠我工资", "key": "k1"}))[0] == 200
    await agent.post(f"/desk/contacts/{contact}/say", {"text": "请看一下工资条"})
    shown = (await citizen.post("/video/state", {"after": 0}))[1]
    assert [(m["speaker"], m["text"]) for m in shown["messages"]] == [
        ("citizen", "老板欠我工资"),
        ("agent", "请看一下工资条"),
    ]
    last = shown["messages"][-1]["sequence"]
    assert (await citizen.post("/video/state", {"after": last}))[1]["messages"] == []
    async with world.platform.units(SYSTEM, read_only=True) as uow:
        assert await uow.get(Contacts).uncarried(contact) == []


async def test_words_of_danger_lead_to_a_person_also_when_rooms_are_full(world) -> None:
    world.platform.parts[MediaBackend]._most = 0.0001
    world.platform.parts[MediaBackend]._rooms["other"] = None
    page = await world.page()
    shown = (await page.post("/video/start"))[1]
    assert (shown["state"], shown["full"]) == ("bot", True)
    assert (await page.post("/video/say", {"text": "我老公打我", "key": "k"}))[0] == 200
    shown = (await page.post("/video/state"))[1]
    assert shown["danger"] is True
    assert shown["state"] == "waiting"
    del world.platform.parts[MediaBackend]._rooms["other"]


async def test_full_rooms_bring_a_promise_and_no_bad_call(world) -> None:
    media = world.platform.parts[MediaBackend]
    media._rooms |= {"one": None, "two": None}
    page = await world.page()
    shown = (await page.post("/video/start"))[1]
    assert (shown["state"], shown["full"]) == ("bot", True)
    answered = await page.post("/video/say", {"text": "老板欠我工资", "key": "k"})
    assert answered[0] == 200
    status, problem = await page.post("/video/callback", {"phone": "12"})
    assert (status, problem["code"]) == (422, "bad_phone")
    assert (await page.post("/video/callback", {"phone": "13800138000"}))[0] == 200
    shown = (await page.post("/video/state"))[1]
    assert shown["state"] == "callback"
    assert "到" in shown["promise"]
    assert shown["messages"][1]["citations"][0]["law"] == "劳动合同法"
    media._rooms.clear()


async def test_full_at_the_last_moment_is_said_and_words_go_on(world, new_browser) -> None:
    citizen, _, contact = await talking(world)
    media = world.platform.parts[MediaBackend]
    media._rooms |= {"one": None, "two": None}
    _, offer = await offering(new_browser)
    status, problem = await citizen.post("/video/offer", offer)
    assert (status, problem["code"], problem["retry"]) == (503, "video_full", True)
    assert (await citizen.post("/video/callback", {"phone": "13800138000"}))[0] == 200
    shown = (await citizen.post("/video/state"))[1]
    assert shown["state"] == "human"
    assert "请打我留的电话" in shown["messages"][-1]["text"]
    media._rooms.clear()
    assert (await world.contact(contact)).state is ContactState.HUMAN


async def test_a_loop_that_is_late_lets_nobody_in(world) -> None:
    media = world.platform.parts[MediaBackend]
    for _ in range(40):
        media._lag.note(1.0)
    assert media.load() == 1


BAD_OFFERS = [
    ({"type": "offer", "sdp": "你好"}, 422),
    ({"type": "offer", "sdp": ""}, 422),
    ({"type": "answer", "sdp": "v=0"}, 422),
    ({"sdp": "v=0"}, 422),
    ({"type": "offer", "sdp": "v=0\r\nm=audio 9 X 0\r\n"}, 422),
    ({"type": "offer", "sdp": "v=0" + "x" * 70_000}, 422),
]


@pytest.mark.parametrize(("offer", "status"), BAD_OFFERS)
async def test_sdp_that_is_not_sdp_is_told_to_both_sides(world, offer, status) -> None:
    citizen, agent, contact = await talking(world)
    for page, path in ((citizen, "/video/offer"), (agent, f"/desk/contacts/{contact}/video")):
        got, problem = await page.post(path, offer)
        assert got == status
        assert problem["title"].endswith("。")
    assert (await world.contact(contact)).state is ContactState.HUMAN


async def test_nobody_joins_before_an_agent_has_answered(world, new_browser) -> None:
    page = await world.page()
    await page.post("/video/start")
    _, offer = await offering(new_browser)
    status, problem = await page.post("/video/offer", offer)
    assert (status, problem["code"]) == (409, "not_talking")


async def test_a_foreign_or_ended_token_opens_nothing(world, new_browser) -> None:
    _, offer = await offering(new_browser)
    for value in ("", "guessed", "x" * 500):
        page = await world.page()
        page.session.cookie_jar.update_cookies({"fatong_video": value})
        for path, body in (
            ("offer", offer),
            ("say", {"text": "你好"}),
            ("callback", {"phone": "13800138000"}),
            ("leave", {}),
        ):
            status, problem = await page.post(f"/video/{path}", body)
            assert (status, problem["code"]) == (403, "no_contact")
    citizen, _, _ = await talking(world)
    kept = citizen.cookie("fatong_video")
    await citizen.post("/video/leave")
    citizen.session.cookie_jar.update_cookies({"fatong_video": kept})
    status, problem = await citizen.post("/video/offer", offer)
    assert (status, problem["code"]) == (409, "over")


async def test_an_agent_joins_no_contact_of_another_and_no_call(world, new_browser) -> None:
    _, _, contact = await talking(world)
    other = await world.agent("other")
    _, offer = await offering(new_browser)
    status, _ = await other.post(f"/desk/contacts/{contact}/video", offer)
    assert status == 404
    status, _ = await other.post("/desk/contacts/nothing/video", offer)
    assert status == 404
    stranger = await world.page()
    status, _ = await stranger.post(f"/desk/contacts/{contact}/video", offer)
    assert status == 401


async def test_sound_of_a_call_is_not_for_a_picture(world, new_browser) -> None:
    _, agent, contact = await talking(world)
    _, offer = await offering(new_browser)
    status, problem = await agent.post(f"/desk/contacts/{contact}/sound", offer)
    assert (status, problem["code"]) == (422, "wrong_door")
    status, problem = await agent.post(f"/desk/contacts/{contact}/sound/change", {"hold": True})
    assert (status, problem["code"]) == (404, "no_sound")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "unclear"), ("😀😀😀", "unclear"), ("字" * 4_000, "too_long"), ("\x00\x01", "unclear")],
)
async def test_what_cannot_be_read_is_said(world, text, code) -> None:
    page = await world.page()
    world.platform.parts[MediaBackend]._most = 0.0001
    world.platform.parts[MediaBackend]._rooms["other"] = None
    await page.post("/video/start")
    status, problem = await page.post("/video/say", {"text": text, "key": "k"})
    assert (status, problem["code"]) == (422, code)
    del world.platform.parts[MediaBackend]._rooms["other"]


async def test_html_is_text(world) -> None:
    page = await world.page()
    await page.post("/video/start")
    text = "<script>alert(1)</script>工资"
    assert (await page.post("/video/say", {"text": text, "key": "k"}))[0] == 200
    assert (await page.post("/video/state"))[1]["messages"][0]["text"] == text


async def test_fifty_messages_a_second_are_slowed_down(world) -> None:
    page = await world.page()
    await page.post("/video/start")
    codes = [
        (await page.post("/video/say", {"text": f"第{n}句话", "key": str(n)}))[0] for n in range(12)
    ]
    assert codes.count(429) >= 5
    assert codes[0] == 200


async def test_a_scanned_link_works_once_and_brings_the_conversation(world) -> None:
    box = await world.page()
    await box.post("/video/box/start")
    async with world.platform.units(SYSTEM, "test") as uow:
        contact = await access.contact_of(uow, box.cookie("fatong_tv"))
        link = await access.give(uow, contact, once=True)
    phone = await world.page()
    status, html = await phone.get(f"/video/join/{link}")
    assert status == 200
    assert "在这部手机上继续" in html
    async with phone.session.post(f"{world.base}/video/join/{link}", allow_redirects=False) as got:
        assert (got.status, got.headers["Location"]) == (303, "/video")
    shown = (await phone.post("/video/state"))[1]
    assert shown["state"] == "waiting"
    assert shown["code"] == (await box.post("/video/box/state"))[1]["code"]
    other = await world.page()
    async with other.session.post(
        f"{world.base}/video/join/{link}", headers={"Accept": "application/json"}
    ) as got:
        assert got.status == 403
        assert "已经用过" in (await got.json())["title"]
    status, html = await other.get(f"/video/join/{link}")
    assert status == 403
    assert "不能用了" in html


async def test_the_device_that_joins_last_has_the_picture(world, new_browser) -> None:
    citizen, _, _ = await talking(world)
    _, offer = await offering(new_browser)
    first = (await citizen.post("/video/offer", offer))[1]["session"]
    _, offer = await offering(new_browser)
    second = (await citizen.post("/video/offer", offer))[1]["session"]
    assert first != second
    assert (await citizen.post("/video/state"))[1]["session"] == second


async def test_the_box_goes_on_with_its_own_conversation(world) -> None:
    box = await world.page()
    status, html = await box.get("/video/box")
    assert status == 200
    assert "不录像" in html
    await box.post("/video/box/start")
    async with world.platform.units(SYSTEM, "test", read_only=True) as uow:
        contact = await access.contact_of(uow, box.cookie("fatong_tv"))
    assert contact.door == "tv"


async def test_pages_that_are_gone_have_left(world, new_browser) -> None:
    citizen, _, contact = await talking(world)
    near, offer = await offering(new_browser)
    await near.take((await citizen.post("/video/offer", offer))[1])
    media = world.platform.parts[MediaBackend]
    door = Video(
        media, None, None, "150400", secure=False, read_phone=str, pages=Pages(gone_after=-1.0)
    )
    door.pages.seen(contact, asyncio.get_running_loop().time())
    await door.end_gone(world.platform.units)
    ended = await world.contact(contact)
    assert (ended.state, ended.end_reason) == (ContactState.WRAP, "page_gone")
    assert "citizen" not in media.peers(contact)
    assert (await citizen.post("/video/state"))[1]["state"] == "wrap"


async def test_a_finished_contact_closes_its_room(world, new_browser) -> None:
    citizen, agent, contact = await talking(world)
    near, offer = await offering(new_browser)
    await near.take((await citizen.post("/video/offer", offer))[1])
    body = {"summary": "已答复", "outcome": "answered"}
    assert (await agent.post(f"/desk/contacts/{contact}/finish", body))[0] == 200
    media = world.platform.parts[MediaBackend]
    await until(lambda: media.open_rooms() == frozenset())
    assert (await citizen.post("/video/state"))[1]["state"] == "closed"


async def test_a_foreign_page_cannot_post(world) -> None:
    page = await world.page()
    headers = {"Origin": "https://elsewhere.example", "Accept": "application/json"}
    async with page.session.post(f"{world.base}/video/start", json={}, headers=headers) as refused:
        assert refused.status == 403


def test_who_asks_again_is_not_gone() -> None:
    pages = Pages(gone_after=90)
    pages.seen("a", 0.0)
    pages.seen("b", 0.0)
    pages.seen("a", 60.0)
    assert pages.gone(100.0) == ["b"]
    pages.forget("b")
    assert pages.gone(100.0) == []
    assert pages.session("b") == ""
