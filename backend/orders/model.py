"""Work orders: states, the three clocks, and the rule that nobody is sent around in circles.

A body may return an order once, with a reason and the article of its competence. A second return
goes to an arbiter, whose ruling binds; there is no third. No return moves the citizen's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from backend.clocks import Calendar
from backend.kernel.clock import CHINA
from backend.kernel.errors import Conflict, Invalid, WrongSetting

_YELLOW_LEFT = timedelta(days=1)


class OrderState(StrEnum):
    """Where an order stands."""

    NEW = "new"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    ARBITRATION = "arbitration"
    RULED = "ruled"
    PASSED_ON = "passed_on"
    HANDLING = "handling"
    REPLIED = "replied"
    CLOSED = "closed"
    CANCELLED = "cancelled"


STATE_NAMES = {
    OrderState.NEW: "待派单",
    OrderState.DISPATCHED: "待签收",
    OrderState.RETURNED: "被退回，待改派",
    OrderState.ARBITRATION: "待裁定归属",
    OrderState.RULED: "已裁定，待签收",
    OrderState.PASSED_ON: "已转12345，等对方办理",
    OrderState.HANDLING: "办理中",
    OrderState.REPLIED: "已答复，待回访",
    OrderState.CLOSED: "已办结",
    OrderState.CANCELLED: "已撤销",
}
OWNERS = {
    OrderState.NEW: "dispatcher",
    OrderState.DISPATCHED: "organisation_clerk",
    OrderState.RETURNED: "dispatcher",
    OrderState.ARBITRATION: "supervisor",
    OrderState.RULED: "organisation_clerk",
    OrderState.PASSED_ON: "dispatcher",
    OrderState.HANDLING: "organisation_clerk",
    OrderState.REPLIED: "dispatcher",
    OrderState.CLOSED: "",
    OrderState.CANCELLED: "",
}

# state, event → next.
ORDER_STEPS: dict[tuple[OrderState, str], OrderState] = {
    (OrderState.NEW, "dispatch"): OrderState.DISPATCHED,
    (OrderState.RETURNED, "dispatch"): OrderState.DISPATCHED,
    (OrderState.NEW, "pass_on"): OrderState.PASSED_ON,
    (OrderState.RETURNED, "pass_on"): OrderState.PASSED_ON,
    (OrderState.PASSED_ON, "reply"): OrderState.REPLIED,
    (OrderState.PASSED_ON, "come_back"): OrderState.RETURNED,
    (OrderState.PASSED_ON, "cancel"): OrderState.CANCELLED,
    (OrderState.DISPATCHED, "accept"): OrderState.HANDLING,
    (OrderState.DISPATCHED, "return"): OrderState.RETURNED,
    (OrderState.DISPATCHED, "return_again"): OrderState.ARBITRATION,
    (OrderState.ARBITRATION, "rule"): OrderState.RULED,
    (OrderState.RULED, "accept"): OrderState.HANDLING,
    (OrderState.HANDLING, "reply"): OrderState.REPLIED,
    (OrderState.REPLIED, "redo"): OrderState.HANDLING,
    (OrderState.REPLIED, "redo_elsewhere"): OrderState.RETURNED,
    (OrderState.REPLIED, "close"): OrderState.CLOSED,
    (OrderState.NEW, "cancel"): OrderState.CANCELLED,
    (OrderState.DISPATCHED, "cancel"): OrderState.CANCELLED,
    (OrderState.RETURNED, "cancel"): OrderState.CANCELLED,
    (OrderState.HANDLING, "cancel"): OrderState.CANCELLED,
}
KINDS = {
    "request": "求助",
    "consult": "咨询",
    "suggestion": "建议",
    "praise": "表扬",
    "complaint_lawyer": "投诉律师",
    "complaint_notary": "投诉公证",
    "complaint_forensic": "投诉鉴定",
    "complaint_aid": "投诉法律援助",
    "complaint_mediation": "投诉调解",
    "complaint_agency": "投诉机关",
}
MOST_RETURNS = 2
MOST_REDOS = 1


def next_state(state: OrderState, event: str) -> OrderState:
    """The state after an event; raises `Conflict` when the table has no such step."""
    found = ORDER_STEPS.get((state, event))
    if found is None:
        raise Conflict("工单现在的状态不允许这样做。", code="order_state", where=state)
    return found


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: working days, calendar days, or hours where it is urgent."""

    working_days: int = 0
    hours: int = 0
    days: int = 0

    def end(self, start: datetime, calendar: Calendar) -> datetime:
        """When it ends: the last second of the last day, or so many hours later.

        A last calendar day that is a rest day moves to the next working day.
        """
        if self.hours:
            return start + timedelta(hours=self.hours)
        if self.days:
            last = calendar.roll(start.astimezone(CHINA).date() + timedelta(days=self.days)).day
            return end_of(last)
        last = calendar.add_working_days(start.astimezone(CHINA).date(), self.working_days).day
        return end_of(last)


