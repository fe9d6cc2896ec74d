from __future__ import annotations

import threading
from datetime import date

import numpy as np
import pytest

from knowledge.model import Article
from knowledge.query.reader import Reader
from knowledge.search.aboutness import Aboutness
from knowledge.search.collection import Collection, passage
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.encoder import MODEL_FILE, TOKENIZER_FILE, EncoderUnavailable, OnnxEncoder
from knowledge.search.evidence import Gatherer, Semantic
from knowledge.search.features import KINDS
from knowledge.search.ports import SearchUnavailable
from knowledge.search.questions import KnownQuestion, QuestionMemory
from knowledge.search.ranker import Ranker, fit, load_rankers
from knowledge.search.remembered import NOTHING, load_remembered, save_remembered
from knowledge.search.retrieval import Retriever
from knowledge.search.tokens import query_terms
from knowledge.search.vectors import Stopped, VectorCache
from knowledge.search.words import WordSearch

TODAY = date(2026, 11, 25)


class CharacterEncoder:
    """A twin of the encoder: one dimension for each of 64 kinds of character."""

    id = "characters"

    def __init__(self):
        self.texts = 0

    def encode(self, texts):
        self.texts += len(texts)
        rows = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for char in text:
                row[ord(char) % 64] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def article(number: int, text: str, law: str = "民法典", first=date(2021, 1, 1), last=None):
    return Article(
        law, f"中华人民共和国{law}", f"第{number}条", number, 0, text, "", "法律",
        date(2020, 5, 28), first, last,
    )  # fmt: skip


ARTICLES = [
    article(1, "借款人应当按照约定的期限返还借款。"),
    article(2, "饲养的动物造成他人损害的，动物饲养人应当承担侵权责任。"),
    article(3, "家庭应当树立优良家风。"),
    article(4, "旧的规定，已经失效的借款规则。", last=date(2022, 1, 1)),
    article(5, "承租人应当按照约定支付租金。"),
]


@pytest.fixture
def collection():
    return Collection("c", ARTICLES)


@pytest.fixture
def retriever(collection):
    engine = EmbeddedEngine(None)
    engine.build("c", collection.documents())
    memory = QuestionMemory(
        collection,
        [
            KnownQuestion("", (("民法典", "第3条"),)),
            KnownQuestion("羊顶了人谁赔钱", (("民法典", "第2条"),), "1013-animal"),
        ],
    )
    return Retriever(Gatherer(collection, WordSearch(engine), memory), {})


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(EncoderUnavailable, match=MODEL_FILE):
        OnnxEncoder(tmp_path)


def test_a_damaged_model_is_refused(tmp_path):
    (tmp_path / MODEL_FILE).write_bytes(b"not a model")
    (tmp_path / TOKENIZER_FILE).write_text("{}")
    with pytest.raises(EncoderUnavailable, match="cannot be loaded"):
        OnnxEncoder(tmp_path)


def test_vectors_are_computed_once(tmp_path):
    encoder = CharacterEncoder()
    first = VectorCache(tmp_path, encoder).vectors(["甲", "乙", "甲"], what="x")
    assert encoder.texts == 2
    again = VectorCache(tmp_path, encoder)
    assert again.complete(["甲", "乙"])
    assert np.allclose(again.vectors(["甲", "乙", "甲"], what="x"), first)
    assert encoder.texts == 2
    again.vectors(["丙"], what="x")
    assert encoder.texts == 3


def test_a_damaged_cache_is_computed_anew(tmp_path):
    encoder = CharacterEncoder()
    VectorCache(tmp_path, encoder).vectors(["甲"], what="x")
    (tmp_path / "vectors-characters.npz").write_bytes(b"PK\x03\x04 cut")
    VectorCache(tmp_path, encoder).vectors(["甲"], what="x")
    assert encoder.texts == 2


def test_work_that_is_stopped_is_kept(tmp_path):
    encoder, stop = CharacterEncoder(), threading.Event()
    cache = VectorCache(tmp_path, encoder)
    texts = [f"第{number}条" for number in range(100)]
    with pytest.raises(Stopped):
        cache.vectors(texts, what="x", stop=stop, progress=lambda *_: stop.set())
    before = encoder.texts
    assert 0 < before < 100
    VectorCache(tmp_path, encoder).vectors(texts, what="x")
    assert encoder.texts == 100


def test_remembered_questions_belong_to_one_encoder(tmp_path):
    vectors = CharacterEncoder().encode(["甲", "乙"])
    articles = [(("民法典", "第1条"), ("民法典", "第2条")), ()]
    save_remembered(tmp_path, "one", vectors, articles)
    loaded = load_remembered(tmp_path, "one")
    assert [q.articles for q in loaded.questions] == articles
    assert all(question.text == "" for question in loaded.questions)
    assert np.allclose(loaded.vectors, vectors, atol=1e-3)
    assert load_remembered(tmp_path, "another") == NOTHING
    assert load_remembered(tmp_path / "nowhere", "one") == NOTHING


