"""Both engines give nearly the same answers over real statutes."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from knowledge.corpus import load_corpus
from knowledge.search.collection import Collection
from knowledge.search.elastic import ElasticsearchEngine
from knowledge.search.embedded import EmbeddedEngine
from knowledge.search.tokens import query_terms

TODAY = date(2026, 11, 25)
PART = 6000
QUESTIONS = [
    "老板拖欠工资怎么办", "离婚后孩子归谁抚养", "借钱不还没有借条", "邻居盖房挡住采光",
    "交通事故赔偿标准", "被狗咬了谁赔", "网购七天无理由退货", "工伤认定时间",
    "遗嘱怎么写有效", "房东不退押金", "物业费不交", "行政处罚听证", "取保候审条件",
    "草原承包经营权", "征收补偿标准", "医疗机构过错赔偿", "商标侵权赔偿", "公司股东分红",
    "保险公司拒赔", "个人信息泄露", "环境污染侵权", "申请强制执行期限", "法律援助条件",
    "公证遗嘱", "人民调解协议效力",
]  # fmt: skip


@pytest.mark.timeout(60)
def test_top_ten_overlap(elasticsearch_url, tmp_path):
    corpus = load_corpus(tmp_path)
    current = [article for article in corpus.articles if article.in_force_on(TODAY)][:PART]
    collection = Collection("part", current)
    documents = collection.documents()
    embedded = EmbeddedEngine(None)
    embedded.build("part", documents)
    elastic = ElasticsearchEngine(
        elasticsearch_url, alias=f"agreement-{uuid4().hex[:8]}", timeout=20
    )
    elastic.build("part", documents)
    overlaps = []
    for question in QUESTIONS:
        terms = query_terms(question)
        ours = {hit.position for hit in embedded.search(terms, on=TODAY, k=10)}
        theirs = {hit.position for hit in elastic.search(terms, on=TODAY, k=10)}
        overlaps.append(len(ours & theirs) / max(len(ours), 1))
    assert sum(overlaps) / len(overlaps) >= 0.9
