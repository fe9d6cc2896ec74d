"""An entry's way through the house: written, reviewed by another, published, changed, withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.editorial.model.difference import differences
from backend.editorial.model.entry import EntryState
from backend.editorial.ports import Entries
from backend.editorial.service import entries
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Conflict, Denied, Invalid
from tests.backend.editorial.conftest import BOTH, EDITOR, REVIEWER, body, shipped

FIRST = ("民法典", "第一条")


async def written(house, **changes) -> str:
    async with house.units(EDITOR) as uow:
        return (await entries.draft(uow, body(**changes))).id


async def do(house, actor, verb, *arguments):
    async with house.units(actor) as uow:
        return await verb(uow, *arguments)


async def served(house) -> dict[str, str]:
    async with house.units(SYSTEM, read_only=True) as uow:
        return {one.id: one.title for one in (await entries.published(uow))[1]}


async def test_a_draft_becomes_an_answer_by_a_second_person(house, published) -> None:
    entry = await written(house)
    assert await served(house) == {}
    await do(house, EDITOR, entries.submit, entry)
    assert await served(house) == {}
    record = await do(house, REVIEWER, entries.publish, entry, "对照过了")
    assert (record.state, record.published) == (EntryState.PUBLISHED, 1)
    assert await served(house) == {entry: "环卫工路上被撞"}
    async with house.units(SYSTEM) as uow:
        assert (await uow.verify_journal()).broken is None
        types = [event.type for event in await uow.events(entries.aggregate(entry))]
    assert types == ["entry.drafted", "entry.submitted", "entry.published"]


async def test_whoever_wrote_any_part_may_not_publish(house, published) -> None:
    entry = await written(house)
    await do(house, BOTH, entries.save, entry, {"answer": "先报警。"})
    await do(house, EDITOR, entries.save, entry, {"answer": "先报警，后住院。"})
    await do(house, EDITOR, entries.submit, entry)
    with pytest.raises(Denied, match="另一个人"):
        await do(house, BOTH, entries.publish, entry, "好")
    assert await served(house) == {}
    await do(house, REVIEWER, entries.publish, entry, "好")
    assert await served(house) == {entry: "环卫工路上被撞"}


async def test_the_published_text_answers_until_the_new_one_is_reviewed(house, published) -> None:
    entry = await written(house)
    await do(house, EDITOR, entries.submit, entry)
    await do(house, REVIEWER, entries.publish, entry, "好")
    await do(house, EDITOR, entries.revise, entry)
    await do(house, EDITOR, entries.save, entry, {"title": "新标题"}, "改标题")
    assert await served(house) == {entry: "环卫工路上被撞"}
    await do(house, EDITOR, entries.submit, entry)
    await do(house, REVIEWER, entries.send_back, entry, "标题不清楚")
    await do(house, EDITOR, entries.save, entry, {"title": "环卫工作业时被车撞"})
    await do(house, EDITOR, entries.submit, entry)
    await do(house, REVIEWER, entries.publish, entry, "好")
    assert await served(house) == {entry: "环卫工作业时被车撞"}
    async with house.units(SYSTEM, read_only=True) as uow:
        versions = await uow.get(Entries).versions(entry)
    assert [one.number for one in versions] == [1, 2, 3]
    changed = differences(versions[0].body, versions[2].body)
    assert [one.name for one in changed] == ["标题"]
    assert [line.kind for line in changed[0].lines] == ["gone", "new"]


async def test_withdrawing_takes_it_out_and_needs_a_reviewer(house, published) -> None:
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [shipped("1003-a", FIRST), shipped("1003-b", FIRST)])
    with pytest.raises(Denied):
        await do(house, EDITOR, entries.withdraw, "1003-a", "没用")
    await do(house, REVIEWER, entries.withdraw, "1003-a", "政策停了")
    assert set(await served(house)) == {"1003-b"}
    await do(house, EDITOR, entries.revise, "1003-a")
    assert set(await served(house)) == {"1003-b"}
    await do(house, EDITOR, entries.submit, "1003-a")
    await do(house, REVIEWER, entries.publish, "1003-a", "政策又有了")
    assert set(await served(house)) == {"1003-a", "1003-b"}


async def test_the_shipped_entries_are_taken_over_once(house, published) -> None:
    async with house.units(SYSTEM) as uow:
        assert await entries.seed(uow, [shipped("1003-a", FIRST)]) == 1
    await do(house, EDITOR, entries.revise, "1003-a")
    await do(house, EDITOR, entries.save, "1003-a", {"title": "编辑改过的"})
    await do(house, EDITOR, entries.submit, "1003-a")
    await do(house, REVIEWER, entries.publish, "1003-a", "好")
    both = [shipped("1003-a", FIRST, title="新版程序的"), shipped("1003-c", FIRST)]
    async with house.units(SYSTEM) as uow:
        assert await entries.seed(uow, both) == 1
        assert await entries.seed(uow, both) == 0
    assert (await served(house))["1003-a"] == "编辑改过的"
    assert "1003-c" in await served(house)


async def test_entries_go_in_and_come_out_unchanged(house, published) -> None:
    made = shipped("1003-a", FIRST, followups=["在哪儿出的事？"], valid_to="2029-12-31")
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [made])
        assert (await entries.published(uow))[1] == [made]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"citations": [{"law": "民法典", "article": "第九千条"}]}, "第九千条"),
        ({"citations": [{"law": "没有的法", "article": "第一条"}]}, "没有的法"),
        ({"citations": []}, "没有引用法条"),
        ({"questions": []}, "问法少于"),
        ({"review_due": "2026-01-01"}, "复核日"),
        ({"review_due": None}, "条目"),
        ({"valid_to": "2020-01-01"}, "失效日"),
        ({"answer": ""}, "缺少"),
    ],
)
async def test_what_could_not_answer_is_not_submitted(house, published, changes, says) -> None:
    entry = await written(house, **changes)
    with pytest.raises(Invalid, match=says):
        await do(house, EDITOR, entries.submit, entry)
    async with house.units(SYSTEM, read_only=True) as uow:
        record = await uow.get(Entries).by_id(entry)
    assert record.state is EntryState.DRAFT


async def test_a_citation_that_went_between_submitting_and_review_stops_it(
    house, published, book
) -> None:
    entry = await written(house)
    await do(house, EDITOR, entries.submit, entry)
    del book.articles[FIRST]
    with pytest.raises(Invalid, match="第一条"):
        await do(house, REVIEWER, entries.publish, entry, "好")
    assert await served(house) == {}


async def test_saving_what_is_there_makes_no_version(house, published) -> None:
    entry = await written(house)
    await do(house, EDITOR, entries.save, entry, body())
    async with house.units(SYSTEM, read_only=True) as uow:
        assert len(await uow.get(Entries).versions(entry)) == 1


async def test_a_day_of_review_that_comes_calls_a_reviewer_and_answers_go_on(
    house, published, clock
) -> None:
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [shipped("1003-a", FIRST, review_due="2026-12-01")])
    async with house.units(SYSTEM) as uow:
        assert await entries.sweep_due(uow) == 0
    clock.forward(timedelta(days=10))
    async with house.units(SYSTEM) as uow:
        assert await entries.sweep_due(uow) == 1
        assert await entries.sweep_due(uow) == 0
    assert "1003-a" in await served(house)
    record = await do(house, REVIEWER, entries.confirm, "1003-a", "仍然对")
    assert record.state is EntryState.PUBLISHED
    assert record.review_due.isoformat() == "2027-12-05"


async def test_a_revision_that_is_given_up_is_looked_at_again(house, published) -> None:
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [shipped("1003-a", FIRST)])
    await do(house, EDITOR, entries.revise, "1003-a")
    await do(house, EDITOR, entries.save, "1003-a", {"title": "改坏了"})
    record = await do(house, EDITOR, entries.discard, "1003-a", "不改了")
    assert (record.state, record.version) == (EntryState.DUE, 1)
    await do(house, EDITOR, entries.revise, "1003-a")
    saved = await do(house, EDITOR, entries.save, "1003-a", {"title": "再改"})
    assert saved.version == 3
    with pytest.raises(Conflict):
        await do(house, EDITOR, entries.revise, "1003-a")