def test_words_find_and_the_list_is_filled(retriever, collection):
    ranking = retriever.rank(Reader(["民法典"]).read("借款到期不返还"), on=TODAY, k=4)
    assert ranking.places[0] == 0
    assert sorted(ranking.places) == [0, 1, 2, 4]
    assert not ranking.semantic


def test_named_articles_come_first(retriever):
    ranking = retriever.rank(Reader(["民法典"]).read("民法典第3条借款"), on=TODAY)
    assert ranking.places[0] == 2
    assert ranking.named == 1


def test_vectors_join_and_known_questions_speak(retriever, collection):
    encoder = CharacterEncoder()
    memory = retriever.gatherer.memory
    own = encoder.encode(memory.texts)
    other = encoder.encode(["树立家风的问题"])
    retriever.semantic = Semantic(
        encoder, encoder.encode([passage(one) for one in ARTICLES]), np.vstack([own, other])
    )
    ranking = retriever.rank(Reader(["民法典"]).read("羊顶了人谁赔钱"), on=TODAY, k=5)
    assert ranking.semantic
    assert ranking.entries["1013-animal"] == pytest.approx(1.0, abs=0.01)
    assert 3 not in ranking.places
    assert memory.known[1]
    assert not memory.known[0]


def test_known_questions_can_be_silenced(collection):
    memory = QuestionMemory(
        collection,
        [
            KnownQuestion("羊顶了人", (("民法典", "第2条"),)),
            KnownQuestion("", (("民法典", "第1条"),)),
        ],
    )
    terms = query_terms("羊顶了人")
    assert memory.by_words(terms, "羊顶了人").share[1] == pytest.approx(1.0)
    silent = np.array([True, False])
    assert memory.by_words(terms, "羊顶了人", silent).share.sum() == 0
    assert memory.answered_by(frozenset({1})).tolist() == [True, False]


def test_the_stand_in_answers_and_says_so(collection):
    class Down:
        name = "elasticsearch"

        def search(self, *_, **__):
            raise SearchUnavailable("down")

    engine = EmbeddedEngine(None)
    engine.build("c", collection.documents())
    found = WordSearch(Down(), engine).search(query_terms("借款"), on=TODAY, k=3)
    assert found.stand_in
    assert found.engine == "embedded"
    with pytest.raises(SearchUnavailable):
        WordSearch(Down()).search(query_terms("借款"), on=TODAY, k=3)


def test_a_damaged_index_is_not_served(tmp_path, collection):
    engine = EmbeddedEngine(tmp_path)
    engine.build("c", collection.documents())
    for path in tmp_path.glob("index-*/*"):
        path.write_bytes(b"damaged")
    fresh = EmbeddedEngine(tmp_path)
    assert not fresh.has("c")
    fresh.build("c", collection.documents())
    assert EmbeddedEngine(tmp_path).has("c")


def test_the_old_index_serves_while_a_new_one_is_built(collection):
    engine = EmbeddedEngine(None)
    engine.build("c", collection.documents())
    seen = []

    def look(*_):
        seen.append(len(engine.search(query_terms("借款"), on=TODAY, k=3)))

    engine.build("d", collection.documents(), look)
    assert seen
    assert min(seen) > 0


def test_the_ranker_learns_what_tells():
    random = np.random.default_rng(1)
    questions = []
    for _ in range(60):
        rows = random.normal(size=(20, 2))
        right = np.zeros(20)
        right[int(rows[:, 0].argmax())] = 1.0
        questions.append((rows, right))
    ranker = fit(questions, ["tells", "noise"])
    assert ranker.weights[0] > 5 * abs(ranker.weights[1])
    data = ranker.to_data()
    again = Ranker.from_data(data, ["tells", "noise"])
    assert np.allclose(again.score(questions[0][0]), ranker.score(questions[0][0]), atol=0.01)
    with pytest.raises(ValueError, match="other features"):
        Ranker.from_data(data, ["tells", "another"])


def test_shipped_weights_fit_the_features():
    from knowledge.query.resources import read_text

    assert "words" in load_rankers(read_text("ranker.json"), KINDS)


def test_law_and_talk_are_told_apart_by_what_they_sound_like():
    random = np.random.default_rng(7)
    law = random.normal(size=(60, 8)).astype(np.float32) + np.eye(8, dtype=np.float32)[0] * 4
    talk = random.normal(size=(20, 8)).astype(np.float32) - np.eye(8, dtype=np.float32)[0] * 4
    about = Aboutness.learn(law, talk)
    assert about is not None
    new = np.eye(8, dtype=np.float32)[0] * 4
    assert about.score(new) > 0.5
    assert about.score(-new) < -0.5


def test_without_examples_of_both_kinds_nothing_is_learned():
    assert Aboutness.learn(np.ones((3, 4), np.float32), np.zeros((0, 4), np.float32)) is None
