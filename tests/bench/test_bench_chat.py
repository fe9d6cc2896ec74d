"""How long the chat takes to answer with a real Rasa, one conversation."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend import bootstrap
from backend.bootstrap import Platform
from backend.cli.serving import listen
from backend.contacts import service as contacts
from backend.contacts.model import Door
from backend.dialogue import service as dialogue
from backend.editorial.published import PublishedKnowledge
from backend.kernel.actor import citizen
from backend.settings import Settings
from channels.chat.adapters.rasa import RasaDialogue
from knowledge import KnowledgeBase
from tests.support.benchmarks import record
from tests.support.bot import SECRET, running_rasa, trained_bot
from tests.support.servers import free_port

__all__ = ["trained_bot"]
pytestmark = [pytest.mark.bench, pytest.mark.rasa, pytest.mark.timeout(900)]
PORT = free_port()
MOST_MS = 150.0
ROUNDS = 12
SENTENCES = (
    "老板拖着工资不给",
    "两万五",
    "劳动仲裁要花钱吗",
    "公司招的",
    "没有条子",
    "不对，是三万",
    "你好",
    "工伤怎么认定",
)


@pytest.fixture(scope="module")
def rasa(trained_bot: Path) -> Iterator[str]:
    with running_rasa(trained_bot, PORT) as (url, _):
        yield url


@pytest.fixture
async def platform(
    tmp_path: Path, rasa: str, knowledge_base: KnowledgeBase
) -> AsyncIterator[Platform]:
    client = RasaDialogue(rasa)
    assert await client.probe()
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url="",
        redis_url="",
        elasticsearch_url="",
        port=PORT,
        public_url="",
        bot="off",
        bot_secret=SECRET,  # type: ignore[arg-type]
        worker=False,
    )
    built = await bootstrap.build(settings, knowledge=knowledge_base, dialogue=client)
    runner = await listen(built.application, settings.host, settings.port)
    yield built
    await runner.cleanup()
    await client.close()
    await built.close()


async def test_a_reply_with_rasa(platform: Platform, rasa: str) -> None:
    client = platform.parts[dialogue.Dialogue]
    answers = platform.parts[PublishedKnowledge]
    whole: list[float] = []
    alone: list[float] = []
    spoken = 0
    for turn in range(ROUNDS):
        async with platform.units(citizen(""), "chat") as uow:
            contact = await contacts.open_contact(
                uow, door=Door.CHAT, region="150400", wire=f"chat:bench{turn}"
            )
        for sentence in SENTENCES:
            started = time.perf_counter()
            reply = await dialogue.turn(
                platform.units,
                contact.id,
                sentence,
                key="",
                door=Door.CHAT,
                answers=answers,
                dialogue=client,
            )
            whole.append((time.perf_counter() - started) * 1000)
            spoken += bool(reply.words or reply.answer)
            started = time.perf_counter()
            await client._send("bench", "/greet")
            alone.append((time.perf_counter() - started) * 1000)
    assert spoken == ROUNDS * len(SENTENCES)
    assert client.ready()
    p95 = statistics.quantiles(whole, n=20)[-1]
    record(
        "Chat",
        [
            ("reply, half of them below", f"{statistics.median(whole):.0f} ms", ""),
            ("reply, 95 of 100 below", f"{p95:.0f} ms", f"≤ {MOST_MS:.0f} ms"),
            ("of it a call of Rasa that does nothing", f"{statistics.median(alone):.0f} ms", ""),
        ],
        note=f"One conversation at a time, {len(whole)} turns, from the sentence to the stored "
        "reply: two units of work, the knowledge base, Rasa, its actions.",
    )
    assert p95 <= MOST_MS
