from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.query.normalise import MAX_CHARACTERS, bare, normalise


def test_traditional_characters_become_simplified():
    assert normalise("勞動仲裁時效") == "劳动仲裁时效"


def test_full_width_forms_and_emoji():
    assert normalise("民法典１０４３条😀") == "民法典1043条"


def test_blanks_between_characters_become_pauses():
    assert normalise("老板　不给 工资") == "老板，不给，工资"


def test_repeated_characters_are_shortened():
    assert normalise("啊啊啊啊啊啊") == "啊啊啊"


def test_both_ends_of_a_long_story_are_kept():
    text = normalise("开头" + "字词" * 6000 + "结尾问题")
    assert len(text) <= MAX_CHARACTERS
    assert text.startswith("开头")
    assert text.endswith("结尾问题")


def test_bare_drops_marks():
    assert bare("你好，老板！欠我3000元。") == "你好老板欠我3000元"


@given(st.text(max_size=400))
def test_never_fails_and_is_stable(text):
    once = normalise(text)
    assert normalise(once) == once
