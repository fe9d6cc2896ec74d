"""A knowledge base of one article, for tests of what stands around it."""

from __future__ import annotations

from datetime import date

from knowledge.model import Answer, Article, Audience, Citation

CITED = Citation(
    law="劳动合同法",
    article="第三十条",
    version="2012-12-28",
    in_force_from="2013-07-01",
    quote="用人单位应当按照劳动合同约定和国家规定，向劳动者及时足额支付劳动报酬。",
    quote_hash="0" * 64,
)


class SmallKnowledge:
    """Answers what speaks of wages with its one article; knows nothing else."""

    snapshot = "small"

    def answer(
        self,
        question: str,
        *,
        as_of: date,
        region: str = "150000",
        audience: Audience = Audience.DESK,
    ) -> Answer:
        """The article, or that there is no basis; violence is heard."""
        found = "工资" in question
        return Answer(
            question=question,
            as_of=as_of,
            region=region,
            basis="found" if found else "none",
            answer=CITED.quote if found else "",
            citations=(CITED,) if found else (),
            steps=(),
            deadlines=(),
            red_flags=("violence",) if "打我" in question else (),
            matter="1003" if found else None,
            handoff=None,
            reason="" if found else "没有找到依据",
            snapshot=self.snapshot,
        )

    def article(self, law: str, number: str, as_of: date) -> Article | None:
        """No article by name."""
        return None

    def close(self) -> None:
        """Nothing is held."""
