"""Questions without basis and the use of answers, gathered from what was said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.contacts import service as contacts
from backend.contacts.model import Door, Speaker
from backend.contacts.ports import Contacts
from backend.editorial.model.unanswered import strip_personal, week_of
from backend.editorial.ports import Entries, Questions, Usage
from backend.editorial.service import questions, usage
from backend.editorial.store.corrections import unanswered
from backend.kernel.actor import SYSTEM, citizen
from backend.kernel.errors import NotFound
from backend.storage.worker import Subscriber, Worker
from backend.workplaces.editor import listening
from tests.backend.editorial.conftest import EDITOR

WEEK = "2026-W48"


@pytest.fixture
def worker(house) -> Worker:
    return Worker(
        house.units,
        deliveries={},
        subscribers=[Subscriber(listening.NAME, listening.TYPES, listening.hear)],
    )


async def asked(house, question: str, answer: dict) -> str:
    """Somebody asks by chat and is answered; returns the contact."""
    async with house.units(citizen("c"), "chat") as uow:
        contact = await contacts.open_contact(uow, door=Door.CHAT, region="150400")
        await contacts.say(uow, contact, Speaker.CITIZEN, question)
        await contacts.say(
            uow, contact, Speaker.SYSTEM, "答复", answer={"question": question, **answer}
        )
    return contact.id


def nothing(reason: str = "没有依据") -> dict:
    return {"basis": "none", "reason": reason, "matter": "", "citations": [], "snapshot": "s1"}


def found(entry: str = "1003-a", article: str = "第一条") -> dict:
    cited = {"law": "民法典", "article": article, "version": "2020-05-28", "quote_hash": "h"}
    return {"basis": "found", "entry": entry, "citations": [cited], "snapshot": "s1"}


async def test_alike_questions_stand_together_and_the_most_asked_first(house, worker) -> None:
    for question in (
        "孩子上学的学区怎么划分",
        "无人机飞行要不要备案",
        "学区划分是按户口还是房子，孩子上学",
        "我叫王小明，孩子上学学区怎么划分，电话13912345678",
    ):
        await asked(house, question, nothing())
    await worker.round()
    await worker.round()
    async with house.units(EDITOR, read_only=True) as uow:
        groups = await questions.ranked(uow, WEEK)
        assert await uow.get(Questions).weeks() == [(WEEK, 4)]
    assert [group.size for group in groups] == [3, 1]
    shown = [one.text for group in groups for one in (group.first, *group.others)]
    assert not any("王小明" in text or "139" in text for text in shown)


async def test_the_text_is_sealed_and_the_words_cannot_be_read(house, worker) -> None:
    await asked(house, "孩子上学的学区怎么划分", nothing())
    await worker.round()
    async with house.units(SYSTEM) as uow:
        row = (await uow.connection.execute(select(unanswered))).one()
        assert "学区" not in row.text + row.words
        await uow.erase(row.person)
    async with house.units(EDITOR, read_only=True) as uow:
        (group,) = await questions.ranked(uow, WEEK)
    assert "学区" not in group.first.text


async def test_an_erased_person_holds_up_no_other_question(house, worker) -> None:
    contact = await asked(house, "孩子上学的学区怎么划分", nothing())
    async with house.units(SYSTEM) as uow:
        person = (await contacts.get_contact(uow, contact)).person
        await uow.erase(person)
    await asked(house, "无人机飞行要不要备案", nothing())
    await worker.round()
    async with house.units(EDITOR, read_only=True) as uow:
        texts = [group.first.text for group in await questions.ranked(uow, WEEK)]
    assert "无人机飞行要不要备案" in texts
    assert "孩子上学的学区怎么划分" not in texts


async def test_a_group_becomes_a_draft(house, worker) -> None:
    await asked(house, "孩子上学的学区怎么划分", nothing())
    await asked(house, "学区怎么划分，孩子上学", nothing())
    await worker.round()
    async with house.units(EDITOR) as uow:
        (group,) = await questions.ranked(uow, WEEK)
        record = await questions.begin_entry(
            uow, week=WEEK, message=group.first.message, matter="1019", title="学区怎么划"
        )
        version = await uow.get(Entries).version(record.id, 1)
        (group,) = await questions.ranked(uow, WEEK)
        with pytest.raises(NotFound):
            await questions.begin_entry(
                uow, week="2026-W01", message=group.first.message, matter="1019", title="题"
            )
    assert {one["q"] for one in version.body["questions"]} == {
        "孩子上学的学区怎么划分",
        "学区怎么划分，孩子上学",
    }
    assert group.first.entry == record.id


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我叫王小明，被欠薪", "王小明"),
        ("电话13912345678", "139"),
        ("身份证15040419900101123X", "1504"),
        ("蒙D12345撞了我", "D12345"),
        ("张律师说能赢", "张"),
        ("住在幸福小区3号楼", "幸福"),
        ("写信到 a.b@example.com", "example"),
    ],
)
def test_personal_words_are_taken_out(text, gone) -> None:
    assert gone in text
    assert gone not in strip_personal(text)


def test_a_plain_question_stays_as_it_is() -> None:
    assert strip_personal("拖欠工资去哪里告") == "拖欠工资去哪里告"


async def test_answers_are_counted_once_with_votes_and_hand_overs(house, worker, clock) -> None:
    today = clock.now().date()
    first = await asked(house, "工资", found())
    second = await asked(house, "工钱", found())
    await asked(house, "条文", found(entry="", article="第二条"))
    async with house.units(citizen(second), "chat") as uow:
        contact = await contacts.get_contact(uow, second)
        await contacts.step(uow, contact, "want_person", "contact.waiting", waiting_since=uow.now)
    await worker.round()
    await worker.round()
    async with house.units(citizen(first), "chat") as uow:
        contact = await contacts.get_contact(uow, first)
        said = (await uow.get(Contacts).messages(first))[-1]
        use = usage.use_of(
            uow, said.answer, message=said.id, contact=first, region="150400", door="chat"
        )
        await usage.vote(uow, use, helpful=True)
        await usage.vote(uow, use, helpful=False)
    async with house.units(SYSTEM, read_only=True) as uow:
        used = {one.entry: one for one in await uow.get(Usage).by_entry(today)}
        articles = {one.article: one for one in await uow.get(Usage).by_article(today)}
        later = await uow.get(Usage).by_entry(today + timedelta(days=1))
        assert (await uow.verify_journal()).broken is None
    entry = used["1003-a"]
    assert (entry.hits, entry.helpful, entry.unhelpful, entry.handed_over) == (2, 0, 1, 1)
    assert entry.hand_over_rate == 0.5
    assert used[""].hits == 1
    assert (articles["第一条"].uses, round(articles["第一条"].share, 3)) == (2, 0.667)
    assert later == []


async def test_a_vote_before_the_count_is_not_lost_and_counts_once(house, worker, clock) -> None:
    contact_id = await asked(house, "工资", found())
    async with house.units(citizen(contact_id), "chat") as uow:
        said = (await uow.get(Contacts).messages(contact_id))[-1]
        use = usage.use_of(
            uow, said.answer, message=said.id, contact=contact_id, region="150400", door="chat"
        )
        await usage.vote(uow, use, helpful=True)
    await worker.round()
    async with house.units(SYSTEM, read_only=True) as uow:
        (entry,) = await uow.get(Usage).by_entry(clock.now().date())
    assert (entry.hits, entry.helpful) == (1, 1)


def test_weeks_begin_on_monday_in_china(clock) -> None:
    assert week_of(clock.now()) == WEEK
