from __future__ import annotations

import pytest

from knowledge.query.expansion import Expander
from knowledge.query.homophones import Homophones
from knowledge.query.matters import LabelModel, features
from knowledge.query.reader import Reader
from knowledge.query.refusals import Refusals
from knowledge.query.resources import load_yaml

LAWS = ["民法典", "劳动法", "劳动合同法", "刑法", "劳动争议调解仲裁法"]


@pytest.fixture(scope="module")
def reader():
    return Reader(LAWS)


@pytest.fixture(scope="module")
def refusals():
    return Refusals(load_yaml("refusals.yaml"))


def test_expansions_are_many_and_not_empty():
    table = load_yaml("expansions.yaml")
    phrases = [phrase for key in table for phrase in key.split("|")]
    assert len(table) >= 250
    assert all(phrase and phrase == phrase.strip() for phrase in phrases)
    assert all(terms.split() for terms in table.values())


def test_expansion_adds_the_words_of_the_law():
    expander = Expander({"欠薪|不发工资": "劳动报酬 支付令"})
    assert expander.expand("老板不发工资") == ("劳动报酬", "支付令")
    assert expander.expand("老板欠薪，想申请支付令") == ("劳动报酬",)
    assert expander.expand("今天天气好") == ()


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("老板拖钱公资不给", "拖欠工资"), ("明法典第一千条", "民法典"),
        ("我要申请劳动仲才", "仲裁"),
        ("工商认定多长时间", "工伤认定"), ("申请法律圆助", "法律援助"),
        ("强制直行找谁", "强制执行"),
    ],
)  # fmt: skip
def test_wrong_characters_are_heard_right(reader, heard, meant):
    assert meant in reader.read(heard).text


def test_what_makes_sense_is_left_alone():
    homophones = Homophones(["工商", "工伤认定", "律师"])
    assert homophones.correct("工商局在哪") == "工商局在哪"
    assert homophones.correct("我去公园走走") == "我去公园走走"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("老板拖欠我三个月工资怎么办", "1003"), ("离婚后孩子抚养权归谁", "1001"),
        ("借条到期了他不还钱", "1006"), ("交警出的责任认定书不服", "1011"),
        ("没留遗嘱老人的遗产怎么继承", "1002"), ("草场承包合同纠纷", "1009"),
        ("怎么申请法律援助", "4002"), ("我想投诉律师乱收费", "5001"),
    ],
)  # fmt: skip
def test_matters(reader, question, code):
    assert reader.read(question).matter.code == code


def test_all_matters_have_cues():
    assert len(load_yaml("matters.yaml")) == 47
    assert len(load_yaml("topics.yaml")) == 20


def test_examples_teach_the_model():
    cues = {"a": ["甲"], "b": ["乙"]}
    examples = [("骆驼奶收购", "a")] * 3 + [("驯鹿角出售", "b")] * 3
    taught = LabelModel(cues, [(features(text), label) for text, label in examples])
    assert taught.guess("有人收购骆驼奶").code == "a"
    assert LabelModel(cues).guess("有人收购骆驼奶").code is None


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("这官司我能打赢吗", "outcome"), ("帮我算算胜诉率", "outcome"),
        ("给我推荐一个好律师", "named_lawyer"), ("赤峰哪家律所最厉害", "named_lawyer"),
        ("怎么把财产转移到别人名下不被法院查到", "hide_or_fake"),
        ("帮我写个假的欠条", "hide_or_fake"),
        ("美国的法律怎么规定离婚", "foreign_law"), ("我的案子进展到哪一步了", "unknowable"),
    ],
)  # fmt: skip
def test_refused(refusals, question, code):
    refusal = refusals.find(question)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.reason


@pytest.mark.parametrize(
    "question",
    [
        "怎么才能打赢官司要准备什么证据", "对方伪造欠条怎么办", "老公转移财产怎么办",
        "没钱请律师怎么办", "怎么投诉律师", "打赢官司以后对方不给钱", "开庭可以不请律师吗",
        "在国外打工工资被拖欠回国能告吗", "公司逃税怎么举报",
    ],
)  # fmt: skip
def test_not_refused(refusals, question):
    assert refusals.find(question) is None


@pytest.mark.parametrize("question", ["", "123456", "。", "a" * 10000, "\ud800", "🙂🙂"])
def test_reads_anything(reader, question):
    assert reader.read(question).red_flags == ()
