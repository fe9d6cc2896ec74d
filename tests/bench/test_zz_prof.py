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


async def test_prof(platform: Platform, rasa: str) -> None:
    import collections, time as t
    client = platform.parts[dialogue.Dialogue]
    answers = platform.parts[PublishedKnowledge]
    T = collections.defaultdict(list)
    oa = answers.answer
    def a(*x, **k):
        s=t.perf_counter(); r=oa(*x,**k); T["answer"].append((t.perf_counter()-s)*1000); return r
    class A: answer=staticmethod(a)
    orr = client.reply
    async def r(*x, **k):
        s=t.perf_counter(); q=await orr(*x,**k); T["rasa"].append((t.perf_counter()-s)*1000); return q
    client.reply = r
    import channels.chat.actions as act
    op=act.perform
    async def pf(turn):
        s=t.perf_counter(); q=await op(turn); T["act:"+turn.call.next_action].append((t.perf_counter()-s)*1000); return q
    act.perform=pf
    for turn in range(6):
        async with platform.units(citizen(""), "chat") as uow:
            contact = await contacts.open_contact(uow, door=Door.CHAT, region="150400", wire=f"chat:bench{turn}")
        for sentence in SENTENCES:
            s=t.perf_counter()
            async with platform.units(citizen(contact.id), Door.CHAT) as uow:
                heard = await dialogue.hear(uow, contact.id, sentence)
            T["hear"].append((t.perf_counter()-s)*1000); s=t.perf_counter()
            th = await dialogue.think(platform.units, heard, answers=A, dialogue=client)
            T["think"].append((t.perf_counter()-s)*1000); s=t.perf_counter()
            async with platform.units(citizen(contact.id), Door.CHAT) as uow:
                await dialogue.respond(uow, heard, th)
            T["respond"].append((t.perf_counter()-s)*1000)
    with open("/tmp/botw/prof.txt","w") as f:
        for k,v in T.items(): f.write(f"{k} n={len(v)} med={statistics.median(v):.0f} p95={sorted(v)[int(len(v)*.95)]:.0f}\n")
