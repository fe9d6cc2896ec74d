"""Papers: filling, printing, keeping, reading, changing a byte, forgetting."""

from __future__ import annotations

import io
from datetime import date

import docx
import pytest
from pypdf import PdfReader

from backend.bootstrap import House
from backend.cases import service as cases
from backend.documents import service as documents
from backend.documents.adapters.docx_printer import DocxPrinter
from backend.documents.adapters.files import DirectoryFiles, MemoryFiles
from backend.documents.adapters.pdf_printer import PdfPrinter
from backend.documents.adapters.templates_file import load_templates
from backend.documents.model import BLANK, Paper, digest_of, fill, read_template
from backend.documents.ports import Documents, Files, Papers
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Conflict, Invalid, NotFound, Unavailable, WrongSetting
from backend.kernel.journal import Aggregate
from tests.support.house import CHIFENG, staff

DAY = date(2026, 11, 25)
TEMPLATES = load_templates()
VALUES = {
    "applicant": "王小喆",
    "case_code": "261 234 5678",
    "received_on": "2026年11月25日",
    "door": "电话",
    "agent": "坐席一号",
}


def receipt(**changes: str) -> Paper:
    return fill(
        TEMPLATES["reception_receipt"],
        VALUES | changes,
        number="回执2612345678-1",
        issuer="赤峰12348",
        day=DAY,
    )


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_what_is_missing_is_named_and_the_rest_stays_blank():
    with pytest.raises(Invalid) as caught:
        receipt(door="")
    assert caught.value.where == "door"
    assert ("现在的进展", BLANK) in receipt().blocks[1].rows


def test_a_value_is_never_read_as_a_template():
    assert "{agent}" in receipt(applicant="{agent}").to


@pytest.mark.parametrize(
    "data",
    [
        {"title": "甲", "blocks": []},
        {"title": "甲", "blocks": [{"nothing": "x"}]},
        {"title": "甲", "needs": ["b"], "blocks": [{"text": "{a}"}]},
        {"blocks": [{"text": "x"}]},
    ],
)
def test_a_template_that_cannot_work_is_refused_at_the_start(data):
    with pytest.raises(WrongSetting):
        read_template("x", data)


def test_every_template_prints_every_character_in_both_formats():
    for template in TEMPLATES.values():
        values = {name: f"值{name}" for name in template.needs}
        paper = fill(template, values, number="号", issuer="赤峰12348", day=DAY)
        reader = PdfReader(io.BytesIO(PdfPrinter().print(paper)))
        pdf = squeezed("".join(page.extract_text() for page in reader.pages))
        fonts = {
            font.get_object()["/DescendantFonts"][0]["/FontDescriptor"].keys() >= {"/FontFile3"}
            for page in reader.pages
            for font in page["/Resources"]["/Font"].values()
        }
        assert fonts == {True}, "the font must be embedded"
        file = docx.Document(io.BytesIO(DocxPrinter().print(paper)))
        rows = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
        word = squeezed("".join([p.text for p in file.paragraphs] + rows))
        for line in paper.words().splitlines():
            for part in filter(None, line.split("：")):
                assert squeezed(part) in word
                assert set(squeezed(part)) <= set(pdf)


def test_the_same_paper_prints_to_the_same_bytes():
    assert PdfPrinter().print(receipt()) == PdfPrinter().print(receipt())


def test_a_rare_name_without_a_font_is_said_and_not_printed_as_a_box(tmp_path):
    with pytest.raises(Unavailable) as caught:
        PdfPrinter(others=(tmp_path / "absent.ttc",)).print(receipt(applicant="王㛃"))
    assert caught.value.code == "font_lacks_characters"
    assert "㛃" in caught.value.message


@pytest.fixture(params=["directory", "memory"])
def files(request, tmp_path):
    return DirectoryFiles(tmp_path / "files") if request.param == "directory" else MemoryFiles()


async def test_files_keep_read_and_delete(files):
    digest = digest_of(b"one")
    assert await files.get(digest) is None
    await files.put(digest, b"one")
    await files.put(digest, b"one")
    assert await files.get(digest) == b"one"
    await files.delete(digest)
    await files.delete(digest)
    assert await files.get(digest) is None


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63])
async def test_a_file_name_that_is_no_hash_is_refused(files, digest):
    with pytest.raises(Invalid):
        await files.put(digest, b"x")


async def kept(house: House, format: str = "pdf") -> tuple[str, str]:
    """A receipt on a new case; the document's id and the person's."""
    async with house.units(SYSTEM, "test") as uow:
        person = await cases.person_at(uow, "+8613800005678")
        case = await cases.open_case(uow, person=person, region=CHIFENG)
        paper = await documents.fill_in(
            uow, "reception_receipt", VALUES, case=case.id, case_code=case.code, issuer="赤峰12348"
        )
    content = await documents.print_out(house.parts[Papers], paper, format)
    async with house.units(SYSTEM, "test") as uow:
        document = await documents.keep(
            uow, paper, content, case=case.id, person=person.id, format=format
        )
    async with house.units(SYSTEM, "test") as uow:
        found, read = await documents.read(uow, document.id)
        assert (found, read) == (document, content)
    return document.id, person.id


async def test_a_paper_is_kept_sealed_and_read_back(house: House):
    made, _ = await kept(house)
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        document = await uow.get(Documents).by_id(made)
        stored = await uow.get(Files).get(document.digest)
        assert b"%PDF" not in stored
        assert digest_of(stored) == document.digest
        assert (await uow.verify_journal()).broken is None


async def test_a_changed_byte_is_noticed(house: House):
    made, _ = await kept(house, "docx")
    async with house.units(SYSTEM, "test") as uow:
        document = await uow.get(Documents).by_id(made)
        await uow.get(Files).put(document.digest, b"something else")
        with pytest.raises(Conflict, match="不符"):
            await documents.read(uow, made)


async def test_erasing_a_person_removes_the_papers(house: House):
    made, person = await kept(house)
    async with house.units(SYSTEM, "test", read_only=True) as uow:
        digest = (await uow.get(Documents).by_id(made)).digest
        sealed = await uow.get(Files).get(digest)
    async with house.units(staff("security_admin"), "test") as uow:
        await cases.erase_person(uow, person)
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(NotFound):
            await documents.read(uow, made)
        assert b"%PDF" not in sealed
        event = (await uow.events(Aggregate("person", person)))[-1]
        await documents.on_person_erased(uow, event)
        await documents.on_person_erased(uow, event)
        assert await uow.get(Documents).by_id(made) is None
        assert await uow.get(Files).get(digest) is None
        assert (await uow.verify_journal()).broken is None


async def test_an_unknown_template_or_format_is_refused(house: House):
    async with house.units(SYSTEM, "test") as uow:
        with pytest.raises(Invalid):
            await documents.fill_in(uow, "x", {}, case="c", case_code="1", issuer="i")
    with pytest.raises(Invalid):
        await documents.print_out(house.parts[Papers], receipt(), "xls")
