"""The entries: how they are read, and that those shipped are true to the corpus."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from knowledge.corpus import load_corpus
from knowledge.entries import (
    FEWEST_QUESTIONS,
    BadEntry,
    entry_files,
    load_entries,
    parse_entries,
    too_alike,
)
from knowledge.query.normalise import bare, normalise
from knowledge.query.resources import load_yaml

TODAY = date(2026, 11, 25)
ROW = """
- id: 1003-unpaid-wages
  matter: "1003"
  kind: procedure
  title: 拖欠工资怎么要
  region: ["*"]
  valid_from: 2024-01-01
  valid_to: null
  review_due: 2027-05-31
  status: published
  checked: text
  reviewed_by_lawyer: not yet
  answer: 可以向劳动监察投诉，也可以申请劳动仲裁。
  steps: [收集证据]
  bring: []
  body: 劳动争议仲裁委员会
  time: ""
  cost: 不收费
  clocks: [labour_arb]
  citations: [{law: 劳动法, article: 第五十条}]
  terms: [欠薪]
  questions:
QUESTIONS
"""
QUESTIONS = "".join(
    f"    - {{q: {text}, style: plain}}\n"
    for text in ["老板不给钱", "工头跑了", "年底没结账", "干活白干", "厂子欠薪", "俺的工钱呢",
                 "去哪要工资", "压了仨月"]
)  # fmt: skip


def row(**changes: str) -> str:
    text = ROW.replace("QUESTIONS", QUESTIONS)
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def shipped():
    return load_entries().entries


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return load_corpus(tmp_path_factory.mktemp("corpus"))


def test_an_entry_is_read():
    (entry,) = parse_entries(row(), "1003.yaml")
    assert entry.citations == (("劳动法", "第五十条"),)
    assert entry.valid_from == date(2024, 1, 1)
    assert entry.questions[5].q == "俺的工钱呢"
    assert entry.serves("150402", TODAY)
    assert not entry.serves("150402", date(2023, 12, 31))


def test_regions_cover_what_lies_in_them():
    (entry,) = parse_entries(row(region=('["*"]', '["150400"]')), "1003.yaml")
    assert entry.serves("150402", TODAY)
    assert not entry.serves("150102", TODAY)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("1003-unpaid-wages", "2001-unpaid"), "编号"),
        (("kind: procedure", "kind: tale"), "种类"),
        (("style: plain", "style: song"), "类别"),
        (("citations: [{law: 劳动法, article: 第五十条}]", "citations: []"), "没有引用"),
        (("valid_from: 2024-01-01", "valid_from: soon"), "读不懂"),
        (("terms: [欠薪]", "colour: red"), "colour"),
    ],
)
def test_a_malformed_entry_is_named(change, complaint):
    with pytest.raises(BadEntry, match=complaint) as caught:
        parse_entries(row(it=change), "1003.yaml")
    assert "1003.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["a: b", "- 1", "[", "- {id: [}"])
def test_a_malformed_file_is_named(text):
    with pytest.raises(BadEntry, match=r"x\.yaml"):
        parse_entries(text, "x.yaml")


def test_too_few_questions():
    short = row().rsplit("\n    -", 3)[0] + "\n"
    with pytest.raises(BadEntry, match="问法少于"):
        parse_entries(short, "1003.yaml")


def test_likeness_is_measured():
    pairs = [("a", "老板拖欠我工资怎么办"), ("b", "老板拖欠我工资怎么办呀"), ("c", "离婚孩子归谁")]
    assert [(one, two) for one, two, _ in too_alike(pairs)] == [(pairs[0][1], pairs[1][1])]


def test_the_cache_is_used_renewed_and_never_trusted(tmp_path):
    cache = tmp_path / "entries.json"
    first = load_entries(cache)
    assert load_entries(cache) == first
    cache.write_text(cache.read_text("utf-8").replace('"hash": "', '"hash": "0'), "utf-8")
    assert load_entries(cache) == first
    cache.write_text('{"hash":', "utf-8")
    assert load_entries(cache) == first


def test_every_citation_exists_and_is_in_force(shipped, corpus):
    missing = [
        (entry.id, law, number)
        for entry in shipped
        for law, number in entry.citations
        if corpus.find(law, number, max(TODAY, entry.valid_from)) is None
    ]
    assert missing == []


def test_every_matter_is_known_and_every_clock_too(shipped):
    matters, clocks = load_yaml("matters.yaml"), load_yaml("clocks.yaml")
    assert [entry.id for entry in shipped if entry.matter not in matters] == []
    assert [(e.id, c) for e in shipped for c in e.clocks if c not in clocks] == []


def test_ids_are_unique_and_questions_enough(shipped):
    ids = Counter(entry.id for entry in shipped)
    assert [entry_id for entry_id, count in ids.items() if count > 1] == []
    assert [e.id for e in shipped if len(e.questions) < FEWEST_QUESTIONS] == []


def test_no_two_questions_are_alike(shipped):
    questions = [(entry.id, question.q) for entry in shipped for question in entry.questions]
    plain = Counter(bare(normalise(text)) for _, text in questions)
    assert [text for text, count in plain.items() if count > 1] == []
    assert too_alike(questions) == []


def test_renderings_keep_their_measure(shipped):
    long = [
        (entry.id, name)
        for entry in shipped
        for name, bad in (
            ("spoken", len(entry.spoken) > 240),
            ("tv", len(entry.tv) > 5 or any(len(line) > 18 for line in entry.tv)),
            ("chat", len(entry.chat) > 120),
        )
        if bad
    ]
    assert long == []


def test_clocks_stand_on_articles(corpus):
    clocks = load_yaml("clocks.yaml")
    missing = [
        code
        for code, clock in clocks.items()
        if clock["law"] and corpus.find(clock["law"], clock["article"], TODAY) is None
    ]
    assert missing == []


def test_files_are_not_too_large():
    assert [f.name for f in entry_files() if len(f.read_bytes()) > 400_000] == []
