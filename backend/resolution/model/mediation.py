"""A mediation from invitation to archive; no step without consent (人民调解法 17, 23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.kernel.errors import Conflict

# Customary length of a people's mediation, in calendar days; longer by agreement of the parties.
MEDIATION_DAYS = 30


class MediationState(StrEnum):
    """Where a mediation stands."""

    INVITING = "inviting"
    READY = "ready"
    IN_SESSION = "in_session"
    AGREED = "agreed"
    PERFORMED = "performed"
    BREACHED = "breached"
    FAILED = "failed"
    ARCHIVED = "archived"


STATE_NAMES = {
    MediationState.INVITING: "正在联系对方",
    MediationState.READY: "双方同意调解，等待开始",
    MediationState.IN_SESSION: "正在调解",
    MediationState.AGREED: "已达成协议，履行中",
    MediationState.PERFORMED: "协议已履行",
    MediationState.BREACHED: "协议没有按约履行",
    MediationState.FAILED: "调解不成",
    MediationState.ARCHIVED: "已归档",
}
# Whose move it is in each state, for the citizen's page.
MOVES = {
    MediationState.INVITING: "调解员",
    MediationState.READY: "调解员",
    MediationState.IN_SESSION: "调解员和双方",
    MediationState.AGREED: "承担义务的一方",
    MediationState.PERFORMED: "调解员",
    MediationState.BREACHED: "您",
    MediationState.FAILED: "调解员",
    MediationState.ARCHIVED: "",
}

# state, event → next.
MEDIATION_STEPS: dict[tuple[MediationState, str], MediationState] = {
    (MediationState.INVITING, "consent"): MediationState.READY,
    (MediationState.INVITING, "fail"): MediationState.FAILED,
    (MediationState.READY, "begin"): MediationState.IN_SESSION,
    (MediationState.READY, "fail"): MediationState.FAILED,
    (MediationState.IN_SESSION, "agree"): MediationState.AGREED,
    (MediationState.IN_SESSION, "fail"): MediationState.FAILED,
    (MediationState.AGREED, "perform"): MediationState.PERFORMED,
    (MediationState.AGREED, "breach"): MediationState.BREACHED,
    (MediationState.BREACHED, "perform"): MediationState.PERFORMED,
    (MediationState.PERFORMED, "archive"): MediationState.ARCHIVED,
    (MediationState.BREACHED, "archive"): MediationState.ARCHIVED,
    (MediationState.FAILED, "archive"): MediationState.ARCHIVED,
}
FAILURES = {
    "refused": "一方明确拒绝调解",
    "no_agreement": "未能达成协议",
    "not_reached": "联系不上对方",
    "withdrawn": "申请人撤回",
    "other_way": "改走其他途径",
}
FORMS = {"written": "书面协议", "oral": "口头协议（已登记）"}


def next_state(state: MediationState, event: str) -> MediationState:
    """The state after an event; raises `Conflict` when the table has no such step."""
    found = MEDIATION_STEPS.get((state, event))
    if found is None:
        raise Conflict("这件调解现在的状态不允许这样做。", code="mediation_state", where=state)
    return found


@dataclass(frozen=True, slots=True)
class Mediation:
    """A mediation case. `due_at` is when it should have ended; `disputed` is its kind."""

    id: str
    case: str
    referral: str
    organisation: str
    mediator: str
    region: str
    state: MediationState
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    failure: str = ""
    confirmed_at: datetime | None = None
    confirmation_due: datetime | None = None
    follow_up_at: datetime | None = None
    matter: str = ""

    def thing(self) -> dict[str, str]:
        """The fields that permission rules may ask about."""
        return {
            "id": self.id,
            "mediator": self.mediator,
            "organisation": self.organisation,
            "region": self.region,
            "state": self.state,
        }
