"""From a sentence to proposed facts, each with its confidence and what it was heard in. Pure.

Nothing is recorded here: a proposal waits for a person to say yes. What was denied, only feared or
said of somebody else's case is not proposed; what is unclear is said to be unclear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.cases.spoken import Day, Money, days_in, money_in, number

PLAIN, DOUBTFUL, ROUGH = 0.9, 0.6, 0.4
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A fact that may be. `doubt` says in words what to ask before saying yes."""

    code: str
    value: Any
    confidence: float
    heard: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Something was said of a fact, and not what."""

    code: str
    heard: str
    why: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a sentence proposes, and what it leaves open."""

    proposals: tuple[Proposal, ...] = ()
    unclear: tuple[Unclear, ...] = ()


_WAGES = (
    r"(欠|拖欠|不给|没给|不发|没发|克扣|扣)[^，。]{0,5}(工资|工钱|薪水|血汗钱|劳务费)"
    r"|(工资|工钱)[^，。]{0,6}(没给|不给|没发|不发|没结|要不回|拖着|欠着)|欠薪|讨薪"
)
# What is heard, in order: the first that matches is the issue, the others are told apart by asking.
_ISSUES: Sequence[tuple[str, str]] = (
    ("wages", _WAGES),
    ("dismissal", r"辞退|开除|解雇|炒了|炒鱿鱼|裁员|被裁|解除劳动合同|双倍工资|经济补偿金?"),
    ("work_injury", r"工伤|(上班|干活|工地)[^，。]{0,8}(受伤|摔伤|砸伤|轧伤|骨折|摔断|砸断)"),
    ("traffic", r"车祸|交通事故|(被|让)[^，。]{0,6}车[^，。]{0,3}(撞|碰)|追尾|撞了我"),
    ("family_violence", r"家暴|(老公|丈夫|媳妇|爱人|对象)[^，。]{0,6}(打我|打人|动手)"),
    ("divorce", r"离婚"),
    ("support", r"赡养费|抚养费|抚养权|不养(老|我)|不给(抚养|赡养)"),
    ("inheritance", r"遗产|继承"),
    ("bride_price", r"彩礼"),
    ("land_requisition", r"征地|占(了)?(我|我家|我们)?(的)?地"),
    ("rural_land", r"承包地|草场|草原|林地|耕地"),
    ("house_deal", r"租房|房东|押金|退房|买房|开发商|房产证"),
    ("property_fee", r"物业"),
    ("penalty", r"罚款|罚单|行政处罚|被罚"),
    ("fraud", r"电信诈骗|刷单|网上被骗|诈骗|骗了我"),
    ("loan", r"借(给|了)[^，。]{0,12}(钱|万|千|块)|借条|(?<!工资)欠条|借款|还钱|不还"),
    ("construction", r"工程款"),
    ("medical", r"医疗事故|医院[^，。]{0,8}(治坏|误诊|手术失败)"),
    ("consumer", r"(买|商家|店家|超市)[^，。]{0,10}(假货|不退|质量|过期)|退货"),
)  # fmt: skip
_DISMISSED = re.compile(r"(?:被|把我|给我)?(?:辞退|开除|解雇|炒了|裁了|炒鱿鱼)|离职|辞职")
_RECEIVED = re.compile(r"(收到|拿到|接到|下了)[^，。]{0,6}(裁决书?|决定书?|处罚|罚单|通知)")
_HURT = re.compile(r"受伤|摔|撞|车祸|打我|事故|借给|借了|发生|出事|签")
_NEGATED = re.compile(r"(没有?|未曾?|不是|并非|并没有?|不想|不会|从不|不)(?:被|要|说|欠)?$")
_NEGATED_DEBT = re.compile(r"(不|没有?)欠[^，。；！？]{0,8}$")
_SUPPOSED = re.compile(
    r"(如果|要是|假如|万一|假设|会不会|怕|担心|能不能|是不是要|想问问?)[^，。；！？]{0,8}$"
)
_OTHERS = re.compile(r"(听说|新闻|电视上|别人家|网上说)[^，。；！？]{0,10}$")
_TOTAL = re.compile(r"(一共|总共|合计|加起来|总计|全部)[^，。；！？]{0,4}$")
_STILL = re.compile(r"还在(那|那儿|单位|公司|厂里|工地)?(上班|干活|干着)|还没(有)?离职")
_IOU = re.compile(r"(打|写|有)(了|过)?(一?张)?(工资)?欠条")
_NO_IOU = re.compile(r"(没|没有|不肯)(打|写|给)?(工资)?欠条")
_PERSONS = re.compile(r"我们(?P<many>[0-9]+|[一二两三四五六七八九十百]+)(个|名|多)?(个)?人")


def extract(text: str, today: date) -> Extraction:
    """Propose facts from what was said; `today` is the day of the talk in China.

    Recognised are `issue`, `amount`, `event_on`, `employment_ended_on`, `knew_on`, `award_on`,
    `still_employed`, `wage_iou` and `persons`.
    """
    text = text[:_LONGEST]
    proposals: list[Proposal] = []
    unclear: list[Unclear] = []
    issues = _issues(text, unclear)
    proposals += issues
    _amount(text, proposals, unclear)
    _days(text, today, proposals, unclear)
    _plain_facts(text, proposals)
    return Extraction(tuple(proposals), tuple(unclear))


