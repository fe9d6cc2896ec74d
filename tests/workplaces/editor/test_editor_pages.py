"""The editors' pages: what they show, what they refuse, and the way of an entry through them."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from backend.contacts import access
from backend.contacts import service as contacts
from backend.contacts.model import Door, Speaker
from backend.editorial.model.usage import ArticleUse
from backend.editorial.ports import Corrections, Entries, Usage
from backend.kernel.actor import SYSTEM, citizen
from backend.kernel.errors import Invalid
from backend.routing.adapters.ruleset_yaml import built_in_rules
from backend.workplaces.editor.forms import EntryForm, to_body, to_form
from backend.workplaces.editor.rule_cites import rule_citations
from backend.workplaces.editor.work import usage_csv
from tests.backend.editorial.conftest import body

ONE = "/editor/entries/1003-a"


def form(**changes: str) -> dict[str, str]:
    return to_form(body()) | changes


async def test_an_entry_goes_through_two_people(platform, sign_in) -> None:
    editor, reviewer = await sign_in("editor"), await sign_in("reviewer")
    assert "路上被撞" in await editor.get("/editor")
    await editor.post(f"{ONE}/step/revise")
    await editor.post(f"{ONE}/edit", **form(title="环卫工被撞", note="标题更短"))
    page = await editor.post(f"{ONE}/step/submit")
    assert "待审核" in page
    assert "这一版还没有审核" in page
    await editor.post(f"{ONE}/step/publish", status=403, reason="自己通过")
    await reviewer.post(f"{ONE}/step/publish", status=422, reason="")
    difference = await reviewer.get(f"{ONE}/difference?old=1&new=2")
    assert "<ins>" in difference
    page = await reviewer.post(f"{ONE}/step/publish", reason="对照过原文")
    assert "已对照法条核对；律师审核：尚未" in page
    assert "对照过原文" in page
    async with platform.units(SYSTEM) as uow:
        assert (await uow.get(Entries).by_id("1003-a")).published == 2
        assert (await uow.verify_journal()).broken is None


async def test_a_new_entry_is_begun_and_what_is_wrong_is_said(sign_in) -> None:
    editor = await sign_in("editor")
    await editor.get("/editor/new")
    page = await editor.post("/editor/new", **form(title="新的", citations="《民法典》第八条"))
    assert "草稿" in page
    assert "没有“第八条”这一条" in page
    await editor.post("/editor/new", status=422, **form(title="新的", citations="民法典八条"))
    await editor.post("/editor/new", status=422, **form(title="  "))
    await editor.get("/editor/entries/none", status=404)
    await editor.get(f"{ONE}/difference?old=7&new=1", status=404)


async def test_others_stay_outside(sign_in) -> None:
    agent, reviewer = await sign_in("agent"), await sign_in("reviewer")
    for path in ("", "/new", "/corrections", "/questions", "/usage", "/usage.csv", "/law"):
        await agent.get(f"/editor{path}", status=403)
    await reviewer.get("/editor/new", status=403)
    await reviewer.post(f"{ONE}/step/revise", status=403)


async def test_the_button_of_doubt_opens_a_correction(platform, sign_in) -> None:
    agent, editor = await sign_in("agent"), await sign_in("editor")
    flag = {"what": "期限不对", "question": "多久", "entry": "1003-a", "snapshot": "s1"}
    await agent.post("/desk/flag", **flag)
    await agent.post("/desk/flag", status=422, what=" ")
    page = await editor.get("/editor/corrections")
    assert "期限不对" in page
    assert "2026年11月30日" in page
    async with platform.units(SYSTEM, read_only=True) as uow:
        (correction,) = await uow.get(Corrections).all(open_only=True)
    page = await editor.post(
        f"/editor/corrections/{correction.id}", decision="kept", reply="期限是对的"
    )
    assert "期限不对" not in page
    assert "期限是对的" in await editor.get("/editor/corrections?all=1")


@pytest.mark.parametrize(
    "path",
    ["/editor/questions?week=2026-W48", "/editor/usage?days=7", "/editor/law", "/editor/law?all=1"],
)
async def test_empty_pages_say_what_will_appear(sign_in, path) -> None:
    assert "muted" in await (await sign_in("reviewer")).get(path)


@pytest.mark.parametrize("path", ["/editor/questions?week=soon", "/editor/usage?days=3"])
async def test_a_wrong_question_is_refused(sign_in, path) -> None:
    await (await sign_in("editor")).get(path, status=422)


async def test_the_citizen_votes_on_an_answer_of_the_own_conversation(platform, sign_in) -> None:
    async with platform.units(citizen("c"), "chat") as uow:
        contact = await contacts.open_contact(uow, door=Door.CHAT, region="150400")
        token = await access.give(uow, contact)
        await contacts.say(uow, contact, Speaker.CITIZEN, "工资")
        answer = {"basis": "found", "entry": "1003-a", "citations": [], "snapshot": "s1"}
        await contacts.say(uow, contact, Speaker.SYSTEM, "答复", answer=answer)
    pages = await sign_in("agent")
    await pages.post("/chat/helpful", status=403, sequence="2", helpful="true")
    pages.session.cookie_jar.update_cookies({"fatong_chat": token})
    await pages.post("/chat/helpful", status=404, sequence="1", helpful="true")
    await pages.post("/chat/helpful", status=404, sequence="9", helpful="true")
    await pages.post("/chat/helpful", sequence="2", helpful="true")
    async with platform.units(SYSTEM, read_only=True) as uow:
        (used,) = await uow.get(Usage).by_entry(date(2026, 11, 25))
    assert (used.hits, used.helpful) == (1, 1)


def test_the_table_of_use_opens_in_a_spreadsheet_without_formulas() -> None:
    day = date(2026, 11, 25)
    rows = list(
        csv.reader(
            io.StringIO(
                usage_csv(
                    [
                        ArticleUse("民法典", "第一条", "2020-05-28", 3, day, 0.75),
                        ArticleUse("=cmd()", "第二条", "", 1, day, 0.25),
                    ]
                )
            )
        )
    )
    assert rows[1] == ["民法典", "第一条", "2020-05-28", "3", "0.7500", "2026-11-25"]
    assert rows[2][0] == "'=cmd()"


def test_the_form_gives_back_what_it_shows() -> None:
    text = body(questions=[{"q": "咋整", "style": "dialect"}], tv=["一", "二"], spoken="说")
    again = to_body(EntryForm(**to_form(text)))
    assert {name: again[name] for name in text} == text


@pytest.mark.parametrize(
    ("field", "value"),
    [("review_due", "明年"), ("citations", "第一条"), ("valid_to", "2026-02-30")],
)
def test_a_line_that_cannot_be_read_is_named(field, value) -> None:
    with pytest.raises(Invalid) as refused:
        to_body(EntryForm(**form(**{field: value})))
    assert refused.value.where == field


def test_every_rule_that_cites_is_watched() -> None:
    cited = rule_citations(built_in_rules(), date(2026, 11, 25))
    assert len({one.ref for one in cited}) > 40
    assert all(one.article.startswith("第") and one.article.endswith("条") for one in cited)
    assert len({(one.ref, one.law, one.article) for one in cited}) == len(cited)
