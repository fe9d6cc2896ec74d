"""A change of the law lists what it touches and hides what cites a text that is no longer law."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from backend.editorial.model.entry import EntryState
from backend.editorial.model.law import Cited
from backend.editorial.ports import Entries, LawWatch
from backend.editorial.service import entries, law
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Denied, Invalid
from tests.backend.editorial.conftest import EDITOR, REVIEWER, shipped

RULE = Cited("rule", "D1", "工资", "民法典", "第二条")
CIVIL, OLD = ("民法典", "第一条"), ("旧法", "第一条")


@pytest.fixture
async def seeded(house, published):
    async with house.units(SYSTEM) as uow:
        await entries.seed(uow, [shipped("1003-a", CIVIL), shipped("1003-old", CIVIL, OLD)])
        assert await law.check_law(uow, [RULE]) == []
    return house


async def check(house) -> list[tuple[str, str, str]]:
    async with house.units(SYSTEM) as uow:
        return [(one.kind, one.ref, one.change) for one in await law.check_law(uow, [RULE])]


async def served(house) -> set[str]:
    async with house.units(SYSTEM, read_only=True) as uow:
        return {one.id for one in (await entries.published(uow))[1]}


async def test_the_same_law_touches_nothing(seeded) -> None:
    assert await check(seeded) == []
    assert await served(seeded) == {"1003-a", "1003-old"}


async def test_an_article_that_ends_hides_its_entry_until_reviewed(seeded, clock, book) -> None:
    clock.forward(timedelta(days=7))
    assert await check(seeded) == [("entry", "1003-old", "gone")]
    assert await served(seeded) == {"1003-a"}
    assert await check(seeded) == []
    async with seeded.units(REVIEWER) as uow:
        with pytest.raises(Invalid, match="旧法"):
            await entries.confirm(uow, "1003-old", "没事")
    async with seeded.units(EDITOR) as uow:
        await entries.revise(uow, "1003-old")
        await entries.save(uow, "1003-old", {"citations": [{"law": "民法典", "article": "第一条"}]})
        await entries.submit(uow, "1003-old")
    async with seeded.units(REVIEWER) as uow:
        await entries.publish(uow, "1003-old", "改引民法典")
        assert await uow.get(LawWatch).open_of("entry", "1003-old") == []
    assert await served(seeded) == {"1003-a", "1003-old"}


async def test_other_words_touch_entries_and_rules(seeded, book) -> None:
    new = date(2026, 11, 1)
    for key in (CIVIL, ("民法典", "第二条")):
        old = book.articles[key][0]
        book.articles[key] = [
            replace(old, in_force_to=date(2026, 10, 31)),
            replace(old, text="新的条文", version=date(2026, 9, 1), in_force_from=new),
        ]
    found = await check(seeded)
    assert set(found) == {
        ("entry", "1003-a", "words"),
        ("entry", "1003-old", "words"),
        ("rule", "D1", "words"),
    }
    assert await served(seeded) == set()
    async with seeded.units(REVIEWER) as uow:
        record = await entries.confirm(uow, "1003-a", "新条文意思一样")
    assert (record.state, record.hidden) == (EntryState.PUBLISHED, "")
    assert await served(seeded) == {"1003-a"}
    async with seeded.units(EDITOR) as uow:
        with pytest.raises(Denied):
            await law.settle_rule(uow, "D1", "看过")
    async with seeded.units(REVIEWER) as uow:
        await law.settle_rule(uow, "D1", "规则不受影响")
        left = await uow.get(LawWatch).touches(open_only=True)
    assert {one.ref for one in left} == {"1003-old"}


async def test_a_new_version_with_the_same_words_is_listed_and_goes_on(seeded, book) -> None:
    old = book.articles[CIVIL][0]
    book.articles[CIVIL] = [replace(old, version=date(2026, 9, 1))]
    assert set(await check(seeded)) == {
        ("entry", "1003-a", "version"),
        ("entry", "1003-old", "version"),
    }
    assert await served(seeded) == {"1003-a", "1003-old"}
    async with seeded.units(SYSTEM, read_only=True) as uow:
        record = await uow.get(Entries).by_id("1003-a")
    assert record.state is EntryState.DUE


async def test_an_entry_under_revision_is_hidden_where_it_stands(seeded, clock) -> None:
    async with seeded.units(EDITOR) as uow:
        await entries.revise(uow, "1003-old")
    clock.forward(timedelta(days=7))
    assert ("entry", "1003-old", "gone") in await check(seeded)
    assert await served(seeded) == {"1003-a"}
    async with seeded.units(SYSTEM, read_only=True) as uow:
        record = await uow.get(Entries).by_id("1003-old")
        assert record.state is EntryState.DRAFT
        assert "旧法" in record.hidden
        assert (await uow.verify_journal()).broken is None
