"""Editors, a small law book that a test can change, and a text that may be published."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from backend.bootstrap import House
from backend.editorial.published import PublishedKnowledge
from backend.kernel.actor import Actor
from knowledge.entries import entry_from
from knowledge.model import Article, Entry

EDITOR = Actor("staff", "gaowa", frozenset({"knowledge_editor"}), region="150400", name="高娃")
REVIEWER = Actor("staff", "chenyu", frozenset({"knowledge_reviewer"}), region="150400", name="陈宇")
BOTH = Actor(
    "staff",
    "liu",
    frozenset({"knowledge_editor", "knowledge_reviewer"}),
    region="150400",
    name="刘",
)
AGENT = Actor("staff", "qiqige", frozenset({"agent"}), region="150400", name="其其格")
_QUESTIONS = (
    "扫地阿姨被车撞了谁来赔",
    "环卫工受伤算不算单位的责任",
    "清早干活让车剐了咋整",
    "马路上清扫被撞伤住院",
    "保洁公司不给报医药费",
    "帮环卫所干零工摔断腿",
    "该先找交警还是社保局",
    "没签合同受伤有没有赔偿",
)


def body(**changes: Any) -> dict[str, Any]:
    """A text that may be published."""
    return {
        "title": "环卫工路上被撞",
        "matter": "1003",
        "kind": "procedure",
        "region": ["*"],
        "valid_from": "2026-01-01",
        "valid_to": None,
        "review_due": "2027-06-30",
        "answer": "先报警，再申请工伤。",
        "steps": ["报警", "住院", "申请工伤认定"],
        "citations": [{"law": "民法典", "article": "第一条"}],
        "questions": [{"q": text, "style": "plain"} for text in _QUESTIONS],
        **changes,
    }


def shipped(id: str, *articles: tuple[str, str], **changes: Any) -> Entry:
    """An entry as the program ships it."""
    cited = [{"law": law, "article": article} for law, article in articles]
    row = {**body(citations=cited), "id": id, "status": "published", "checked": "text"}
    return entry_from({**row, "reviewed_by_lawyer": "not yet", **changes}, "测试")


def article(law: str, number: str, text: str, **changes: Any) -> Article:
    """A text of an article, in force since 2021."""
    made = Article(
        law, law, number, 1, 0, text, "", "law", date(2020, 5, 28), date(2021, 1, 1), None
    )
    return replace(made, **changes)


@dataclass
class LawBook:
    """Stands where the knowledge base does, and knows only articles."""

    articles: dict[tuple[str, str], list[Article]]
    corpus_id: str = "c1"
    snapshot: str = "s1"
    closed: list[str] = field(default_factory=list)

    @property
    def collection(self) -> LawBook:
        return self

    @property
    def law_names(self) -> list[str]:
        return [law for law, _ in self.articles]

    def texts(self, law: str, number: str) -> tuple[int, ...]:
        return tuple(range(len(self.articles.get((law, number), ()))))

    def article(self, law: str, number: str, on: date) -> Article | None:
        found = self.articles.get((law, number), ())
        return next((one for one in found if one.in_force_on(on)), None)

    def close(self) -> None:
        self.closed.append(self.snapshot)


@pytest.fixture
def book() -> LawBook:
    return LawBook(
        {
            ("民法典", "第一条"): [article("民法典", "第一条", "为了保护权益")],
            ("民法典", "第二条"): [article("民法典", "第二条", "调整平等主体")],
            ("旧法", "第一条"): [
                article("旧法", "第一条", "旧的", in_force_to=date(2026, 11, 30)),
            ],
        }
    )


@pytest.fixture
def published(house: House, book: LawBook) -> PublishedKnowledge:
    """The published knowledge of the house, over the law book."""
    made = PublishedKnowledge(book)  # type: ignore[arg-type]
    house.parts[PublishedKnowledge] = made
    return made
