"""Publishing swaps the snapshot in every process; nothing restarts, and answers change."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from backend.editorial.following import Follower
from backend.editorial.ports import Entries
from backend.editorial.published import PublishedKnowledge
from backend.editorial.service import entries
from backend.kernel.actor import SYSTEM
from knowledge import open_knowledge
from tests.backend.editorial.conftest import EDITOR, REVIEWER, LawBook, body, shipped

FIRST = ("民法典", "第一条")


def _no_rules(day):
    return []


class Process:
    """One process: what it serves, and how often it opened the knowledge base."""

    def __init__(self, house, book: LawBook) -> None:
        self.book = book
        self.opened: list[list[str]] = []
        self.stamp = 1
        self.trouble: Exception | None = None
        self.published = PublishedKnowledge(book)  # type: ignore[arg-type]
        house.parts[PublishedKnowledge] = self.published
        self.follower = Follower(
            house.units,
            self.published,
            reopen=self.reopen,
            corpus_stamp=lambda: self.stamp,
            rules=_no_rules,
            number=0,
        )

    def reopen(self, served) -> LawBook:
        if self.trouble is not None:
            raise self.trouble
        self.opened.append([one.id for one in served])
        name = f"s{len(self.opened) + 1}"
        return LawBook(self.book.articles, self.book.corpus_id, name, self.book.closed)


@pytest.fixture
async def process(house, book) -> Process:
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [shipped("1003-a", FIRST), shipped("1003-b", FIRST)])
    made = Process(house, book)
    assert await made.follower.look()
    return made


async def withdraw(house, entry: str) -> None:
    async with house.units(REVIEWER) as uow:
        await entries.withdraw(uow, entry, "停了")


async def test_a_new_set_is_taken_up_and_the_old_snapshot_let_go(house, process) -> None:
    assert process.opened == [["1003-a", "1003-b"]]
    assert not await process.follower.look()
    await withdraw(house, "1003-b")
    assert await process.follower.look()
    assert process.opened[-1] == ["1003-a"]
    assert process.published.base.snapshot == "s3"
    assert process.book.closed == ["s1", "s2"]


async def test_every_process_follows(house, process, book) -> None:
    other = Process(house, book)
    await withdraw(house, "1003-a")
    assert await process.follower.look()
    assert await other.follower.look()
    assert process.opened[-1] == other.opened[-1] == ["1003-b"]


async def test_the_last_good_snapshot_serves_when_opening_fails(house, process) -> None:
    await withdraw(house, "1003-b")
    process.trouble = OSError("disk")
    with pytest.raises(OSError, match="disk"):
        await process.follower.look()
    assert process.published.base.snapshot == "s2"
    process.trouble = None
    assert await process.follower.look()
    assert process.published.base.snapshot == "s3"


async def test_an_imported_corpus_is_taken_up_and_what_it_ends_is_hidden(
    house, process, book, clock
) -> None:
    process.stamp = 2
    book.corpus_id = "c2"
    old = book.articles.pop(FIRST)
    book.articles["民法典", "第三条"] = old
    assert await process.follower.look()
    assert process.opened[-1] == []
    async with house.units(SYSTEM, read_only=True) as uow:
        records = await uow.get(Entries).all()
    assert all("第一条" in one.hidden for one in records)


async def test_a_new_day_looks_at_the_law_again(house, process, book, clock) -> None:
    text = book.articles[FIRST][0]
    book.articles[FIRST] = [text.__class__(**_with(text, in_force_to=date(2026, 11, 25)))]
    assert not await process.follower.look()
    clock.forward(timedelta(days=1))
    assert await process.follower.look()
    assert process.opened[-1] == []


async def test_each_answer_leads_back_to_its_set(house, process) -> None:
    async with house.units(SYSTEM, read_only=True) as uow:
        found = await uow.get(Entries).set_of_snapshot(process.published.base.snapshot)
        assert found.entries == (("1003-a", 1), ("1003-b", 1))
        assert await uow.get(Entries).set_of_snapshot("nothing") is None
    async with house.units(SYSTEM) as uow:
        assert (await uow.verify_journal()).broken is None


def _with(text, **changes):
    return {name: getattr(text, name) for name in text.__slots__} | changes


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_answers_change_with_what_is_published(house, knowledge_folder) -> None:
    """On the real knowledge base: a new entry answers, and hidden it does not."""

    def reopen(served):
        return open_knowledge(
            knowledge_folder, entries=served, model_dir=knowledge_folder / "no-model"
        )

    other = ("道路交通安全法", "第七十条")
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [shipped("1014-road", other, matter="1014")])
        number, served = await entries.published(uow)
    published = PublishedKnowledge(await asyncio.to_thread(reopen, served))
    house.parts[PublishedKnowledge] = published
    follower = Follower(
        house.units, published, reopen=reopen, corpus_stamp=int, rules=_no_rules, number=number
    )
    question, day = "毡房租给摄制组被烧坏该谁负责修", date(2026, 11, 25)

    async def ask():
        return await asyncio.to_thread(published.answer, question, as_of=day)

    before = await ask()
    text = body(
        title="毡房被租用的人烧坏",
        matter="1005",
        answer="谁租谁修，修不好要赔。",
        citations=[{"law": "民法典", "article": "第七百一十四条"}],
        questions=[
            {"q": question, "style": "plain"},
            *({"q": f"{word}租出去弄坏了怎么要赔", "style": "half"} for word in _THINGS),
        ],
    )
    async with house.units(EDITOR) as uow:
        entry = (await entries.draft(uow, text)).id
    async with house.units(EDITOR) as uow:
        await entries.submit(uow, entry)
    assert not await follower.look()
    async with house.units(REVIEWER) as uow:
        await entries.publish(uow, entry, "对照过")
    assert await follower.look()
    after = await ask()
    assert before.entry != entry
    assert (after.entry, after.answer) == (entry, "谁租谁修，修不好要赔。")
    assert after.snapshot != before.snapshot
    async with house.units(SYSTEM) as uow:
        record = await uow.get(Entries).by_id(entry)
        await entries.fall_due(uow, record, "法条变了", hide=True)
        await entries.publish_set(uow, "法律变动")
    assert await follower.look()
    assert (await ask()).entry != entry


_THINGS = (
    "三轮农用摩托车",
    "婚礼用的音响设备",
    "饭馆大冰柜",
    "挖掘机铲车",
    "照相馆礼服",
    "羊圈围栏铁丝网",
    "手扶拖拉机",
)
