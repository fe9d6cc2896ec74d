"""Filling, printing, keeping, reading and forgetting papers.

Printing takes longer than a transaction should: fill in one unit of work, print outside, keep in
the next.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

from backend.documents.model import Paper, StoredDocument, digest_of, fill
from backend.documents.ports import Documents, Files, Papers
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate, Event
from backend.kernel.personal import ERASED, Personal
from backend.kernel.unit_of_work import UnitOfWork


async def fill_in(
    uow: UnitOfWork,
    template: str,
    values: Mapping[str, Any],
    *,
    case: str,
    case_code: str,
    issuer: str,
) -> Paper:
    """Fill a template for a case; its number is the case code and a running number."""
    known = uow.get(Papers).templates.get(template)
    if known is None:
        raise Invalid("没有这种文书。", code="unknown_template", where="template")
    earlier = await uow.get(Documents).of_case(case)
    return fill(
        known,
        values,
        number=f"{known.short}{case_code}-{len(earlier) + 1}",
        issuer=issuer,
        day=uow.now.astimezone(CHINA).date(),
    )


async def print_out(papers: Papers, paper: Paper, format: str) -> bytes:
    """Print in a thread of its own; raises `Invalid` for an unknown format."""
    printer = papers.printers.get(format)
    if printer is None:
        raise Invalid("文书只有 PDF 和 docx 两种。", code="unknown_format", where="format")
    return await asyncio.to_thread(printer.print, paper)


async def keep(
    uow: UnitOfWork, paper: Paper, content: bytes, *, case: str, person: str, format: str
) -> StoredDocument:
    """Seal the bytes under the person's key, store them by content hash, record the paper.

    The file is written first: a unit that fails leaves cipher text that no record names.
    """
    sealed = (await uow.seal(Personal(person, base64.b64encode(content).decode("ascii")))).encode(
        "ascii"
    )
    document = StoredDocument(
        id=new_id(),
        case=case,
        person=person,
        template=paper.template,
        title=paper.title,
        number=paper.number,
        format=format,
        digest=digest_of(sealed),
        size=len(content),
        made_at=uow.now,
        made_by=f"{uow.actor.kind}:{uow.actor.id}",
    )
    await uow.get(Files).put(document.digest, sealed)
    await uow.get(Documents).add(document)
    await uow.append(
        Aggregate("document", document.id),
        "document.made",
        {
            "case": case,
            "person": person,
            "template": paper.template,
            "number": paper.number,
            "format": format,
            "digest": document.digest,
        },
        after="kept",
    )
    await uow.announce("document", f"case:{case}", document.id)
    return document


async def read(uow: UnitOfWork, id: str) -> tuple[StoredDocument, bytes]:
    """A paper and its bytes, verified; the caller has checked who may read the case.

    Raises `NotFound`, or `Conflict` when the stored bytes are not those that were kept.
    """
    document = await uow.get(Documents).by_id(id)
    stored = None if document is None else await uow.get(Files).get(document.digest)
    if document is None or stored is None:
        raise NotFound("没有这份文书，或者它已经删除。", code="no_document")
    if digest_of(stored) != document.digest:
        raise Conflict("这份文书的存件与登记的不符，请重新制作。", code="document_changed")
    text = await uow.unseal(document.person, stored.decode("ascii"))
    if text == ERASED:
        raise NotFound("没有这份文书，或者它已经删除。", code="no_document")
    await uow.append(
        Aggregate("document", document.id), "document.read", {}, before="kept", after="kept"
    )
    return document, base64.b64decode(text)


async def on_person_erased(uow: UnitOfWork, event: Event) -> None:
    """Remove the files and records of whoever was erased; twice is once."""
    for digest in await uow.get(Documents).forget(event.aggregate.id):
        await uow.get(Files).delete(digest)
