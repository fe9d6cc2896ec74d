"""Opening and finding cases, people on them, facts learned."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backend.cases.code import new_code, read_code
from backend.cases.model import (
    PHONE_CODE_LIFE,
    PHONE_CODE_TRIES,
    UNKNOWN,
    Case,
    CaseState,
    Fact,
    FactSheet,
    Party,
    PartyRole,
    Person,
    PhoneCode,
    Source,
    is_blank,
    next_state,
)
from backend.cases.ports import Cases, FactVocabulary
from backend.kernel.clock import CHINA
from backend.kernel.crypto import same
from backend.kernel.errors import Conflict, Denied, Invalid, NotFound, TooMany
from backend.kernel.ids import new_id
from backend.kernel.journal import Aggregate
from backend.kernel.personal import Personal
from backend.kernel.unit_of_work import UnitOfWork

_CODE_TRIES = 20
_PAUSE_BETWEEN_CODES = timedelta(seconds=60)


def aggregate(case: str) -> Aggregate:
    """The journal's name of a case."""
    return Aggregate("case", case)


async def person_at(uow: UnitOfWork, phone: str) -> Person:
    """The person behind a telephone number, made known when new; "" makes an unnamed person."""
    cases = uow.get(Cases)
    found = await cases.person_by_phone(phone) if phone else None
    if found is not None:
        return found
    person = Person(id=new_id(), phone=phone)
    await cases.add_person(person)
    return person


async def give_phone(uow: UnitOfWork, case: Case, phone: str) -> Case:
    """Put a telephone number on a case, so that the phone code can be sent there.

    A number that belongs to a known person makes that person the applicant; one that stands on the
    case already changes nothing. Raises `Conflict` when the case has another number: only whoever
    holds both codes changes it, with an agent.
    """
    cases = uow.get(Cases)
    person = await cases.person(case.person)
    if person is not None and person.phone == phone:
        return case
    if person is None or person.phone:
        raise Conflict("案件上已有别的号码，请找工作人员更改。", code="has_phone")
    known = await cases.person_by_phone(phone)
    if known is None:
        await cases.update_person(replace(person, phone=phone))
        return await change_case(uow, case, "case.phone_given", {"person": person.id})
    await cases.add_party(Party(case.id, known.id, PartyRole.APPLICANT))
    return await change_case(uow, case, "case.phone_given", {"person": known.id}, person=known.id)


async def open_case(uow: UnitOfWork, *, person: Person, region: str) -> Case:
    """Open a case for a person, under a code that nobody else has."""
    cases = uow.get(Cases)
    year = uow.now.astimezone(CHINA).year
    for _ in range(_CODE_TRIES):
        case = Case(
            id=new_id(),
            code=new_code(year),
            region=region,
            state=CaseState.OPEN,
            person=person.id,
            opened_at=uow.now,
        )
        if await cases.add(case):
            break
    else:
        raise Conflict("案件编码生成失败，请再试。", code="no_code")
    await cases.add_party(Party(case.id, person.id, PartyRole.APPLICANT))
    await uow.append(
        aggregate(case.id),
        "case.opened",
        {"code": case.code, "region": region, "person": person.id},
        after=CaseState.OPEN,
        visibility="public",
    )
    return case


async def get_case(uow: UnitOfWork, id: str, action: str = "case.read") -> Case:
    """A case the actor may do `action` to; "not found" otherwise, so that nothing is given away."""
    case = await uow.get(Cases).by_id(id, lock=action != "case.read")
    if case is None or not uow.permissions.allows(uow.actor, action, case.thing()):
        raise NotFound("没有这个案件，或者您无权查看。", code="no_case")
    return case


async def find_by_code(uow: UnitOfWork, typed: str) -> Case | None:
    """The case behind what someone typed or said, following a merge."""
    code = read_code(typed)
    case = await uow.get(Cases).by_code(code) if code else None
    if case is not None and case.merged_into:
        return await uow.get(Cases).by_id(case.merged_into)
    return case


async def change_case(
    uow: UnitOfWork, case: Case, event: str, payload: Mapping[str, Any], **changes: Any
) -> Case:
    """Store changed fields of a case with the event that says why."""
    changed = replace(case, **changes)
    await uow.get(Cases).update(changed)
    await uow.append(
        aggregate(case.id),
        event,
        payload,
        before=case.state,
        after=changed.state,
        visibility="public",
    )
    await uow.announce("case", f"case:{case.id}", case.id)
    return changed


async def close_case(uow: UnitOfWork, case: Case, outcome: str) -> Case:
    """Close a case with an outcome code."""
    state = next_state(case.state, "close")
    return await change_case(
        uow, case, "case.closed", {"outcome": outcome}, state=state, closed_at=uow.now
    )


