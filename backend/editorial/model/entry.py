"""An entry on its way from draft to withdrawn: states as a table, and who may move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from backend.kernel.errors import Conflict, Denied, Invalid

LONGEST_REASON = 1_000


class EntryState(StrEnum):
    """Where an entry stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    DUE = "due_for_review"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    EntryState.DRAFT: "草稿",
    EntryState.IN_REVIEW: "待审核",
    EntryState.PUBLISHED: "已发布",
    EntryState.DUE: "待复核",
    EntryState.WITHDRAWN: "已下架",
}
EDITOR = "knowledge_editor"
REVIEWER = "knowledge_reviewer"
PROGRAM = "system"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table: who may do it, where it leads, whether a reason is required.

    `second_person` asks for somebody who wrote nothing of what is decided on; `served` limits a
    step to entries that are (True) or are not (False) in the published set, None to neither.
    """

    next: EntryState
    role: str
    reason: bool = False
    second_person: bool = False
    served: bool | None = None


ENTRY_STEPS: Mapping[tuple[EntryState, str], Step] = {
    (EntryState.DRAFT, "save"): Step(EntryState.DRAFT, EDITOR),
    (EntryState.DRAFT, "submit"): Step(EntryState.IN_REVIEW, EDITOR),
    (EntryState.DRAFT, "discard"): Step(EntryState.DUE, EDITOR, reason=True, served=True),
    (EntryState.DRAFT, "withdraw"): Step(EntryState.WITHDRAWN, EDITOR, reason=True, served=False),
    (EntryState.IN_REVIEW, "publish"): Step(
        EntryState.PUBLISHED, REVIEWER, reason=True, second_person=True
    ),
    (EntryState.IN_REVIEW, "send_back"): Step(
        EntryState.DRAFT, REVIEWER, reason=True, second_person=True
    ),
    (EntryState.PUBLISHED, "revise"): Step(EntryState.DRAFT, EDITOR),
    (EntryState.PUBLISHED, "fall_due"): Step(EntryState.DUE, PROGRAM, reason=True),
    (EntryState.PUBLISHED, "withdraw"): Step(EntryState.WITHDRAWN, REVIEWER, reason=True),
    (EntryState.DUE, "revise"): Step(EntryState.DRAFT, EDITOR),
    (EntryState.DUE, "confirm"): Step(
        EntryState.PUBLISHED, REVIEWER, reason=True, second_person=True
    ),
    (EntryState.DUE, "withdraw"): Step(EntryState.WITHDRAWN, REVIEWER, reason=True),
    (EntryState.WITHDRAWN, "revise"): Step(EntryState.DRAFT, EDITOR),
}
OWNERS = {
    EntryState.DRAFT: EDITOR,
    EntryState.IN_REVIEW: REVIEWER,
    EntryState.PUBLISHED: "",
    EntryState.DUE: REVIEWER,
    EntryState.WITHDRAWN: "",
}
STEP_NAMES = {
    "save": "保存",
    "submit": "提交审核",
    "discard": "放弃修改",
    "withdraw": "下架",
    "publish": "通过并发布",
    "send_back": "退回修改",
    "revise": "修改",
    "fall_due": "转入待复核",
    "confirm": "复核后继续使用",
}


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """One entry as editorial keeps it.

    `version` is the newest text, `published` the one that answers (0: none). `hidden` says why
    the public does not see it although it is published; "" where it is seen.
    """

    id: str
    state: EntryState
    matter: str
    title: str
    version: int
    published: int
    author: str
    author_name: str
    updated_at: datetime
    review_due: date | None = None
    hidden: str = ""

    @property
    def served(self) -> bool:
        """Whether it belongs to the published set."""
        return bool(self.published) and self.state is not EntryState.WITHDRAWN and not self.hidden


@dataclass(frozen=True, slots=True)
class EntryVersion:
    """One text of an entry; never changed after it was written."""

    entry: str
    number: int
    body: Mapping[str, Any] = field(repr=False)
    author: str
    author_name: str
    made_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """The entries that answer from a moment on: pairs of entry and version, never changed."""

    number: int
    hash: str
    made_at: datetime
    made_by: str
    reason: str
    entries: tuple[tuple[str, int], ...]


def step_of(state: EntryState, event: str) -> Step:
    """The table's line; raises `Conflict` when the state does not allow the event."""
    found = ENTRY_STEPS.get((state, event))
    if found is None:
        raise Conflict(
            f"条目现在是“{STATE_NAMES[state]}”，不能{STEP_NAMES.get(event, event)}。",
            code="entry_state",
            where=state,
        )
    return found


def check_step(
    record: EntryRecord,
    event: str,
    *,
    actor: str,
    roles: frozenset[str],
    authors: frozenset[str],
    reason: str,
) -> Step:
    """Check role, second person, guard and reason of a step.

    `authors` are all who wrote on the text that is decided on. Raises `Conflict` for the state,
    `Denied` for the person, `Invalid` for a missing reason.
    """
    step = step_of(record.state, event)
    if step.role not in roles:
        raise Denied("您没有权限做这件事。", code="wrong_role")
    if step.second_person and actor in authors:
        raise Denied("自己写的条目要由另一个人审核。", code="same_person")
    if step.served is not None and bool(record.published) is not step.served:
        raise Conflict(
            "这个条目有已发布的版本，请放弃修改或由审核下架。"
            if record.published
            else "这个条目还没有发布过，没有可以退回的版本。",
            code="entry_state",
        )
    if step.reason and not reason.strip():
        raise Invalid("请写明理由。", where="reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"理由最多{LONGEST_REASON}字。", where="reason")
    return step


def possible(
    record: EntryRecord, *, actor: str, roles: frozenset[str], authors: frozenset[str]
) -> list[str]:
    """The events this person may cause now, in the order of the table."""
    found = []
    for (state, event), step in ENTRY_STEPS.items():
        if state is not record.state or step.role not in roles:
            continue
        if step.second_person and actor in authors:
            continue
        if step.served is not None and bool(record.published) is not step.served:
            continue
        found.append(event)
    return found
