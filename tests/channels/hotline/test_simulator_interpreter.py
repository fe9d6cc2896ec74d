"""The carrier's interpreter: golden transcripts of TwiML carried out."""

from __future__ import annotations

import pytest
from aiohttp import web

from channels.hotline.simulator.document import DocumentError, parse
from channels.hotline.simulator.interpreter import OUT_OF_ORDER, Source

PAGES = "/pages/{name}"


class Pages:
    """A platform that answers with prepared documents and remembers what it was told."""

    def __init__(self) -> None:
        self.documents: dict[str, str] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.cookies: list[dict[str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((name, form))
        self.cookies.append(dict(request.cookies))
        text = self.documents[name]
        if text.isdecimal():
            return web.Response(status=int(text))
        reply = web.Response(text=f"<Response>{text}</Response>", content_type="text/xml")
        reply.set_cookie("call", "same")
        return reply

    def told(self, name: str) -> list[dict[str, str]]:
        return [form for asked, form in self.asked if asked == name]


@pytest.fixture
async def stage(make_wire):
    """A carrier whose calls run prepared documents; returns pages, and a way to dial."""
    pages = Pages()
    routes = [web.post(PAGES, pages.handle)]
    wire = await make_wire(routes, status_url="")

    async def dial(fallback: str = "", **documents: str):
        pages.documents = documents
        caller = wire.caller()
        base = f"{wire.platform.base}/pages"
        exchange = wire.exchange
        caller._call = exchange._new(caller.number, "12348", "inbound")
        caller.call.thinking = True
        caller.call.status = "ringing"
        caller.call.fallback_url = f"{base}/{fallback}" if fallback else ""
        from channels.hotline.simulator.interpreter import Interpreter

        source = Source(f"{base}/start")
        exchange._run(caller.call, Interpreter(exchange, caller.call).run(source))
        return caller

    return pages, dial, wire


def transcript(caller) -> list[str]:
    """What happened, a line each, without the states of the call."""
    return [f"{one.kind}: {one.text}" for one in caller.call.transcript if one.kind != "status"]


async def test_verbs_run_in_order_and_the_call_ends_after_the_last(stage) -> None:
    pages, dial, _ = stage
    caller = await dial(start="<Say>一</Say><Pause length='1'/><Play>a.wav</Play><Say>二</Say>")
    assert await caller.ended() == "completed"
    assert transcript(caller) == ["said: 一", "played: a.wav", "said: 二"]
    assert pages.told("start")[0]["CallStatus"] == "ringing"


async def test_nothing_after_hangup_is_said(stage) -> None:
    _, dial, _ = stage
    caller = await dial(start="<Say>一</Say><Hangup/><Say>二</Say>")
    await caller.ended()
    assert transcript(caller) == ["said: 一"]


async def test_gather_takes_speech_over_a_prompt_and_posts_it(stage) -> None:
    pages, dial, _ = stage
    caller = await dial(
        start="<Gather input='speech dtmf' action='next'><Say>请讲</Say></Gather><Say>没有</Say>",
        next="<Say>好</Say>",
    )
    await caller.say("离婚")
    await caller.ended()
    assert transcript(caller) == ["listening: dtmf speech", "said: 请讲", "heard: 离婚", "said: 好"]
    assert pages.told("next")[0]["SpeechResult"] == "离婚"
    assert 0 <= float(pages.told("next")[0]["Confidence"]) <= 1
    assert pages.told("next")[0]["CallStatus"] == "in-progress"


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ("numDigits='1'", "0", "0"),
        ("numDigits='3'", "123", "123"),
        ("", "26#", "26"),
        ("finishOnKey='*'", "1#2*", "1#2"),
    ],
)
async def test_gather_takes_keys_until_the_number_or_the_finishing_key(
    stage, attributes: str, keys: str, digits: str
) -> None:
    pages, dial, _ = stage
    caller = await dial(start=f"<Gather {attributes} action='next'/>", next="<Hangup/>")
    await caller.press(keys)
    await caller.ended()
    assert pages.told("next")[0]["Digits"] == digits


async def test_gather_without_input_falls_through_or_posts_an_empty_result(stage) -> None:
    pages, dial, _ = stage
    caller = await dial(
        start="<Gather input='speech' timeout='1' action='next'><Say>请讲</Say></Gather>"
        "<Gather input='speech' actionOnEmptyResult='true' action='next'><Say>再讲</Say></Gather>",
        next="<Hangup/>",
    )
    await caller.stay_silent()
    await caller.stay_silent()
    await caller.ended()
    assert [form.get("Digits") for form in pages.told("next")] == [""]


