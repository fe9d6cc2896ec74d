"""The screens over HTTP, as a box without script sees them."""

from __future__ import annotations

import gzip
import re

import pytest
from aiohttp import ClientSession, CookieJar

from backend.cases import service as cases
from backend.cases.ports import Cases
from backend.contacts.ports import Contacts
from backend.kernel.actor import SYSTEM
from tv_app import presenter

HTML = {"Accept": "text/html"}


async def read(box, path, **body):
    call = box.post(path, data=body, headers=HTML) if body else box.get(path, headers=HTML)
    async with await call as reply:
        assert reply.headers.get("Cache-Control") == "no-store" or reply.status >= 400, path
        return reply.status, await reply.text()


def code_on(page):
    return re.sub(r"\D", "", re.search(r"案件编码 ([\d ]+)<", page).group(1))


async def case_with(platform, code):
    async with platform.units(SYSTEM, read_only=True) as uow:
        case = await uow.get(Cases).by_code(code)
        sheet = await uow.get(Cases).facts(case.id)
        return case, sheet.values(), await uow.get(Contacts).of_case(case.id)


async def test_home_with_all_it_needs_is_at_most_fourteen_kilobytes(box):
    _, page = await read(box, "/tv/")
    total = len(gzip.compress(page.encode(), 9))
    needed = re.findall(r'(?:src|href)="(/(?:static|tv/keys\.js)[^"]*)"', page)
    assert len(needed) == 3
    for path in needed:
        async with box.get(path) as reply:
            total += len(gzip.compress(await reply.read(), 9))
    assert total <= 14 * 1024
    for words in ("想看的", "想选的", "想问的", "马上离开"):
        assert words in page


async def test_facts_told_on_the_screen_are_on_the_case_and_asked_once(box, platform):
    _, page = await read(box, "/tv/route?issue=wages")
    code = code_on(page)
    told = {}
    for _ in range(12):
        found = re.search(
            r'name="code" value="(\w+)">\s*<input type="hidden" name="value" value="(\w+)"', page
        )
        if found is None:
            break
        assert found[1] not in told, "asked twice"
        told[found[1]] = "False" if found[2] == "True" else found[2]
        _, page = await read(box, "/tv/fact", code=found[1], value=told[found[1]])
    assert "该去哪儿办" in page, (told, re.findall(r"<h1>(.*?)</h1>", page))
    assert told
    _, facts, _ = await case_with(platform, code)
    assert facts["issue"] == "wages"
    assert set(told) <= set(facts)
    # Reading about something else is no statement.
    await read(box, "/tv/answer?number=11")
    assert (await case_with(platform, code))[1]["issue"] == "wages"


async def test_a_question_is_asked_once_however_often_its_pages_are_turned(box, platform):
    _, page = await read(box, "/tv/answer?number=31")
    for number in (1, 2, 99, 1):
        await read(box, f"/tv/answer?number=31&page={number}")
    _, _, (contact,) = await case_with(platform, code_on(page))
    async with platform.units(SYSTEM, read_only=True) as uow:
        said = await uow.get(Contacts).messages(contact.id)
    assert [message.speaker for message in said] == ["citizen", "system"]


async def test_words_of_danger_lead_to_a_person_also_after_leaving(box, platform):
    for _ in range(2):
        _, page = await read(box, "/tv/answer?q=老公现在正拿刀砍我救命")
        assert "110" in page
        assert 'href="/tv/person"' in page
    await read(box, "/tv/leave")
    case, _, (contact,) = await case_with(platform, code_on(page))
    assert contact.state == "waiting"
    assert case.danger


async def test_danger_told_as_a_fact_leads_to_a_person(box, platform):
    _, page = await read(box, "/tv/route?issue=family_violence")
    code = code_on(page)
    _, page = await read(box, "/tv/fact", code="danger_now", value="True")
    assert "您的安全最要紧" in page
    assert (await case_with(platform, code))[2][0].state == "waiting"


