from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from knowledge.model import RED_FLAGS
from knowledge.query.normalise import normalise
from knowledge.query.red_flags import RedFlags
from knowledge.query.resources import load_lines, load_yaml

HERE = Path(__file__).parent
DANGERS = yaml.safe_load((HERE / "danger_texts.yaml").read_text("utf-8"))
CALM = [
    line
    for name in ("calm_texts.txt", "calm_asked_texts.txt")
    for line in (HERE / name).read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.fixture(scope="module")
def flags():
    return RedFlags(load_yaml("red_flags.yaml"))


def test_every_code_has_signs_and_examples(flags):
    assert set(DANGERS) == set(RED_FLAGS)
    assert set(load_yaml("dangers.yaml")) == set(RED_FLAGS)


def test_dangers_are_found(flags):
    missed = [
        (code, text)
        for code, texts in DANGERS.items()
        for text in texts
        if code not in flags.find(normalise(text))
    ]
    total = sum(len(texts) for texts in DANGERS.values())
    assert len(missed) <= 0.03 * total, missed


def test_calm_texts_raise_no_alarm(flags):
    assert len(CALM) >= 500
    alarmed = [(text, found) for text in CALM if (found := flags.find(normalise(text)))]
    assert len(alarmed) <= 0.03 * len(CALM), alarmed


def test_everyday_talk_raises_no_alarm(flags):
    alarmed = [text for text in load_lines("everyday.txt") if flags.find(normalise(text))]
    assert alarmed == []


@pytest.mark.parametrize(
    ("danger", "denied", "past", "quoted"),
    [
        (
            "我老公天天打我",
            "我老公从来没有打过我",
            "十年前他打过我早就和好了",
            "电视剧里男的打老婆",
        ),
        ("我不想活了", "我没有不想活", "我爷爷早年自杀去世了房子怎么分", "小说里她说不想活了"),
        ("孩子被后妈打了", "孩子没有被打", "小时候被老师打过现在问学籍", "动画片里小孩被拐走了"),
        ("我被骗了三万块", "我没有被骗", "五年前被骗过钱已经追回来了", "电影里说的杀猪盘是啥"),
        ("前男友天天跟踪我", "没有人跟踪我", "他以前跟踪过我现在早不联系了", "小说里写的跟踪狂"),
        (
            "儿子打我把我撵出来",
            "儿子没有撵我",
            "以前儿媳打过婆婆早就和好了没事了",
            "电视上说儿子打老人",
        ),
        (
            "我们三十多个工人工资没发",
            "我们三十个人工资都结清了",
            "去年我们二十多人被欠的工资已经发完了",
            "新闻里几十个工人讨薪",
        ),
    ],
)
def test_denied_past_and_quoted_are_none(flags, danger, denied, past, quoted):
    assert flags.find(danger)
    for calm in (denied, past, quoted):
        assert flags.find(normalise(calm)) == (), calm


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("有人打我吗？{}", "violence"),
        ("孩子挨打了没，{}", "child"),
        ("你是不是被骗了？{}", "fraud"),
    ],
)
def test_a_question_counts_as_it_is_answered(flags, asked, code):
    assert code not in flags.find(normalise(asked.format("没有，就是吵了几句嘴")))
    assert code in flags.find(normalise(asked.format("有，就是昨天的事")))


def test_two_denials_say_always(flags):
    assert flags.find(normalise("没有一天不打我")) == ("violence",)


def test_a_pair_needs_both_signs(flags):
    assert flags.find(normalise("前男友翻我家窗户")) == ("stalking",)
    assert flags.find(normalise("我忘带钥匙翻我家窗户")) == ()


def test_an_unknown_code_is_refused():
    data = load_yaml("red_flags.yaml") | {"flags": {"noise": {"signs": ["吵"]}}}
    with pytest.raises(ValueError, match="noise"):
        RedFlags(data)
