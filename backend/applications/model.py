"""Applications: their forms (data), their states, and the clocks the law puts on them.

Sources: 法律援助法 第三十二条, 第四十二条 (no economic test), 第四十三条 (seven days, then three),
第四十四条 (advance aid), 第四十九条 (objection, five days); 公证法 第三十条 (fifteen working days),
第三十一条 (no notary where parties dispute); 司法鉴定程序通则 第十一条 (seven working days to
accept), 第二十八条 (thirty working days, once thirty more).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from backend.clocks import Calendar
from backend.kernel.errors import Conflict, Invalid

_LONGEST = {"long": 2_000}
_LONGEST_LINE = 200
COMMITTED = "committed"


class State(StrEnum):
    """Where an application stands."""

    PROPOSED = "proposed"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    SUPPLEMENT = "supplement"
    GRANTED = "granted"
    ASSIGNED = "assigned"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OBJECTED = "objected"
    UPHELD = "upheld"
    DONE = "done"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    State.PROPOSED: "建议申请",
    State.DRAFT: "填写中",
    State.SUBMITTED: "审查中",
    State.SUPPLEMENT: "等待补充材料",
    State.GRANTED: "决定给予援助",
    State.ASSIGNED: "已指派承办人",
    State.ACCEPTED: "已受理",
    State.REFUSED: "不予办理",
    State.OBJECTED: "异议审查中",
    State.UPHELD: "维持原决定",
    State.DONE: "办结",
    State.ENDED: "终止",
    State.WITHDRAWN: "已撤回",
}
OPEN_STATES = frozenset(State) - {State.UPHELD, State.DONE, State.ENDED, State.WITHDRAWN}
FORM_STATES = frozenset({State.PROPOSED, State.DRAFT, State.SUPPLEMENT})


@dataclass(frozen=True, slots=True)
class Move:
    """One step of the table: where it leads, who takes it, whether it needs words."""

    to: State
    who: str
    name: str
    reason: bool = False


_APPLICANT, _CLERK, _BUREAU = "applicant", "clerk", "bureau"
_FILLING = {
    (State.PROPOSED, "submit"): Move(State.SUBMITTED, _APPLICANT, "提交"),
    (State.DRAFT, "submit"): Move(State.SUBMITTED, _APPLICANT, "提交"),
    (State.SUPPLEMENT, "submit"): Move(State.SUBMITTED, _APPLICANT, "补充后提交"),
    (State.PROPOSED, "withdraw"): Move(State.WITHDRAWN, _APPLICANT, "不申请"),
    (State.DRAFT, "withdraw"): Move(State.WITHDRAWN, _APPLICANT, "撤回"),
    (State.SUBMITTED, "withdraw"): Move(State.WITHDRAWN, _APPLICANT, "撤回"),
    (State.SUBMITTED, "ask_more"): Move(State.SUPPLEMENT, _CLERK, "一次性告知补充", True),
    (State.SUPPLEMENT, "lapse"): Move(State.WITHDRAWN, _CLERK, "未补充，视为撤回", True),
    (State.SUBMITTED, "refuse"): Move(State.REFUSED, _CLERK, "不予办理", True),
}
_HANDLED = {
    (State.SUBMITTED, "accept"): Move(State.ACCEPTED, _CLERK, "受理"),
    (State.ACCEPTED, "refuse"): Move(State.REFUSED, _CLERK, "不予办理", True),
    (State.ACCEPTED, "finish"): Move(State.DONE, _CLERK, "办结"),
    (State.REFUSED, "close"): Move(State.DONE, _APPLICANT, "知道了"),
}
MOVES: Mapping[str, Mapping[tuple[State, str], Move]] = {
    "legal_aid": {
        **_FILLING,
        (State.SUBMITTED, "grant"): Move(State.GRANTED, _CLERK, "给予援助"),
        (State.GRANTED, "assign"): Move(State.ASSIGNED, _CLERK, "指派（写明承办人）", True),
        (State.GRANTED, "end"): Move(State.ENDED, _CLERK, "终止", True),
        (State.ASSIGNED, "end"): Move(State.ENDED, _CLERK, "终止", True),
        (State.ASSIGNED, "finish"): Move(State.DONE, _CLERK, "办结"),
        (State.REFUSED, "object"): Move(State.OBJECTED, _APPLICANT, "提出异议", True),
        (State.REFUSED, "close"): Move(State.DONE, _APPLICANT, "没有异议"),
        (State.OBJECTED, "uphold"): Move(State.UPHELD, _BUREAU, "维持", True),
        (State.OBJECTED, "overturn"): Move(State.GRANTED, _BUREAU, "责令改正", True),
    },
    "notary": {**_FILLING, **_HANDLED},
    "forensic": {
        **_FILLING,
        **_HANDLED,
        (State.ACCEPTED, "extend"): Move(State.ACCEPTED, _CLERK, "延长三十个工作日", True),
    },
}
# Days by state; True counts working days.
CLOCKS: Mapping[tuple[str, State], tuple[int, bool, str]] = {
    ("legal_aid", State.SUBMITTED): (7, False, "《法律援助法》第四十三条"),
    ("legal_aid", State.GRANTED): (3, False, "《法律援助法》第四十三条"),
    ("legal_aid", State.OBJECTED): (5, False, "《法律援助法》第四十九条"),
    ("notary", State.ACCEPTED): (15, True, "《公证法》第三十条"),
    ("forensic", State.SUBMITTED): (7, True, "《司法鉴定程序通则》第十一条"),
    ("forensic", State.ACCEPTED): (30, True, "《司法鉴定程序通则》第二十八条"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One page of a form. `known` is a fact (or `name`) that makes it needless, `when` the earlier
    answers under which it is asked.
    """

    code: str
    ask: str
    type: str = "text"
    hint: str = ""
    needed: bool = True
    known: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    low: float = 0
    high: float = 0

    def applies(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is asked, given the answers so far."""
        return all(answers.get(code) in wanted for code, wanted in self.when.items())

    def read(self, value: str | list[str]) -> Any:
        """The answer in its type; raises `Invalid` that names the question."""
        if isinstance(value, list) and self.type != "many":
            value = value[-1] if value else ""
        if self.type == "many":
            chosen = [value] if isinstance(value, str) else value
            return [self._choice(item) for item in chosen if item]
        text = str(value).strip()
        if not text:
            if self.needed:
                raise Invalid("这一项要填。", where=self.code, code="answer_needed")
            return ""
        if self.type == "choice":
            return self._choice(text)
        if self.type == "number":
            return self._number(text)
        if self.type == "commit" and text != COMMITTED:
            raise Invalid("要作出承诺才能提交。", where=self.code)
        if len(text) > _LONGEST.get(self.type, _LONGEST_LINE):
            raise Invalid("写得太长了，请简短些。", where=self.code)
        return text

    def show(self, value: Any) -> str:
        """An answer in words."""
        if isinstance(value, list):
            return "、".join(self.choices.get(item, item) for item in value)
        if self.type == "commit":
            return self.hint if value == COMMITTED else ""
        return self.choices.get(value, str(value)) if self.choices else str(value)

    def _choice(self, value: str) -> str:
        if value not in self.choices:
            raise Invalid("没有这个选项。", where=self.code)
        return value

    def _number(self, text: str) -> int | float:
        try:
            number = float(text)
        except ValueError as error:
            raise Invalid("请填数字。", where=self.code) from error
        if not self.low <= number <= self.high:
            raise Invalid(f"请填{self.low:g}到{self.high:g}之间的数。", where=self.code)
        return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Form:
    """What one kind of application asks, who decides it, and which paper it becomes."""

    kind: str
    name: str
    channel: str
    template: str
    steps: tuple[Question, ...]

    def asked(self, answers: Mapping[str, Any]) -> list[Question]:
        """The questions that apply, in order."""
        return [step for step in self.steps if step.applies(answers)]

    def next(self, answers: Mapping[str, Any]) -> Question | None:
        """The first question without an answer, or None when the form is full."""
        return next((step for step in self.asked(answers) if step.code not in answers), None)


@dataclass(frozen=True, slots=True)
class Standard:
    """The economic standard of a place: yuan a head and month, from a day on."""

    region: str
    valid_from: date
    valid_to: date | None
    monthly: float
    source: str


class Forms:
    """The forms in use and the standards known."""

    def __init__(self, forms: Mapping[str, Form], standards: tuple[Standard, ...]) -> None:
        self.by_kind = forms
        self.standards = standards

    def form(self, kind: str) -> Form:
        """The form of a kind; raises `Invalid` for none."""
        if kind not in self.by_kind:
            raise Invalid("没有这种申请。", where="kind", code="unknown_application")
        return self.by_kind[kind]

    def standard(self, region: str, day: date) -> Standard | None:
        """The standard of a banner (or its league) on a day; None where none was entered."""
        found = [
            item
            for item in self.standards
            if item.region in (region, f"{region[:4]}00", f"{region[:2]}0000")
            and item.valid_from <= day
            and (item.valid_to is None or day <= item.valid_to)
        ]
        return max(found, key=lambda item: (item.region.rstrip("0"), item.valid_from), default=None)


@dataclass(frozen=True, slots=True)
class Application:
    """One application. `due` is the clock of the state it is in; `advance` marks 第四十四条."""

    id: str
    number: str
    case: str
    person: str
    kind: str
    state: State
    region: str
    opened_at: datetime
    opened_by: str
    organisation: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    submitted_at: datetime | None = None
    due: date | None = None
    advance: bool = False
    extended: bool = False
    reason: str = field(default="", repr=False)

    def thing(self) -> dict[str, str]:
        """The fields that permission rules may ask about."""
        return {
            "id": self.id,
            "region": self.region,
            "organisation": self.organisation,
            "state": self.state,
        }


def move(application: Application, event: str) -> Move:
    """The step an event takes; raises `Conflict` where the table has none."""
    found = MOVES[application.kind].get((application.state, event))
    if found is None or (event == "extend" and application.extended):
        raise Conflict("申请现在的状态不允许这样做。", code="application_state")
    return found


def moves_from(application: Application, who: str) -> dict[str, Move]:
    """What somebody may do now."""
    return {
        event: step
        for (state, event), step in MOVES[application.kind].items()
        if state is application.state
        and step.who == who
        and not (event == "extend" and application.extended)
    }


def due_of(kind: str, state: State, start: date, calendar: Calendar) -> date | None:
    """The last day of the state's clock, or None where none runs. The first day is not counted."""
    clock = CLOCKS.get((kind, state))
    if clock is None:
        return None
    days, working, _ = clock
    if working:
        return calendar.add_working_days(start, days).day
    return calendar.roll(start + timedelta(days=days)).day


def economic(application: Application, forms: Forms, day: date) -> str:
    """What the form says of the economic test, in words for whoever reviews; never a decision."""
    answers = application.answers
    if answers.get("exemption", "none") != "none":
        return "属于不受经济困难条件限制或者免予核查的情形。"
    standard = forms.standard(application.region, day)
    if standard is None:
        return "当地经济困难标准没有录入，请按现行标准核查。"
    heads, income = answers.get("members"), answers.get("income")
    if not heads or income is None:
        return "没有填家庭人口和收入。"
    each = income / heads
    word = "不高于" if each <= standard.monthly else "高于"
    return f"人均月收入{each:.0f}元，{word}当地标准{standard.monthly:g}元（{standard.source}）。"