async def test_a_call_back_is_promised_once_and_shown_at_home_until_left(box, platform):
    _, page = await read(box, "/tv/callback", phone="123")
    assert "号码不对" in page
    for _ in range(2):
        _, page = await read(box, "/tv/callback", phone="13800138222")
        assert "138 **** 8222" in page
    case, _, _ = await case_with(platform, code_on(page))
    async with platform.units(SYSTEM, read_only=True) as uow:
        assert len(await uow.get(Contacts).promises_of_case(case.id)) == 1
    assert "给您回电" in (await read(box, "/tv/"))[1]
    _, page = await read(box, "/tv/leave")
    assert case.code[:3] not in page
    assert "给您回电" not in (await read(box, "/tv/"))[1]
    async with platform.units(SYSTEM, read_only=True) as uow:
        (promise,) = await uow.get(Contacts).promises_of_case(case.id)
    assert promise.state == "open"


async def test_leaving_ends_the_conversation_unless_a_telephone_has_taken_it(box, platform):
    _, page = await read(box, "/tv/person")
    code = code_on(page)
    link = next(c.value for c in box.session.cookie_jar if c.key == "fatong_tv_link")
    async with (
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as phone,
        phone.post(box.make_url(f"/video/join/{link}"), allow_redirects=False) as reply,
    ):
        assert reply.status == 303
    await read(box, "/tv/leave")
    assert (await case_with(platform, code))[2][0].state == "bot"
    _, page = await read(box, "/tv/answer?number=31")
    await read(box, "/tv/leave")
    assert (await case_with(platform, code_on(page)))[2][0].state == "closed"


async def test_two_cases_opened_on_one_box_are_never_merged(box, platform):
    codes = []
    for phone in ("13800138333", "13800138444"):
        _, page = await read(box, "/tv/callback", phone=phone)
        codes.append(code_on(page))
        await read(box, "/tv/leave")
    for code in codes:
        case, _, _ = await case_with(platform, code)
        async with platform.units(SYSTEM) as uow:
            await cases.set_pin(uow, case.person, "135790")
        _, page = await read(box, "/tv/my", code=code, phone_code="135790")
        assert "我的案件" in page
        assert code_on(page) == code
    for code in codes:
        case, _, _ = await case_with(platform, code)
        assert case.state != "merged"


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/tv/number?number=99", 404, "没有编号 99"),
        ("/tv/number?number=<b>", 404, "没有编号 &lt;b&gt;"),
        ("/tv/number", 404, "请先输入编号"),
        ("/tv/answer", 422, "请先选一个问题"),
        ("/tv/answer?number=7", 404, "没有这个编号"),
        ("/tv/answer?q=😀😀", 200, "按 9"),
        ("/tv/answer?q=" + "长" * 501, 422, "参数过长"),
        ("/tv/choose?path=9.9", 404, "没有这个选项"),
        ("/tv/route?issue=nothing", 404, "没有这个选项"),
        ("/tv/watch?page=-1", 200, "第 1 页"),
        ("/tv/nowhere", 404, "没有这个页面"),
    ],
)
async def test_bad_input_gets_a_sentence_on_the_dark_screen(box, path, status, words):
    found, page = await read(box, path)
    assert (found, words in page, "/static/tv/tv.css" in page) == (status, True, True)


async def test_a_case_code_that_does_not_exist_and_a_wrong_phone_code(box, platform):
    status, page = await read(box, "/tv/my", code="2600000000")
    assert (status, "没有这个案件编码" in page) == (404, True)
    _, page = await read(box, "/tv/callback", phone="13800138555")
    code = code_on(page)
    for _ in range(5):
        status, page = await read(box, "/tv/my", code=code, phone_code="000000")
        assert status == 403
    assert 'href="/tv/person"' in page
    _, page = await read(box, "/tv/my", code=code, phone_code="000000")
    assert "我们会给您回电" in page  # a call is promised already: a person comes anyway


async def test_a_guessed_case_code_leads_to_a_person_at_the_fifth(box, platform):
    for _ in range(4):
        status, page = await read(box, "/tv/my", code="2600000000")
        assert (status, "没有这个案件编码" in page) == (404, True)
    status, page = await read(box, "/tv/my", code="2600000000")
    assert (status, "输错次数太多" in page, "怎么和工作人员说" in page) == (200, True, True)


def test_a_number_is_never_cut_in_two():
    lines = presenter.cut("先保证人身安全，请马上离开现场并打110。再拨打12348找人说一说。")[0]
    assert all(len(line) <= presenter.WIDTH for line in lines)
    assert any("110" in line for line in lines)
    assert any("12348" in line for line in lines)