def _set_aside(text: str, at: int, heard: str) -> str:
    """Why something heard does not count: denied, supposed, of others; "" when it does."""
    before = text[:at]
    clause = re.split(r"[，。；！？,;!?\n]", before)[-1]
    starts_negative = heard[:1] in "不没"
    if not starts_negative and _NEGATED.search(clause):
        return "denied"
    if _SUPPOSED.search(clause):
        return "supposed"
    return "others" if _OTHERS.search(clause) else ""


def _issues(text: str, unclear: list[Unclear]) -> list[Proposal]:
    found: list[tuple[str, str]] = []
    for code, pattern in _ISSUES:
        for match in re.finditer(pattern, text):
            aside = _set_aside(text, match.start(), match[0])
            if not aside:
                found.append((code, match[0]))
                break
            if aside == "supposed":
                unclear.append(Unclear("issue", match[0], "说的是担心或假设的事，请问清发生了没有"))
                break
    if not found:
        return []
    confidence = PLAIN if len(found) == 1 else DOUBTFUL
    others = "、".join(heard for _, heard in found[1:])
    doubt = f"还说到“{others}”，请问清主要是哪件事" if others else ""
    code, heard = found[0]
    return [Proposal("issue", code, confidence, heard, doubt)]


def _amount(text: str, proposals: list[Proposal], unclear: list[Unclear]) -> None:
    sums: list[Money] = []
    for said in money_in(text):
        clause = re.split(r"[，。；！？,;!?\n]", text[: said.at])[-1]
        if not (_NEGATED_DEBT.search(clause) or _set_aside(text, said.at, said.heard)):
            sums.append(said)
    totals = [said for said in sums if _TOTAL.search(text[: said.at])]
    chosen = totals or sums
    for said in chosen:
        if said.value is None:
            unclear.append(Unclear("amount", said.heard, said.doubt))
    clear = [said for said in chosen if said.value is not None]
    if len({said.value for said in clear}) > 1:
        heard = "、".join(said.heard for said in clear)
        unclear.append(Unclear("amount", heard, f"说了几个数（{heard}），请问清一共多少"))
    elif clear:
        said = clear[0]
        value = said.value or 0.0
        proposals.append(
            Proposal(
                "amount",
                int(value) if value.is_integer() else value,
                DOUBTFUL if said.doubt else PLAIN,
                said.heard,
                said.doubt,
            )
        )


def _days(text: str, today: date, proposals: list[Proposal], unclear: list[Unclear]) -> None:
    days = [day for day in days_in(text, today) if not _set_aside(text, day.at, day.heard)]
    by_code: dict[str, list[Day]] = {}
    for day in days:
        for code in _dated_facts(text, day):
            by_code.setdefault(code, []).append(day)
    for code, found in by_code.items():
        clear = [day for day in found if day.value is not None]
        if len({day.value for day in clear}) > 1:
            heard = "、".join(day.heard for day in clear)
            unclear.append(Unclear(code, heard, f"说了几个日子（{heard}），请问清是哪一天"))
        elif clear and clear[0].value is not None:
            day, value = clear[0], clear[0].value.isoformat()
            confidence = ROUGH if day.doubt else PLAIN
            proposals.append(Proposal(code, value, confidence, day.heard, day.doubt))
        else:
            unclear.append(Unclear(code, found[0].heard, found[0].doubt))


def _dated_facts(text: str, day: Day) -> tuple[str, ...]:
    """Which facts a day is of: what stands after it in the sentence, else before it."""
    end = day.at + len(day.heard)
    clauses = (re.split(r"[。；！？\n]", text[end:])[0][:20], text[max(0, day.at - 12) : day.at])
    for near in clauses:
        received = _RECEIVED.search(near)
        if received:
            return ("award_on",) if "裁决" in received[0] else ("knew_on",)
        left = _DISMISSED.search(near)
        if left and not _set_aside(near, left.start(), left[0]):
            return ("employment_ended_on", "event_on")
        if _HURT.search(near):
            return ("event_on",)
    return ("event_on",)


def _plain_facts(text: str, proposals: list[Proposal]) -> None:
    left = _DISMISSED.search(text)
    still = _STILL.search(text)
    if still:
        proposals.append(Proposal("still_employed", True, PLAIN, still[0]))
    elif left and not _set_aside(text, left.start(), left[0]):
        proposals.append(Proposal("still_employed", False, DOUBTFUL, left[0]))
    no_iou, iou = _NO_IOU.search(text), _IOU.search(text)
    if no_iou:
        proposals.append(Proposal("wage_iou", False, DOUBTFUL, no_iou[0]))
    elif iou and re.search(r"工资|工钱|薪", text) and not _set_aside(text, iou.start(), iou[0]):
        proposals.append(Proposal("wage_iou", True, DOUBTFUL, iou[0]))
    people = _PERSONS.search(text)
    if people:
        many = number(people["many"])
        if many:
            about = "多" in people[0]
            proposals.append(
                Proposal(
                    "persons",
                    int(many),
                    DOUBTFUL if about else PLAIN,
                    people[0],
                    "只说了大约的数" if about else "",
                )
            )