def end_of(day: date) -> datetime:
    """The last second of a day in China."""
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Preset:
    """A published set of clocks for work orders."""

    code: str
    name: str
    source: str
    spans: Mapping[str, Span]

    @classmethod
    def from_data(cls, code: str, data: Mapping[str, Any]) -> Preset:
        """Read a preset; raises `WrongSetting` when a clock is missing."""
        wanted = (
            "dispatch",
            "dispatch_urgent",
            "accept",
            "handle",
            "handle_extended",
            "citizen",
            "citizen_extended",
            "follow_up",
        )
        missing = [name for name in wanted if name not in data]
        if missing:
            raise WrongSetting(f"工单时限 {code} 缺少 {'、'.join(missing)}。", where=code)
        return cls(
            code, data["name"], data["source"], {name: Span(**data[name]) for name in wanted}
        )


class Presets(dict[str, Preset]):
    """All presets by code."""


@dataclass(frozen=True, slots=True)
class ComplaintClock:
    """The clocks of one kind of complaint; `checked` says whether the source's text was read."""

    source: str
    checked: bool
    spans: Mapping[str, Span]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> ComplaintClock:
        """Read one; raises `WrongSetting` when a clock is missing."""
        missing = [name for name in ("accept", "handle", "citizen") if name not in data]
        if missing:
            raise WrongSetting(f"投诉时限缺少 {'、'.join(missing)}。", where="complaints.json")
        spans = {name: Span(**data[name]) for name in ("accept", "handle", "citizen")}
        return cls(str(data["source"]), bool(data["checked"]), spans)


class ComplaintClocks(dict[str, ComplaintClock]):
    """The clocks of complaints by kind; `complaint` stands for every other kind."""

    def of(self, kind: str) -> ComplaintClock | None:
        """The clock of a kind of order; None for what is no complaint."""
        if not is_complaint(kind):
            return None
        return self.get(kind) or self["complaint"]


def is_complaint(kind: str) -> bool:
    """Whether an order of this kind is about how somebody worked."""
    return kind.startswith("complaint_")


@dataclass(frozen=True, slots=True)
class Order:
    """One work order. Of its three clocks, no return moves `citizen_due`."""

    id: str
    number: str
    case: str
    person: str
    kind: str
    title: str = field(repr=False)
    region: str
    matter: str
    state: OrderState
    preset: str
    opened_at: datetime
    opened_by: str
    citizen_due: datetime
    organisation: str = ""
    urgent: bool = False
    confidential: bool = False
    dispatch_due: datetime | None = None
    accept_due: datetime | None = None
    handle_due: datetime | None = None
    returns: int = 0
    redos: int = 0
    extended: bool = False
    extension_asked: str = field(default="", repr=False)
    reply: str = field(default="", repr=False)
    satisfied: int | None = None
    closed_at: datetime | None = None

    def thing(self) -> dict[str, str]:
        """The fields that permission rules may ask about."""
        return {
            "id": self.id,
            "region": self.region,
            "organisation": self.organisation,
            "state": self.state,
        }

    @property
    def running(self) -> datetime | None:
        """The clock that runs now for whoever has to act."""
        return {
            OrderState.NEW: self.dispatch_due,
            OrderState.RETURNED: self.dispatch_due,
            OrderState.ARBITRATION: self.dispatch_due,
            OrderState.DISPATCHED: self.accept_due,
            OrderState.RULED: self.accept_due,
            OrderState.PASSED_ON: self.handle_due or self.accept_due,
            OrderState.HANDLING: self.handle_due,
        }.get(self.state)


def colour(order: Order, now: datetime) -> str:
    """green, yellow (a working day or less is left) or red (overdue), by the tighter clock."""
    if order.state in (OrderState.CLOSED, OrderState.CANCELLED, OrderState.REPLIED):
        return "green"
    due = min(filter(None, (order.running, order.citizen_due)))
    if now > due:
        return "red"
    return "yellow" if due - now <= _YELLOW_LEFT else "green"


def check_return(order: Order, reason: str, article: str) -> str:
    """Which event a return is: the first goes back, the second to the arbiter, a third never."""
    if not reason.strip() or not article.strip():
        raise Invalid("退回要写明理由和职责依据的条款。", where="reason")
    if order.state is OrderState.RULED or order.returns >= MOST_RETURNS:
        raise Conflict("归属已经裁定，不能再退回。", code="no_third_return")
    return "return" if order.returns == 0 else "return_again"
