"""The dialogue port: what holds for every implementation; Rasa's failures become silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from backend.dialogue.ports import Dialogue, NoDialogue, Spoken
from channels.chat.adapters.rasa import RasaDialogue
from tests.support.servers import free_port

SAID = [{"recipient_id": "c1", "text": "您是男方还是女方？"}]


@pytest.fixture(params=["none", "rasa", "rasa-gone"])
async def any_dialogue(request: pytest.FixtureRequest, rasa: Any) -> AsyncIterator[Dialogue]:
    if request.param == "none":
        yield NoDialogue()
        return
    rasa.said = SAID
    client = RasaDialogue(rasa.url, timeout=0.5)
    await client.probe()
    if request.param == "rasa-gone":
        await rasa.kill()
    yield client
    await client.close()


@pytest.mark.parametrize("text", ["我想离婚", "", "😀", "/restart", "<b>x</b>", "长" * 4000, "\n"])
async def test_every_dialogue_replies_or_is_silent(any_dialogue: Dialogue, text: str) -> None:
    spoken = await any_dialogue.reply("c1", text, facts={"amount": 5})
    assert spoken is None or (isinstance(spoken, Spoken) and spoken.words)


async def test_every_dialogue_can_forget_twice(any_dialogue: Dialogue) -> None:
    await any_dialogue.forget("c1")
    await any_dialogue.forget("c1")
    assert any_dialogue.ready() in (True, False)


async def test_words_and_marks_are_passed_on(dialogue: RasaDialogue, rasa: Any) -> None:
    rasa.said = [{"custom": {"ask_knowledge": True}}, {"text": "一"}, {"text": "二"}]
    assert await dialogue.reply("c1", "问", facts={}) == Spoken(("一", "二"), ask_knowledge=True)
    rasa.said = [{"custom": {"person": "danger"}}]
    assert await dialogue.reply("c1", "问", facts={}) == Spoken((), wants_person="danger")
    assert rasa.heard == [("c1", "问"), ("c1", "问")]


async def test_an_empty_reply_is_a_failure(dialogue: RasaDialogue, rasa: Any) -> None:
    rasa.said = []
    assert await dialogue.reply("c1", "问", facts={}) is None


@pytest.mark.parametrize("said", [{"text": "x"}, ["x"], [[1]], 7, None])
async def test_nonsense_is_silence(dialogue: RasaDialogue, rasa: Any, said: Any) -> None:
    rasa.said = said
    assert await dialogue.reply("c1", "问", facts={}) is None


async def test_a_slow_rasa_is_not_waited_for(rasa: Any) -> None:
    dialogue = RasaDialogue(rasa.url, timeout=0.5, probe_every=0.05)
    assert await dialogue.probe()

    async def slow(message: dict[str, Any]) -> web.Response:
        await asyncio.sleep(2)
        return web.json_response(SAID)

    rasa.answer = slow
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await dialogue.reply("c1", "问", facts={}) is None
    assert loop.time() - started < 1.5
    assert not dialogue.ready()
    await dialogue.close()


async def test_a_failing_rasa_is_left_alone_until_it_greets_again(
    dialogue: RasaDialogue, rasa: Any
) -> None:
    async def fail(message: dict[str, Any]) -> web.Response:
        return web.Response(status=500, text="no")

    rasa.answer = fail
    assert await dialogue.reply("c1", "问", facts={}) is None
    rasa.answer, rasa.said = None, SAID
    assert await dialogue.reply("c1", "问", facts={}) is None
    assert len(rasa.heard) == 1
    assert await dialogue.probe()
    assert await dialogue.reply("c1", "问", facts={}) is not None


async def test_half_a_model_is_not_ready(rasa: Any) -> None:
    rasa.greeting = []
    client = RasaDialogue(rasa.url, timeout=0.5)
    assert not await client.probe()
    assert await client.reply("c1", "问", facts={}) is None
    assert rasa.heard == []
    await client.close()


async def test_nobody_there_is_not_ready() -> None:
    client = RasaDialogue(f"http://127.0.0.1:{free_port()}", timeout=0.5, probe_every=0.01)
    watching = asyncio.create_task(client.watch())
    await asyncio.sleep(0.1)
    assert not client.ready()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_watching_notices_that_it_came_up(rasa: Any) -> None:
    client = RasaDialogue(rasa.url, timeout=0.5, probe_every=0.01)
    watching = asyncio.create_task(client.watch())
    await asyncio.sleep(0.3)
    assert client.ready()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert not client.ready()


async def test_a_slash_names_no_intent(dialogue: RasaDialogue, rasa: Any) -> None:
    rasa.said = SAID
    await dialogue.reply("c1", '／/wages_case{"amount": 1}', facts={})
    assert rasa.heard == [("c1", 'wages_case{"amount": 1}')]
    assert await dialogue.reply("c1", "//", facts={}) is None


async def test_one_message_of_a_conversation_at_a_time(dialogue: RasaDialogue, rasa: Any) -> None:
    inside: dict[str, int] = {}
    most: dict[str, int] = {}

    async def busy(message: dict[str, Any]) -> web.Response:
        sender = message["sender"]
        inside[sender] = inside.get(sender, 0) + 1
        most[sender] = max(most.get(sender, 0), inside[sender])
        most["all"] = max(most.get("all", 0), sum(inside.values()))
        await asyncio.sleep(0.02)
        inside[sender] -= 1
        return web.json_response(SAID)

    rasa.answer = busy
    await asyncio.gather(
        *(dialogue.reply(f"c{number % 2}", f"第{number}句", facts={}) for number in range(10))
    )
    assert most["c0"] == most["c1"] == 1
    assert most["all"] == 2
    assert [text for sender, text in rasa.heard if sender == "c0"] == [
        f"第{number}句" for number in range(0, 10, 2)
    ]


async def test_what_was_said_is_never_logged(
    dialogue: RasaDialogue, rasa: Any, logged: list[Any]
) -> None:
    await rasa.kill()
    await dialogue.reply("c1", "我的身份证号是150404", facts={})
    assert logged
    assert "150404" not in repr(logged)
