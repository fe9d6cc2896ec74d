"""Known questions cut once: what is kept between starts is what would be cut anew."""

from __future__ import annotations

import json

import pytest

from knowledge.query import prepared
from knowledge.query.matters import features
from knowledge.query.normalise import normalise
from knowledge.query.prepared import prepare
from knowledge.search.tokens import document_tokens

TEXTS = ("老板拖欠我三個月工資", "Ａ公司欠薪，怎么办？", "", "离婚后孩子归谁")


@pytest.fixture
def kept(tmp_path):
    return tmp_path / "new" / "questions.json"


def test_texts_are_cut_as_models_and_search_cut_them(kept) -> None:
    found = prepare(TEXTS, kept)
    assert list(found) == list(TEXTS)
    for text, one in found.items():
        assert one.features == tuple(features(normalise(text)))
        assert one.terms == document_tokens(text)


def test_the_second_start_cuts_nothing(kept, monkeypatch) -> None:
    first = prepare(TEXTS, kept)
    monkeypatch.setattr(prepared, "_cut", lambda text: pytest.fail(f"cut again: {text}"))
    assert prepare(TEXTS, kept) == first


def test_a_new_question_is_added_and_an_old_one_dropped(kept) -> None:
    prepare(TEXTS, kept)
    prepare((*TEXTS[1:], "借条没写利息"), kept)
    texts = json.loads(kept.read_text("utf-8"))["texts"]
    assert set(texts) == {*TEXTS[1:], "借条没写利息"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stamp": "other", "texts": {}}', "{}"])
def test_a_file_that_cannot_be_used_is_written_anew(kept, content) -> None:
    first = prepare(TEXTS, kept)
    kept.write_text(content, "utf-8")
    assert prepare(TEXTS, kept) == first
    assert len(json.loads(kept.read_text("utf-8"))["texts"]) == len(TEXTS)


def test_another_version_of_the_cutting_is_never_mixed_in(kept, monkeypatch) -> None:
    first = prepare(TEXTS, kept)
    wrong = json.loads(kept.read_text("utf-8"))
    wrong["texts"] = {text: ["x", "y", "z"] for text in TEXTS}
    kept.write_text(json.dumps(wrong), "utf-8")
    monkeypatch.setattr(prepared, "_stamp", lambda: "another")
    assert prepare(TEXTS, kept) == first