async def record_facts(
    uow: UnitOfWork,
    case: Case,
    values: Mapping[str, Any],
    *,
    source: Source = Source.SAID,
    confidence: float = 1.0,
) -> FactSheet:
    """Record what was learned.

    A blank never erases; the same value again changes nothing; a differing value becomes the one
    in use and both stay on the sheet; "unknown" never replaces a known value. Raises `Invalid` for
    an unknown code or a value of the wrong type, and then records nothing.
    """
    cases = uow.get(Cases)
    vocabulary = uow.get(FactVocabulary)
    read: dict[str, Any] = {}
    for code, value in values.items():
        if is_blank(value):
            continue
        if not vocabulary.knows(code):
            raise Invalid(f"没有“{code}”这一项。", code="unknown_fact", where=code)
        read[code] = UNKNOWN if value == UNKNOWN else vocabulary.read(code, value)
    sheet = await cases.facts(case.id)
    for code, value in read.items():
        known = sheet.get(code)
        if known is not None and (known.value == value or value == UNKNOWN):
            continue
        fact = Fact(
            id=new_id(),
            case=case.id,
            code=code,
            value=value,
            source=source,
            channel=uow.channel,
            asked_by=f"{uow.actor.kind}:{uow.actor.id}",
            at=uow.now,
            confidence=confidence,
        )
        await cases.add_fact(fact, case.person)
        await uow.append(
            aggregate(case.id),
            "case.fact_recorded",
            {
                "fact": code,
                "value": Personal(case.person, repr(value)),
                "source": source,
                "conflict": known is not None and known.value != UNKNOWN,
            },
            before=case.state,
            after=case.state,
        )
    if read:
        await uow.announce("facts", f"case:{case.id}", case.id)
    return await cases.facts(case.id)


async def put_question(uow: UnitOfWork, case: Case, code: str) -> None:
    """Write down that a fact was asked for, so that the journal shows who asked what twice."""
    await uow.append(
        aggregate(case.id),
        "case.fact_asked",
        {"fact": code},
        before=case.state,
        after=case.state,
    )


async def send_phone_code(uow: UnitOfWork, case: Case) -> bool:
    """Send six digits to the number on the case; False when there is none to send to."""
    cases = uow.get(Cases)
    person = await cases.person(case.person)
    if person is None or not person.phone or person.erased:
        return False
    earlier = await cases.phone_code(case.id)
    if earlier is not None and _too_soon(earlier, uow.now):
        return True
    digits = f"{secrets.randbelow(10**6):06d}"
    await cases.put_phone_code(
        PhoneCode(case.id, uow.keyed_hash("phone_code", f"{case.id}:{digits}"), uow.now)
    )
    await uow.post(
        "sms",
        {
            "to": Personal(person.id, person.phone),
            "text": Personal(
                person.id,
                f"【12348】您的查询码是{digits}，十分钟内有效。工作人员不会向您索要，请勿告诉他人。",
            ),
        },
    )
    await uow.append(
        aggregate(case.id), "case.phone_code_sent", before=case.state, after=case.state
    )
    return True


def _too_soon(earlier: PhoneCode, now: datetime) -> bool:
    # Whoever knows a case code must not flood a telephone, nor buy new tries by asking again.
    if not earlier.code_hash or earlier.used_at is not None:
        return False
    age = now - earlier.sent_at
    return age < _PAUSE_BETWEEN_CODES or (
        earlier.tries >= PHONE_CODE_TRIES and age < PHONE_CODE_LIFE
    )


async def check_phone_code(uow: UnitOfWork, case: Case, typed: str) -> bool:
    """Whether the six digits are the phone code, or the person's PIN.

    Each try is counted, and the caller commits whatever the answer; raises `TooMany` after five.
    """
    cases = uow.get(Cases)
    digits = "".join(char for char in typed if char.isdecimal() and char.isascii())
    sent = await cases.phone_code(case.id)
    if sent is not None and sent.tries >= 5:
        raise TooMany("输错次数太多，请转人工办理。", code="phone_code_tries")
    expected = sent.code_hash if sent is not None and sent.usable(uow.now) else ""
    given = uow.keyed_hash("phone_code", f"{case.id}:{digits}")
    right = bool(expected) and len(digits) == 6 and same(expected, given)
    if not right and len(digits) == 6:
        pin = await cases.pin_of(case.person)
        right = bool(pin) and same(pin, pin_hash(uow, case.person, digits))
    if sent is None:
        await cases.put_phone_code(PhoneCode(case.id, "", uow.now))
    await cases.try_phone_code(case.id, used_at=uow.now if right and expected else None)
    await uow.append(
        aggregate(case.id),
        "case.opened_by_code" if right else "case.code_refused",
        before=case.state,
        after=case.state,
    )
    return right


def pin_hash(uow: UnitOfWork, person: str, digits: str) -> str:
    """The keyed hash of a person's PIN."""
    return uow.keyed_hash("pin", f"{person}:{digits}")


async def set_pin(uow: UnitOfWork, person: str, digits: str) -> None:
    """Set the six-digit PIN of whoever has no mobile telephone."""
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        raise Invalid("查询密码要六位数字。", where="pin")
    await uow.get(Cases).set_pin(person, pin_hash(uow, person, digits))


async def erase_person(uow: UnitOfWork, person: str) -> None:
    """Erase a person: destroy the key, and remove what finds the person."""
    if not uow.permissions.may(uow.actor, "person.erase"):
        raise Denied("只有安全管理员可以删除个人信息。", code="denied")
    cases = uow.get(Cases)
    if await cases.person(person) is None:
        raise NotFound("没有这个人。")
    await cases.forget_person(person, uow.now)
    await uow.erase(person)
    await uow.append(Aggregate("person", person), "person.erased", after="erased")
