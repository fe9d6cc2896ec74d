"""Facts from sentences: what is proposed, what is left open, and what is never guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.bootstrap import House
from backend.cases import service as cases
from backend.cases.extraction import PLAIN, extract
from backend.cases.ports import Cases
from backend.cases.spoken import number
from backend.contacts import proposing
from backend.contacts import service as contacts
from backend.contacts.model import Door, Speaker
from backend.kernel.actor import SYSTEM
from backend.kernel.errors import Invalid
from tests.support.house import CHIFENG

TODAY = date(2026, 11, 25)

# What was said → every fact that may be proposed of it.
SAID: list[tuple[str, dict[str, object]]] = [
    ("三月份被辞退欠我两万", {"issue": "dismissal", "amount": 20000, "event_on": "2026-03-01",
        "employment_ended_on": "2026-03-01", "still_employed": False}),
    ("老板拖欠工资", {"issue": "wages"}),
    ("工资一直没给", {"issue": "wages"}),
    ("不给工钱", {"issue": "wages"}),
    ("欠我工资一共两万三", {"issue": "wages", "amount": 23000}),
    ("欠薪十五万", {"issue": "wages", "amount": 150000}),
    ("他们克扣工资500块", {"issue": "wages", "amount": 500}),
    ("没有被辞退，就是不给工资", {"issue": "wages"}),
    ("没被开除", {}),
    ("不是被辞退的", {}),
    ("他不欠我两万", {}),
    ("没欠我三千块钱", {}),
    ("2026年3月5日被开除", {"issue": "dismissal", "event_on": "2026-03-05",
        "employment_ended_on": "2026-03-05", "still_employed": False}),
    ("2026-03-05被辞退", {"issue": "dismissal", "event_on": "2026-03-05",
        "employment_ended_on": "2026-03-05", "still_employed": False}),
    ("3月5号把我辞退了", {"issue": "dismissal", "event_on": "2026-03-05",
        "employment_ended_on": "2026-03-05", "still_employed": False}),
    ("去年十二月三号被解雇", {"issue": "dismissal", "event_on": "2025-12-03",
        "employment_ended_on": "2025-12-03", "still_employed": False}),
    ("十二月三号被解雇", {"issue": "dismissal", "event_on": "2025-12-03",
        "employment_ended_on": "2025-12-03", "still_employed": False}),
    ("二〇二五年六月一日出了车祸", {"issue": "traffic", "event_on": "2025-06-01"}),
    ("昨天被车撞了", {"issue": "traffic", "event_on": "2026-11-24"}),
    ("前天工地干活摔伤", {"issue": "work_injury", "event_on": "2026-11-23"}),
    ("大前天追尾，修车花了八千", {"issue": "traffic", "event_on": "2026-11-22", "amount": 8000}),
    ("三天前他打我", {"event_on": "2026-11-22"}),
    ("今天收到罚单", {"issue": "penalty", "knew_on": "2026-11-25"}),
    ("十一月二十号收到裁决书", {"award_on": "2026-11-20"}),
    ("昨天拿到处罚决定书，罚款两千元",
        {"issue": "penalty", "knew_on": "2026-11-24", "amount": 2000}),
    ("借给他五万，打了借条", {"issue": "loan", "amount": 50000}),
    ("借了我1.5万不还", {"issue": "loan", "amount": 15000}),
    ("借给朋友2万3", {"issue": "loan", "amount": 23000}),
    ("房东不退押金三千五", {"issue": "house_deal", "amount": 3500}),
    ("押金一千零五十元不退，租房的", {"issue": "house_deal", "amount": 1050}),
    ("彩礼给了十八万八千元", {"issue": "bride_price", "amount": 188000}),
    ("想离婚", {"issue": "divorce"}),
    ("不想离婚", {}),
    ("老公打我", {"issue": "family_violence"}),
    ("丈夫天天动手", {"issue": "family_violence"}),
    ("前夫不给抚养费", {"issue": "support"}),
    ("父亲的遗产怎么分", {"issue": "inheritance"}),
    ("征地补偿没到位", {"issue": "land_requisition"}),
    ("邻村占了我家草场", {"issue": "rural_land"}),
    ("物业乱收费", {"issue": "property_fee"}),
    ("买到假货，商家不退", {"issue": "consumer"}),
    ("网上刷单被骗了八万块", {"issue": "fraud", "amount": 80000}),
    ("拖欠工程款一百二十万元", {"issue": "construction", "amount": 1200000}),
    ("欠三千块左右", {"amount": 3000}),
    ("欠我两万多", {"amount": 20000}),
    ("我们12个人工资没发", {"issue": "wages", "persons": 12}),
    ("我们三十多个人被拖欠工资", {"issue": "wages", "persons": 30}),
    ("还在厂里上班，工资没发", {"issue": "wages", "still_employed": True}),
    ("老板写了工资欠条", {"wage_iou": True}),
    ("老板没打欠条，工资要不回", {"issue": "wages", "wage_iou": False}),
    ("第三十条怎么说", {}),
    ("我今年五十岁", {}),
    ("住三号楼二单元", {}),
    ("请了三个人干了五天", {}),
    ("您好", {}),
    ("", {}),
    ("那个，就是，嗯", {}),
    ("听说别人家被辞退了", {}),
]  # fmt: skip

# What was said → the facts that are asked about, and never filled in.
OPEN: list[tuple[str, str]] = [
    ("欠我两三万", "amount"),
    ("欠我两万到三万", "amount"),
    ("欠一万五还是欠两万", "amount"),
    ("工资每月三千块，没给", "amount"),
    ("欠我几万块钱，三千元货款又欠五千元", "amount"),
    ("上个月工资没发", "event_on"),
    ("去年工资没发", "event_on"),
    ("前阵子出的车祸", "event_on"),
    ("从三月干到五月，工资没给", "event_on"),
    ("2月30号被辞退", "employment_ended_on"),
    ("2027年3月被辞退", "employment_ended_on"),
    ("如果被辞退怎么办", "issue"),
    ("怕被开除", "issue"),
    ("万一离婚", "issue"),
]


@pytest.mark.parametrize(("text", "facts"), SAID, ids=[text for text, _ in SAID])
def test_what_is_proposed(text: str, facts: dict[str, object]):
    found = {item.code: item.value for item in extract(text, TODAY).proposals}
    assert found == facts


@pytest.mark.parametrize(("text", "code"), OPEN, ids=[text for text, _ in OPEN])
def test_what_is_unclear_is_said_and_not_guessed(text: str, code: str):
    found = extract(text, TODAY)
    assert code not in {item.code for item in found.proposals}
    assert code in {item.code for item in found.unclear}
    assert all(item.why for item in found.unclear)


@pytest.mark.parametrize("text", ["三月份被辞退", "三个月前出的车祸", "欠我两万多", "半年前签的"])
def test_a_rough_word_lowers_the_confidence_and_says_what_to_ask(text: str):
    rough = [item for item in extract(text, TODAY).proposals if item.doubt]
    assert rough
    assert all(item.confidence < PLAIN for item in rough)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("两万三", 23000), ("一万零三百", 10300), ("三万零五", 30005), ("十五万", 150000),
        ("一百零五", 105), ("一千零五十", 1050), ("三千五", 3500), ("三百五十", 350), ("十二", 12),
        ("二〇二六", 2026), ("1.5万", 15000), ("2万3", 23000), ("一亿二千万", 120_000_000),
        ("百千", None), ("", None), ("万", None),
    ],
)  # fmt: skip
def test_numbers_in_words(text: str, value: float | None):
    assert number(text) == value


LETTERS = "欠借我他两三千百万十零块元年月日号前到被没不辞退工资0123456789-，。 "


@given(st.text(alphabet=LETTERS, max_size=40))
def test_no_sentence_breaks_it_and_no_day_lies_ahead(text: str):
    for item in extract(text, TODAY).proposals:
        assert item.heard
        assert 0 < item.confidence <= PLAIN
        if item.code.endswith("_on"):
            assert date.fromisoformat(item.value) <= TODAY


async def test_nothing_is_recorded_before_somebody_says_yes(house: House):
    async with house.units(SYSTEM, "chat") as uow:
        contact = await contacts.open_contact(uow, door=Door.CHAT, region=CHIFENG)
        await contacts.say(uow, contact, Speaker.CITIZEN, "三月份被辞退欠我两万")
        found = await proposing.proposals(uow, contact)
        assert {item.code for item in found.proposals} >= {"issue", "amount", "event_on"}
        assert (await uow.get(Cases).facts(contact.case)).facts == ()
        sheet = await proposing.confirm(uow, contact, "amount")
        assert sheet.values() == {"amount": 20000}
        again = await proposing.proposals(uow, contact)
        assert "amount" not in {item.code for item in again.proposals}
        with pytest.raises(Invalid):
            await proposing.confirm(uow, contact, "amount")


async def test_what_is_known_is_not_proposed_again(house: House):
    async with house.units(SYSTEM, "chat") as uow:
        contact = await contacts.open_contact(uow, door=Door.CHAT, region=CHIFENG)
        case = await uow.get(Cases).by_id(contact.case)
        await cases.record_facts(uow, case, {"issue": "wages", "amount": "unknown"})
        await contacts.say(uow, contact, Speaker.CITIZEN, "被辞退，欠我两万")
        found = await proposing.proposals(uow, contact)
        assert not {"issue", "amount"} & {item.code for item in found.proposals}
