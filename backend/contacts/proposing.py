"""What a citizen said, as proposed facts: shown for a yes, recorded only then."""

from __future__ import annotations

from typing import Any

from backend.cases import service as cases
from backend.cases.extraction import Extraction, Proposal, Unclear, extract
from backend.cases.model import Case, FactSheet
from backend.cases.ports import Cases, FactVocabulary
from backend.contacts.model import Contact, Speaker
from backend.contacts.ports import Contacts
from backend.kernel.clock import CHINA
from backend.kernel.errors import FatongError, Invalid, NotFound
from backend.kernel.unit_of_work import UnitOfWork


async def proposals(uow: UnitOfWork, contact: Contact) -> Extraction:
    """What the citizen's own words in this contact propose; what the sheet knows is left out.

    A later sentence goes before an earlier one; what the vocabulary cannot hold is not proposed.
    """
    sheet = await uow.get(Cases).facts(contact.case)
    proposed: dict[str, Proposal] = {}
    unclear: dict[str, Unclear] = {}
    for message in await uow.get(Contacts).messages(contact.id):
        if message.speaker is not Speaker.CITIZEN:
            continue
        found = extract(message.text, message.at.astimezone(CHINA).date())
        for item in found.unclear:
            unclear[item.code] = item
        for proposal in found.proposals:
            if _fits(uow, proposal):
                proposed[proposal.code] = proposal
                unclear.pop(proposal.code, None)
    return Extraction(
        tuple(item for item in proposed.values() if not sheet.knows(item.code)),
        tuple(item for item in unclear.values() if not sheet.knows(item.code)),
    )


async def confirm(uow: UnitOfWork, contact: Contact, code: str) -> FactSheet:
    """Somebody said yes to a proposal: now it is a fact, with the confidence of a plain word."""
    found = await proposals(uow, contact)
    wanted = next((item for item in found.proposals if item.code == code), None)
    if wanted is None:
        raise Invalid("没有这一条提议，请直接登记。", where="code", code="no_proposal")
    case: Case | None = await uow.get(Cases).by_id(contact.case, lock=True)
    if case is None:
        raise NotFound("没有这个案件。", code="no_case")
    return await cases.record_facts(uow, case, {code: wanted.value})


def shown(uow: UnitOfWork, found: Extraction) -> dict[str, Any]:
    """For a page: names beside codes, values in words, what to ask."""
    vocabulary = uow.get(FactVocabulary)
    return {
        "proposals": [
            {
                "code": item.code,
                "label": vocabulary.label(item.code),
                "value": item.value,
                "shown": vocabulary.show(item.code, item.value),
                "confidence": item.confidence,
                "heard": item.heard,
                "doubt": item.doubt,
            }
            for item in found.proposals
        ],
        "unclear": [
            {
                "code": item.code,
                "label": vocabulary.label(item.code),
                "heard": item.heard,
                "why": item.why,
            }
            for item in found.unclear
        ],
    }


def _fits(uow: UnitOfWork, proposal: Proposal) -> bool:
    vocabulary = uow.get(FactVocabulary)
    if not vocabulary.knows(proposal.code):
        return False
    try:
        vocabulary.read(proposal.code, proposal.value)
    except FatongError:
        return False
    return True
