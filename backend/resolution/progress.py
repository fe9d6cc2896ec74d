"""Where a case is, in a citizen's words: what is done now, whose move, what next, by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backend.cases import service as cases
from backend.cases.model import Case, CaseState
from backend.contacts.ports import Contacts
from backend.directory.ports import Directory
from backend.kernel.unit_of_work import UnitOfWork
from backend.resolution.model import MediationState, ReferralState
from backend.resolution.model.mediation import MOVES, STATE_NAMES
from backend.resolution.ports import Resolutions

EVENT_WORDS = {
    "case.opened": "案件建立",
    "case.referred": "转给办理单位",
    "case.mediator_set": "调解员已受理",
    "case.came_back": "办理单位未受理，重新安排",
    "case.closed": "案件办结",
    "case.merged": "与另一件合并",
    "case.work_order_opened": "开出转办工单",
    "case.decision_chosen": "选定办理途径",
}
NEXT = {
    MediationState.INVITING: "调解员会联系对方，问是否愿意调解",
    MediationState.READY: "调解员会约时间地点",
    MediationState.IN_SESSION: "双方商量，达成协议后登记",
    MediationState.AGREED: "按协议履行；三十日内双方可共同申请司法确认",
    MediationState.PERFORMED: "调解员回访后归档",
    MediationState.BREACHED: "可以申请司法确认后强制执行，或另行起诉、仲裁",
    MediationState.FAILED: "可以走其他途径，拨打12348为您重新安排",
    MediationState.ARCHIVED: "",
}


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One thing that happened."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a citizen is told of a case. `by` is the day by which the next step is due."""

    now: str
    move: str = ""
    next: str = ""
    by: datetime | None = None
    body: str = ""
    timeline: tuple[TimelineItem, ...] = ()

    def spoken(self) -> str:
        """The same, said in one breath."""
        parts = [self.now]
        if self.next:
            parts.append(f"接下来，{self.next}")
        if self.by is not None:
            parts.append(f"最晚{self.by.month}月{self.by.day}日")
        return "。".join(parts) + "。"


async def of_case(uow: UnitOfWork, case: Case) -> Told:
    """Tell a case; read from its rooms and its events."""
    store = uow.get(Resolutions)
    timeline = tuple(
        TimelineItem(event.recorded_at, EVENT_WORDS[event.type])
        for event in await uow.events(cases.aggregate(case.id))
        if event.type in EVENT_WORDS
    )
    body = await uow.get(Directory).get(case.organisation) if case.organisation else None
    name = body.name if body else ""
    mediations = await store.mediations_of_case(case.id)
    if mediations:
        last = mediations[-1]
        running = last.state in (
            MediationState.INVITING,
            MediationState.READY,
            MediationState.IN_SESSION,
        )
        by = last.due_at if running else last.confirmation_due
        if last.state is not MediationState.AGREED and not running:
            by = None
        return Told(
            STATE_NAMES[last.state], MOVES[last.state], NEXT[last.state], by, name, timeline
        )
    offered = [
        referral
        for referral in await store.referrals_of_case(case.id)
        if referral.state is ReferralState.OFFERED
    ]
    if offered:
        return Told(
            "已转给办理单位，等对方受理",
            name or "办理单位",
            "对方答复是否受理",
            offered[-1].due_at,
            name,
            timeline,
        )
    if case.state is CaseState.CLOSED:
        return Told("案件已办结", timeline=timeline)
    promised = [
        promise
        for promise in await uow.get(Contacts).promises_of_case(case.id)
        if promise.state in ("open", "dialling")
    ]
    if promised:
        return Told(
            "我们答应给您回电", "12348坐席", "接听我们的电话", promised[-1].window_to, "", timeline
        )
    return Told("已登记咨询", "您", "有新情况可以随时再问12348", None, "", timeline)
