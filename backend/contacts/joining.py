"""Going on with a known case at another door: both codes, five tries a contact, then a person.

A case code alone opens nothing. Wrong codes are counted in the journal of the contact, so that a
page that is loaded again buys no new tries; each case counts wrong phone codes besides.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.cases import service as cases
from backend.cases.model import Case
from backend.contacts.model import Contact
from backend.contacts.ports import Contacts
from backend.contacts.service import aggregate, join_case
from backend.kernel.errors import Conflict, TooMany
from backend.kernel.unit_of_work import UnitOfWork

MOST_TRIES = 5
_REFUSED = "contact.code_refused"
_NO_CASE = "没有这个案件编码，请对照短信或回执再输一次。"
_NO_PHONE = "这个案件没有留手机号，请输入登记时设的六位密码。"
_WRONG = "查询码不对或已过期，请再输一次。"
_TOO_MANY = "输错次数太多，请找工作人员帮您查。"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try came to: the case, or the sentence that says why not.

    `person` is true when no try is left and a person must help; `sent` when a phone code went out.
    """

    case: Case | None = None
    problem: str = ""
    person: bool = False
    sent: bool = False


async def by_case_code(uow: UnitOfWork, contact: Contact, typed: str) -> Tried:
    """Step one: find the case and send the phone code. The caller commits whatever it came to."""
    if await _tries(uow, contact) >= MOST_TRIES:
        return Tried(problem=_TOO_MANY, person=True)
    case = await cases.find_by_code(uow, typed)
    if case is None:
        return await _refuse(uow, contact, "case_code", _NO_CASE)
    sent = await cases.send_phone_code(uow, case)
    return Tried(case, "" if sent else _NO_PHONE, sent=sent)


async def by_both_codes(uow: UnitOfWork, contact: Contact, typed: str, phone_code: str) -> Tried:
    """Step two: whether both codes are right. The caller commits whatever it came to."""
    if await _tries(uow, contact) >= MOST_TRIES:
        return Tried(problem=_TOO_MANY, person=True)
    case = await cases.find_by_code(uow, typed)
    if case is None:
        return await _refuse(uow, contact, "case_code", _NO_CASE)
    try:
        right = await cases.check_phone_code(uow, case, phone_code)
    except TooMany:
        return Tried(problem=_TOO_MANY, person=True)
    return Tried(case) if right else await _refuse(uow, contact, "phone_code", _WRONG)


async def join(uow: UnitOfWork, contact: Contact, case: Case) -> Contact:
    """Hang the contact on the case; raises `Conflict` where that would merge two affairs.

    What was said in this contact alone joins the case. A contact whose case was gone on with by
    somebody else, or that hangs on another known case already, stays where it is.
    """
    if contact.case != case.id and len(await uow.get(Contacts).of_case(contact.case)) > 1:
        raise Conflict(
            "这次对话已经在办另一个案件。要接着办别的案件，请结束对话后重新开始。",
            code="another_case",
        )
    return await join_case(uow, contact, case)


async def _tries(uow: UnitOfWork, contact: Contact) -> int:
    events = await uow.events(aggregate(contact.id))
    return sum(event.type == _REFUSED for event in events)


async def _refuse(uow: UnitOfWork, contact: Contact, what: str, problem: str) -> Tried:
    await uow.append(
        aggregate(contact.id),
        _REFUSED,
        {"what": what},
        before=contact.state,
        after=contact.state,
    )
    if await _tries(uow, contact) >= MOST_TRIES:
        return Tried(problem=_TOO_MANY, person=True)
    return Tried(problem=problem)
