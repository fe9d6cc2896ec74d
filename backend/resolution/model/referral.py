"""One hand-over of a case to one body: offered, then accepted, declined, expired or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ACCEPT_WORKING_DAYS = 3


class ReferralState(StrEnum):
    """Where a referral stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


DECLINES = {
    "not_competent": "不属于本组织受理范围",
    "refused": "对方当事人明确拒绝调解",
    "pending": "已在法院、仲裁或复议机关办理",
    "not_mediable": "依法不得调解",
    "full": "近期无力受理",
}


@dataclass(frozen=True, slots=True)
class Referral:
    """A hand-over. `organisation` is the body, `mediator` whoever accepted."""

    id: str
    case: str
    organisation: str
    channel: str
    region: str
    state: ReferralState
    offered_at: datetime
    offered_by: str
    due_at: datetime
    decision: str = ""
    mediator: str = ""
    answered_at: datetime | None = None
    decline_code: str = ""
    note: str = ""
