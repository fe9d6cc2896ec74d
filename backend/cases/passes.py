"""A pass: what a page is given once both codes were right, so that they need not be typed again.

It opens one case, ends by itself, and is no cookie: whoever closes the page has left.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.cases.model import Case
from backend.cases.ports import Cases
from backend.cases.service import find_by_code
from backend.kernel.crypto import same
from backend.kernel.errors import Denied
from backend.kernel.unit_of_work import UnitOfWork

LIFE = timedelta(minutes=30)
_WRONG = "页面已经过期，请重新输入案件编码和查询码。"


def issue(uow: UnitOfWork, case: Case) -> str:
    """A pass for a case: the second it ends, and a keyed hash over that and the case."""
    until = int((uow.now + LIFE).timestamp())
    return f"{until}.{_sign(uow, case.id, until)}"


async def case_of(uow: UnitOfWork, code: str, given: str) -> Case:
    """The case a pass opens; raises `Denied` for one that is over, wrong or another case's."""
    ends, _, sign = given.partition(".")
    case = await find_by_code(uow, code)
    if case is None or not ends.isascii() or not ends.isdecimal() or len(ends) > 12:
        raise Denied(_WRONG, code="pass_over")
    person = await uow.get(Cases).person(case.person)
    over = datetime.fromtimestamp(int(ends), UTC) <= uow.now
    if over or not same(sign, _sign(uow, case.id, int(ends))) or person is None or person.erased:
        raise Denied(_WRONG, code="pass_over")
    return case


def _sign(uow: UnitOfWork, case: str, until: int) -> str:
    return uow.keyed_hash("case_pass", f"{case}:{until}")
