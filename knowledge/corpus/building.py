"""From texts and our table of dates to the corpus in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from knowledge.corpus.corpus import Corpus, LawVersion
from knowledge.corpus.dates import day_before
from knowledge.corpus.effect import TABLE
from knowledge.corpus.overrides import Amendment, ChangedArticle, Overrides
from knowledge.corpus.periods import Period, periods
from knowledge.corpus.texts import LegalText, TextArticle
from knowledge.model import Article


def build_corpus(
    texts: Sequence[LegalText],
    overrides: Overrides,
    abbreviations: Mapping[str, str],
    *,
    digests: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Corpus:
    """Put the days on which each text is law to its articles.

    `texts` stand in the order of law and version; `digests` are theirs where they are known.
    """
    articles: list[Article] = []
    versions: list[LawVersion] = []
    digests = digests or [text.digest for text in texts]
    found = periods(texts, overrides)
    for text, digest, period in zip(texts, digests, found, strict=True):
        changes = dict(_changes(text, texts, overrides))
        sources = tuple(dict.fromkeys(source.name for source in text.sources))
        start = len(articles)
        for item in text.articles:
            change = changes.get((item.order, item.suffix))
            ends = _earlier(period.last, day_before(change.in_force_from)) if change else None
            articles.append(_article(text, item, period, sources, overrides, ends=ends))
            if change:
                articles.append(change.article(text, item, period, overrides))
        versions.append(
            LawVersion(
                law=text.law,
                title=text.title,
                kind=text.kind,
                passed=text.passed,
                period=period,
                digest=_with_changes(digest, articles[start:]) if changes else digest,
                sources=sources,
                start=start,
                stop=len(articles),
            )
        )
    return Corpus(articles, versions, abbreviations, notes)


class _Change:
    """The new words that an amendment gives one article."""

    def __init__(self, amendment: Amendment, changed: ChangedArticle, words: str) -> None:
        self._amendment, self._changed, self._words = amendment, changed, words
        self.in_force_from = amendment.first

    def article(
        self, text: LegalText, item: TextArticle, period: Period, overrides: Overrides
    ) -> Article:
        words = self._words
        if self._changed.paragraph is not None:
            paragraphs = item.text.split("\n")
            paragraphs[self._changed.paragraph - 1] = words
            words = "\n".join(paragraphs)
        return Article(
            law=text.law,
            title=text.title,
            number=item.number,
            order=item.order,
            suffix=item.suffix,
            text=words,
            chapter=item.chapter,
            kind=text.kind,
            version=self._amendment.passed,
            in_force_from=self.in_force_from,
            in_force_to=period.last,
            sources=(self._amendment.by,),
            checked_by=overrides.checked_by,
            checked_at=overrides.checked_at,
            basis=TABLE,
        )


def _changes(
    text: LegalText, texts: Sequence[LegalText], overrides: Overrides
) -> Iterator[tuple[tuple[int, int], _Change]]:
    """Which articles of a version an amendment in the corpus gives new words.

    Nothing where the corpus has the law's own later text: that says it better.
    """
    for amendment in overrides.amendments:
        if (text.law, text.passed) != (amendment.law, amendment.version):
            continue
        if any(each.law == text.law and each.passed == amendment.passed for each in texts):
            continue
        by = next((each for each in texts if each.law == amendment.by), None)
        items = {item.order: item.text for item in by.articles} if by else {}
        for changed in amendment.articles:
            words = _quoted(items.get(changed.item, ""))
            if words:
                yield (changed.order, changed.suffix), _Change(amendment, changed, words)


def _quoted(item: str) -> str:
    """The new words in an amending item: what stands in quotation marks after the colon."""
    _, colon, rest = item.partition("：")
    lines = [line.strip().strip('"“”') for line in rest.split("\n")]
    return "\n".join(lines) if colon else ""


def _article(
    text: LegalText,
    item: TextArticle,
    period: Period,
    sources: tuple[str, ...],
    overrides: Overrides,
    *,
    ends: date | None,
) -> Article:
    return Article(
        law=text.law,
        title=text.title,
        number=item.number,
        order=item.order,
        suffix=item.suffix,
        text=item.text,
        chapter=item.chapter,
        kind=text.kind,
        version=text.passed,
        in_force_from=period.first,
        in_force_to=ends or period.last,
        sources=sources,
        checked_by=overrides.checked_by if period.checked else "",
        checked_at=overrides.checked_at if period.checked else None,
        basis=period.basis,
    )


def _earlier(first: date | None, second: date) -> date:
    return second if first is None or second < first else first


def _with_changes(digest: str, articles: Sequence[Article]) -> str:
    sum_ = hashlib.sha256(digest.encode())
    for article in articles:
        sum_.update(article.text.encode())
    return sum_.hexdigest()
