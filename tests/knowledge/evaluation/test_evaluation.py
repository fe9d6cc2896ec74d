from __future__ import annotations

import json
from datetime import date

import pytest

from knowledge import open_knowledge
from knowledge.evaluation import ask_batch, evaluate_faq, evaluate_retrieval, evaluate_topics
from knowledge.evaluation.batch import BadQuestion
from knowledge.evaluation.folds import FOLDS, fold_of
from knowledge.evaluation.lines import BadLine
from knowledge.evaluation.metrics import recall, reciprocal_rank

TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    opened = open_knowledge(
        tmp_path_factory.mktemp("data"), entries=[], model_dir=tmp_path_factory.mktemp("none")
    )
    yield opened
    opened.close()


def write(path, rows):
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def test_metrics():
    assert recall([5, 3, 9], {3, 4}, 2) == 0.5
    assert reciprocal_rank([5, 3, 9], {9}) == pytest.approx(1 / 3)
    assert reciprocal_rank(list(range(20)), {15}) == 0


def test_retrieval(base, tmp_path):
    rows = [
        {"id": "a", "query": "劳动法第五十条", "gold": [{"law": "劳动法", "article": "第五十条"}]},
        {
            "id": "b",
            "query": "完全不沾边的话",
            "gold": [
                {"current": {"law": "中华人民共和国民法典", "article": "第一千零四十三条"}},
                {"current": None},
            ],
        },
        {"id": "c", "query": "没有", "gold": [{"law": "没有的法", "article": "第一条"}]},
        {
            "id": "d",
            "query": "未核实",
            "gold": [{"law": "民法典", "article": "第一条", "verified": False}],
        },
    ]
    result = evaluate_retrieval(write(tmp_path / "q.jsonl", rows), base, as_of=TODAY)
    assert result["questions"] == 2
    assert result["recall@5"] == 0.5
    assert result["unseen"]["questions"] == 2
    assert result["seen"]["questions"] == 0
    assert result["ms"]["median"] > 0


def test_faq_and_topics(base, tmp_path):
    pairs = [
        {"question": "老板拖欠工资怎么办", "answer": "拖欠工资可以申请劳动仲裁。"},
        {"question": "被狗咬了谁赔", "answer": "饲养动物致人损害由饲养人赔偿，狗也一样。"},
        {"question": "离婚孩子归谁", "answer": "离婚时按最有利于孩子的原则判决。"},
    ]
    assert evaluate_faq(write(tmp_path / "f.jsonl", pairs), base)["recall@1"] == 1.0
    texts = [
        {"text": "开发商迟迟不交房", "label": "房产纠纷"},
        {"text": "车祸对方肇事逃逸", "label": "交通事故"},
        {"text": "车祸对方肇事逃逸", "label": "知识产权"},
    ]
    result = evaluate_topics(write(tmp_path / "t.jsonl", texts), base)
    assert result["accuracy"] == pytest.approx(2 / 3, abs=0.001)
    assert result["by_label"]["知识产权"] == 0


@pytest.mark.parametrize("text", ["{", "[1]", '{"gold": []}', '{"query": "a"}'])
def test_a_bad_line_is_named(base, tmp_path, text):
    path = tmp_path / "bad.jsonl"
    path.write_text('\n{"query": "a", "gold": []}\n' + text, "utf-8")
    with pytest.raises(BadLine, match=r"bad\.jsonl 第3行"):
        evaluate_retrieval(path, base, as_of=TODAY)


def test_a_batch_lists_a_hundred_articles_always(base):
    lines = [
        {"id": 7, "query": "老板拖欠工资怎么办"},
        {"id": "w", "query": "今天天气怎么样", "as_of": "2026-01-05"},
        {"id": "v", "query": "老公又打我了"},
    ]
    results = list(ask_batch(lines, base, today=TODAY))
    assert [result["id"] for result in results] == [7, "w", "v"]
    assert [result["basis"] for result in results] == ["found", "none", "found"]
    assert all(len(result["articles"]) == 100 for result in results)
    assert set(results[0]) == {"id", "basis", "articles", "matter", "red_flags", "ms"}
    assert set(results[0]["articles"][0]) == {"law", "article", "score"}
    assert results[2]["red_flags"] == ["violence"]


@pytest.mark.parametrize("line", [{"id": 1}, {"query": 3}, {"query": "a", "as_of": "soon"}])
def test_a_bad_question_is_named(base, line):
    with pytest.raises(BadQuestion, match="第1行"):
        list(ask_batch([line], base, today=TODAY))


def test_folds_are_stable():
    assert {fold_of(f"q{number}") for number in range(50)} == set(range(FOLDS))
    assert fold_of("stard-0000") == fold_of("stard-0000")


@pytest.mark.shared
@pytest.mark.timeout(60)
def test_citations_of_the_reference_data_are_all_found(base, shared):
    path = shared / "data" / "article_lookup_dev.jsonl"
    result = evaluate_retrieval(path, base, as_of=TODAY)
    assert result["questions"] > 200
    assert result["recall@5"] == 1.0
    assert result["mrr@10"] == 1.0
