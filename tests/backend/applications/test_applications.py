"""Applications: one question a page, clocks of the law, who may decide, what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from backend.applications import service as applications
from backend.applications.adapters.forms_file import load_forms, read_standards
from backend.applications.model import (
    COMMITTED,
    MOVES,
    Application,
    Forms,
    State,
    due_of,
    economic,
    move,
)
from backend.bootstrap import House
from backend.cases import passes
from backend.cases import service as cases
from backend.clocks.adapters.calendar_json import published_calendar
from backend.directory import service as directory
from backend.directory.model import Organisation
from backend.documents import service as documents
from backend.documents.ports import Papers
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Conflict, Denied, Invalid, NotFound, WrongSetting
from tests.support.house import CHIFENG, staff

FORMS = load_forms()
CALENDAR = published_calendar()
CLERK = staff("organisation_clerk", organisation="office", region="150402")
ANSWERS = {
    "text": "甲",
    "long": "事情的经过",
    "number": "3",
    "commit": COMMITTED,
}


async def opened(house: House, kind: str = "legal_aid") -> Application:
    async with house.units(SYSTEM, "test") as uow:
        for code, channel in (("notaries", "notary"), ("lab", "forensic")):
            await directory.put_organisation(
                uow, Organisation(code, code, channel, CHIFENG, serves=(channel,))
            )
        person = await cases.person_at(uow, "+8613800005678")
        case = await cases.open_case(uow, person=person, region="150402")
        await cases.record_facts(uow, case, {"issue": "wages"})
        return await applications.open_application(uow, case, kind)


async def filled(house: House, kind: str = "legal_aid", **own: str) -> Application:
    application = await opened(house, kind)
    form = FORMS.form(kind)
    async with house.units(SYSTEM, "test") as uow:
        while (step := form.next(application.answers)) is not None:
            value = own.get(step.code) or ANSWERS.get(step.type) or next(iter(step.choices))
            application = await applications.answer(uow, application, step.code, value)
        return application


async def submitted(house: House, kind: str = "legal_aid", **own: str) -> Application:
    application = await filled(house, kind, **own)
    async with house.units(SYSTEM, "test") as uow:
        return await applications.submit(uow, application)


async def acted(house: House, actor, id: str, event: str, reason: str = "") -> Application:
    async with house.units(actor, "test") as uow:
        return await applications.act(uow, id, event, reason)


@pytest.mark.parametrize("kind", list(MOVES))
def test_every_state_is_reached_and_every_unfinished_one_is_left(kind: str):
    reached = {State.DRAFT, State.PROPOSED} | {step.to for step in MOVES[kind].values()}
    left = {state for state, _ in MOVES[kind]}
    ends = {State.DONE, State.ENDED, State.WITHDRAWN, State.UPHELD}
    assert left <= reached
    assert reached - left <= ends


@pytest.mark.parametrize(
    ("kind", "state", "start", "due"),
    [
        ("legal_aid", State.SUBMITTED, date(2026, 11, 25), date(2026, 12, 2)),
        ("legal_aid", State.GRANTED, date(2026, 11, 25), date(2026, 11, 30)),
        ("legal_aid", State.OBJECTED, date(2026, 11, 25), date(2026, 11, 30)),
        ("notary", State.ACCEPTED, date(2026, 11, 25), date(2026, 12, 16)),
        ("forensic", State.SUBMITTED, date(2026, 11, 25), date(2026, 12, 4)),
        ("notary", State.SUBMITTED, date(2026, 11, 25), None),
    ],
)
def test_the_clocks_of_the_law(kind, state, start, due):
    assert due_of(kind, state, start, CALENDAR) == due


async def test_what_is_known_is_not_asked_and_the_economy_only_where_it_counts(house: House):
    application = await opened(house)
    assert application.answers["matter"] == "拖欠工资"
    form = FORMS.form("legal_aid")
    count = len(form.asked(application.answers))
    async with house.units(SYSTEM, "test") as uow:
        application = await applications.answer(uow, application, "exemption", "none")
        assert len(form.asked(application.answers)) == count + 3
        application = await applications.answer(uow, application, "members", "4")
        application = await applications.answer(uow, application, "exemption", "migrant")
        assert "members" not in application.answers
        first = form.steps[0]
        assert applications.place(form, application, first) == (1, count)


async def test_legal_aid_from_the_form_to_the_lawyer(house: House, clock):
    application = await submitted(house)
    assert (application.state, application.organisation) == (State.SUBMITTED, "office")
    assert application.due == date(2026, 12, 2)
    with pytest.raises(Invalid, match="写明"):
        await acted(house, CLERK, application.id, "ask_more")
    asked = await acted(house, CLERK, application.id, "ask_more", "请补身份证复印件")
    async with house.units(SYSTEM, "test") as uow:
        again = await applications.submit(uow, asked)
    granted = await acted(house, CLERK, again.id, "grant")
    assert granted.due == date(2026, 11, 30)
    assigned = await acted(house, CLERK, again.id, "assign", "某律师")
    assert (assigned.state, assigned.due) == (State.ASSIGNED, None)
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        assert (await uow.verify_journal()).broken is None


async def test_a_refusal_can_be_objected_to_and_the_bureau_rules(house: House):
    application = await submitted(house)
    refused = await acted(house, CLERK, application.id, "refuse", "不符合条件")
    async with house.units(SYSTEM, "test") as uow:
        objected = await applications.applicant_acts(uow, refused, "object", "收入低")
    with pytest.raises(Denied):
        await acted(house, CLERK, objected.id, "overturn", "改")
    ruled = await acted(house, staff("supervisor"), objected.id, "overturn", "改")
    assert ruled.state is State.GRANTED


async def test_another_body_sees_nothing(house: House):
    application = await submitted(house)
    other = staff("organisation_clerk", organisation="bureau", region="150402")
    with pytest.raises(NotFound):
        await acted(house, other, application.id, "grant")


async def test_a_dispute_keeps_the_notary_out(house: House):
    application = await filled(house, "notary", dispute="yes")
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(Conflict) as caught:
            await applications.submit(uow, application)
    assert caught.value.code == "notary_dispute"


async def test_an_appraisal_is_extended_once(house: House):
    application = await submitted(house, "forensic")
    lab = staff("organisation_clerk", organisation="lab")
    accepted = await acted(house, lab, application.id, "accept")
    longer = await acted(house, lab, application.id, "extend", "材料复杂")
    assert longer.due > accepted.due
    with pytest.raises(Conflict):
        await acted(house, lab, application.id, "extend", "再延")


async def test_a_form_with_a_gap_is_not_taken(house: House):
    application = await opened(house)
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(Invalid) as caught:
            await applications.submit(uow, application)
    assert caught.value.code == "answer_needed"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("exemption", "rich"),
        ("facts", ""),
        ("facts", "长" * 2001),
        ("commitment", "no"),
        ("nothing", "x"),
        ("members", "3"),
    ],
)
async def test_a_wrong_answer_is_refused_with_its_place(house: House, code, value):
    application = await opened(house)
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(Invalid) as caught:
            await applications.answer(uow, application, code, value)
    assert caught.value.where == code


async def test_an_overrun_clock_is_told_once(house: House, clock):
    await submitted(house)
    clock.put(datetime(2026, 12, 4, tzinfo=UTC))
    for expected in (1, 0):
        async with house.units(SYSTEM, "worker") as uow:
            assert await applications.sweep(uow) == expected


async def test_the_form_becomes_a_paper(house: House):
    application = await submitted(house, applicant="王小喆")
    async with house.units(CLERK, "test", read_only=True) as uow:
        paper = await applications.paper(uow, application)
    assert "王小喆" in paper.words()
    assert "红山区司法所：" in paper.words()
    printed = await documents.print_out(house.parts[Papers], paper, "docx")
    assert printed.startswith(b"PK")


async def test_erasing_the_person_empties_the_answers(house: House):
    application = await submitted(house)
    async with house.units(staff("security_admin"), "test") as uow:
        await cases.erase_person(uow, application.person)
    async with house.units(CLERK, "test") as uow:
        assert (await applications.read(uow, application.id)).answers == {}
        with pytest.raises(NotFound):
            await applications.paper(uow, application)


STANDARD = "{region: '%s', valid_from: 2026-01-01, monthly: %s, source: 文件}"


def test_the_standard_of_a_banner_goes_before_its_league():
    rows = f"standards: [{STANDARD % ('150400', 800)}, {STANDARD % ('150402', 900)}]"
    forms = Forms(FORMS.by_kind, read_standards(rows))
    assert forms.standard("150402", date(2026, 6, 1)).monthly == 900
    assert forms.standard("150421", date(2026, 6, 1)).monthly == 800
    assert forms.standard("150402", date(2025, 6, 1)) is None
    application = Application(
        "1", "1", "c", "p", "legal_aid", State.SUBMITTED, "150402",
        datetime(2026, 11, 25, tzinfo=UTC), "x",
        answers={"exemption": "none", "members": 2, "income": 1600},
    )  # fmt: skip
    assert "不高于" in economic(application, forms, date(2026, 6, 1))
    assert "没有录入" in economic(application, FORMS, date(2026, 6, 1))


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "standards: [{region: '1504'}]",
        f"standards: [{STANDARD % ('150402', -5)}]",
        f"standards: [{STANDARD % ('150402', 5)}, {STANDARD % ('150402', 6)}]",
    ],
)
def test_a_wrong_standards_file_is_refused(text):
    with pytest.raises(WrongSetting):
        read_standards(text)


def test_a_step_the_table_does_not_have_is_refused():
    application = Application(
        "1", "1", "c", "p", "notary", State.DRAFT, "150402", datetime(2026, 1, 1, tzinfo=UTC), "x"
    )
    with pytest.raises(Conflict):
        move(application, "grant")


async def test_a_pass_opens_one_case_and_ends(house: House, clock):
    async with house.units(SYSTEM, "test") as uow:
        person = await cases.person_at(uow, "+8613800005678")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        other = await cases.open_case(uow, person=person, region=CHIFENG)
        key = passes.issue(uow, case)
        assert (await passes.case_of(uow, case.code, key)).id == case.id
        for code, given in ((other.code, key), (case.code, ""), (case.code, key + "0")):
            with pytest.raises(Denied):
                await passes.case_of(uow, code, given)
    clock.forward(passes.LIFE)
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(Denied):
            await passes.case_of(uow, case.code, key)