async def test_a_caller_who_does_not_think_is_overtaken_by_the_timeout(stage) -> None:
    _, dial, _ = stage
    caller = await dial(start="<Gather timeout='2'/><Say>没有听到</Say>")
    await caller.ended()
    assert transcript(caller) == ["listening: dtmf", "said: 没有听到"]


async def test_speech_is_not_heard_by_a_gather_for_keys(stage) -> None:
    from channels.hotline.simulator.call import SaidAloud

    _, dial, _ = stage
    caller = await dial(start="<Gather input='dtmf'><Say>请按键</Say></Gather>")
    await caller.call.until(lambda: bool(caller.call.hears))
    assert caller.call.give(SaidAloud("我不会按")) is False


async def test_redirects_are_relative_to_the_last_document_and_cookies_are_kept(stage) -> None:
    pages, dial, _ = stage
    caller = await dial(start="<Redirect>second?x=1</Redirect>", second="<Say>到</Say>")
    await caller.ended()
    assert [name for name, _ in pages.asked] == ["start", "second"]
    assert pages.cookies == [{}, {"call": "same"}]


async def test_reject_never_picks_up(stage) -> None:
    _, dial, _ = stage
    caller = await dial(start="<Reject reason='busy'/>")
    assert await caller.ended() == "busy"
    assert caller.call.started is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<Enqueue>x</Enqueue>", "12200"),
        ("<Say>一<Say>二</Say></Say>", "12200"),
        ("<Gather timeout='soon'/>", "12200"),
        ("<Say>没有收尾", "12100"),
        ("500", "11200"),
        ("404", "11200"),
        ("<Connect/>", "12200"),
        ("<Dial/>", "13223"),
    ],
)
async def test_a_document_that_cannot_be_carried_out_leads_to_the_fallback(
    stage, text: str, code: str
) -> None:
    pages, dial, _ = stage
    caller = await dial(fallback="rescue", start=text, rescue="<Say>请稍候</Say>")
    await caller.ended()
    (form,) = pages.told("rescue")
    assert form["ErrorCode"] == code
    assert form["ErrorUrl"].endswith("/pages/start")
    assert caller.said == ["请稍候"]


async def test_without_a_fallback_the_caller_hears_an_apology(stage) -> None:
    _, dial, _ = stage
    caller = await dial(start="503")
    assert await caller.ended() == "completed"
    assert caller.said == [OUT_OF_ORDER]


async def test_an_interruption_replaces_what_is_being_said(stage) -> None:
    _, dial, wire = stage
    caller = await dial(
        start="<Gather input='speech'><Say>请讲</Say></Gather><Say>旧</Say>", other="<Say>新</Say>"
    )
    await caller.hear()
    wire.exchange.redirect(caller.call, Source(f"{wire.platform.base}/pages/other"))
    await caller.ended()
    assert caller.said == ["请讲", "新"]


async def test_dial_joins_two_telephones_and_reports_how_it_ended(stage) -> None:
    pages, dial, wire = stage
    other = wire.caller("+8613900000009")
    caller = await dial(
        start="<Dial action='after'><Number>+8613900000009</Number></Dial>", after="<Say>完</Say>"
    )
    await other.answer()
    await caller.call.until(lambda: "sound" in caller.call.hears)
    await caller.say("喂")
    await other.wait_for("喂")
    frames: list[bytes] = []
    other.on_sound(frames.append)
    caller.send_sound(b"\x01" * 160)
    assert frames == [b"\x01" * 160]
    await other.hang_up()
    await caller.ended()
    (form,) = pages.told("after")
    assert form["DialCallStatus"] == "completed"
    assert form["DialBridged"] == "true"
    assert caller.said[-1] == "完"


async def test_dial_to_nobody_is_no_answer(stage) -> None:
    pages, dial, _ = stage
    caller = await dial(
        start="<Dial timeout='5' action='after'>+8613900000000</Dial>", after="<Hangup/>"
    )
    await caller.ended()
    assert pages.told("after")[0]["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<Answer/>",
        "not xml",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><Response><Say>&a;</Say></Response>",
        "<Response><Say>" + "长" * 30_000 + "</Say></Response>",
    ],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse(text)
