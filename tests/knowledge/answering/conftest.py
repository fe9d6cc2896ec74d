"""One knowledge base over the real statutes, by words alone, for all tests of answers."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge import open_knowledge
from knowledge.model import Entry, EntryQuestion

TODAY = date(2026, 11, 25)


def entry(**changes) -> Entry:
    values = {
        "id": "1003-unpaid-wages",
        "matter": "1003",
        "kind": "procedure",
        "title": "老板拖欠工资怎么要",
        "region": ("*",),
        "valid_from": date(2024, 1, 1),
        "valid_to": None,
        "review_due": date(2027, 5, 31),
        "status": "published",
        "checked": "text",
        "reviewed_by_lawyer": "not yet",
        "answer": "先向劳动监察投诉，也可以申请劳动仲裁，不收费，一般45日内裁决。",
        "steps": ("收集证据", "向劳动监察投诉", "申请劳动仲裁"),
        "bring": ("身份证",),
        "body": "劳动争议仲裁委员会",
        "time": "",
        "cost": "不收费",
        "clocks": ("labour_arb",),
        "citations": (("劳动争议调解仲裁法", "第二十七条"), ("劳动合同法", "第三十条")),
        "terms": ("欠薪",),
        "questions": tuple(
            EntryQuestion(text, "plain")
            for text in (
                "老板拖欠我三个月工资怎么办", "老板欠我仨月工资不给咋整", "工头不给结工钱找谁",
                "厂里压着工资不发", "干完活没拿到钱", "讨薪去哪个部门", "年底了工资还没着落",
                "离职了老板还欠我工资",
            )
        ),
        "spoken": "先投诉到劳动监察，也可以申请仲裁，四十五天内出结果。",
        "tv": ("先向劳动监察投诉", "也可申请劳动仲裁", "不收费"),
        "chat": "先向劳动监察投诉，也可以申请劳动仲裁，不收费。",
        "script": "您先别急，我告诉您怎么要。",
        "followups": ("签过劳动合同吗？", "现在还在那儿干吗？"),
    }  # fmt: skip
    return Entry(**(values | changes))


ENTRIES = [
    entry(),
    entry(
        id="1016-trademark",
        matter="1016",
        title="商标被侵权",
        clocks=(),
        citations=(("商标法", "第五十七条"),),
        questions=tuple(
            EntryQuestion(text, "plain")
            for text in (
                "有人仿冒我的商标怎么办", "牌子让人家抄了", "别人用我注册的商标卖货",
                "山寨我的品牌", "店名跟我一样", "假冒我家牌子", "商标让人侵权", "贴我的标卖假货",
            )
        ),
        valid_to=date(2026, 12, 31),
    ),
    entry(
        id="1003-gone",
        title="引用已经没有的条文",
        citations=(("劳动法", "第九百条"),),
        questions=tuple(
            EntryQuestion(text, "plain")
            for text in (
                "骆驼奶收购站克扣奶款", "骆驼奶钱", "驼奶收购", "驼奶款", "奶站不给钱",
                "收奶的跑了", "驼奶卖了没钱", "奶款拖着",
            )
        ),
    ),
    entry(
        id="1003-banner",
        title="只在一个旗",
        region=("150402",),
        questions=tuple(
            EntryQuestion(text, "plain")
            for text in (
                "红山区工资投诉窗口在几楼", "红山区哪个窗口管工资", "红山劳动窗口", "红山工资窗口",
                "红山窗口几楼", "红山投诉几楼", "红山投诉窗口", "窗口在红山哪",
            )
        ),
    ),
]  # fmt: skip


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("knowledge")


@pytest.fixture(scope="session")
def base(data_dir, tmp_path_factory):
    opened = open_knowledge(
        data_dir, entries=ENTRIES, model_dir=tmp_path_factory.mktemp("no-model")
    )
    yield opened
    opened.close()
