"""What every word-search engine does, embedded or Elasticsearch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest

from knowledge.search.elastic import ElasticsearchEngine
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.ports import (
    ALWAYS,
    NEVER,
    SearchDocument,
    SearchEngine,
    SearchUnavailable,
)
from knowledge.search.tokens import document_tokens, query_terms

TODAY = date(2026, 11, 25)
TEXTS = [
    "劳动法 工资应当以货币形式按月支付给劳动者本人。不得克扣或者无故拖欠劳动者的工资。",
    "民法典 家庭应当树立优良家风，弘扬家庭美德，重视家庭文明建设。",
    "民法典 借款人应当按照约定的期限返还借款。",
    "商标法 有下列行为之一的，均属侵犯注册商标专用权。",
]


def documents() -> list[SearchDocument]:
    days = [
        (date(1995, 1, 1), ALWAYS),
        (date(2021, 1, 1), ALWAYS),
        (date(2021, 1, 1), ALWAYS),
        (date(2019, 11, 1), date(2026, 12, 31)),
    ]
    return [
        SearchDocument(number, document_tokens(text), first, last)
        for number, (text, (first, last)) in enumerate(zip(TEXTS, days, strict=True))
    ]


@pytest.fixture(params=["embedded", "memory", "elasticsearch"])
def engine(request, tmp_path) -> Iterator[SearchEngine]:
    if request.param == "embedded":
        yield EmbeddedEngine(tmp_path / "index")
    elif request.param == "memory":
        yield EmbeddedEngine(None)
    else:
        url = request.getfixturevalue("elasticsearch_url")
        yield ElasticsearchEngine(url, alias=f"contract-{uuid4().hex[:8]}", timeout=20)


def places(engine: SearchEngine, text: str, on: date = TODAY, k: int = 10) -> list[int]:
    return [hit.position for hit in engine.search(query_terms(text), on=on, k=k)]


def test_finds_the_article_that_shares_words(engine):
    engine.build("c1", documents())
    assert places(engine, "老板拖欠工资")[0] == 0
    assert places(engine, "借款到期不返还")[0] == 2


def test_scores_fall_and_are_positive(engine):
    engine.build("c1", documents())
    hits = engine.search(query_terms("家庭工资借款"), on=TODAY, k=10)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0


def test_what_is_not_law_on_the_day_is_not_found(engine):
    engine.build("c1", documents())
    assert places(engine, "侵犯注册商标专用权", on=date(2026, 12, 31)) == [3]
    assert places(engine, "侵犯注册商标专用权", on=date(2027, 1, 1)) == []
    assert 1 not in places(engine, "家庭家风", on=date(2020, 12, 31))


def test_a_text_of_unknown_start_is_never_found(engine):
    unknown = SearchDocument(0, document_tokens("草原法 禁止开垦草原"), ALWAYS, NEVER)
    engine.build("c1", [unknown])
    assert places(engine, "开垦草原") == []


def test_limits_and_empty_questions(engine):
    engine.build("c1", documents())
    assert len(places(engine, "的民法典工资家庭", k=1)) == 1
    assert places(engine, "") == []
    assert places(engine, "？？？！！") == []
    assert places(engine, "工资", k=0) == []


def test_a_rebuild_replaces_everything(engine):
    engine.build("c1", documents())
    changed = [SearchDocument(0, document_tokens("森林法 禁止毁林开垦"), NEVER, ALWAYS)]
    engine.build("c2", changed)
    assert places(engine, "拖欠工资") == []
    assert places(engine, "毁林") == [0]
    assert engine.has("c2")


def test_it_knows_whose_index_it_has(engine):
    engine.build("c1", documents())
    assert engine.has("c1")
    assert not engine.has("c9")


def test_progress_reaches_the_end(engine):
    seen = []
    engine.build("c1", documents(), lambda what, done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)


def test_very_long_questions_are_answered(engine):
    engine.build("c1", documents())
    story = "".join(chr(0x4E00 + n) for n in range(3000))
    assert places(engine, story + "最后就是想问拖欠工资怎么办")[0] == 0


def test_without_an_index_it_is_unavailable(engine):
    with pytest.raises(SearchUnavailable):
        engine.search(query_terms("工资"), on=TODAY, k=3)


def test_a_server_that_is_down_is_unavailable():
    engine = ElasticsearchEngine("http://127.0.0.1:9", timeout=1)
    with pytest.raises(SearchUnavailable):
        engine.has("c1")
    with pytest.raises(SearchUnavailable):
        engine.search(query_terms("工资"), on=TODAY, k=3)
    with pytest.raises(SearchUnavailable):
        engine.build("c1", documents())


def test_another_corpus_behind_the_alias_is_never_served(elasticsearch_url):
    alias = f"contract-{uuid4().hex[:8]}"
    ours = ElasticsearchEngine(elasticsearch_url, alias=alias, timeout=20)
    ours.build("c1", documents())
    other = ElasticsearchEngine(elasticsearch_url, alias=alias, timeout=20)
    other.build("c2", documents()[:1])
    with pytest.raises(SearchUnavailable):
        ours.search(query_terms("工资"), on=TODAY, k=3)
    assert other.search(query_terms("工资"), on=TODAY, k=3)
