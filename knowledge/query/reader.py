"""Everything understood of a question before anything is searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from knowledge.model import RedFlag
from knowledge.query.citations import CitationParser, NamedArticle
from knowledge.query.expansion import Expander
from knowledge.query.homophones import Homophones
from knowledge.query.legality import LegalSense
from knowledge.query.matters import LabelModel, MatterGuess
from knowledge.query.normalise import normalise
from knowledge.query.prepared import Prepared, prepare
from knowledge.query.red_flags import RedFlags
from knowledge.query.refusals import Refusal, Refusals
from knowledge.query.resources import load_lines, load_yaml
from knowledge.query.topics import Topics
from knowledge.search.tokens import WeightedTerms, query_terms

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_FEWEST_CHARACTERS = 2


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question as it was read. `legal` says how much speaks for law."""

    text: str
    articles: tuple[NamedArticle, ...]
    unknown_law: str | None
    laws: tuple[str, ...]
    expansions: tuple[str, ...]
    plain_terms: WeightedTerms
    terms: WeightedTerms
    matter: MatterGuess
    red_flags: tuple[RedFlag, ...]
    refusal: Refusal | None
    legal: float
    meaningful: bool = field(default=True)


class Reader:
    """Reads questions with the project's own data. Immutable, thread-safe."""

    def __init__(
        self,
        laws: Iterable[str],
        examples: Iterable[tuple[str, str]] = (),
        prepared: Prepared | None = None,
    ) -> None:
        """`laws` are the short names in the corpus; `examples` (question, matter code) pairs.

        `prepared` has the examples cut already; without it they are cut here.
        """
        examples = tuple(examples)
        ready = prepare(text for text, _ in examples) if prepared is None else prepared
        taught = [(ready[text].features, code) for text, code in examples]
        matters: Mapping[str, Mapping[str, str]] = load_yaml("matters.yaml")
        cues = {code: matter["cues"].split() for code, matter in matters.items()}
        table: Mapping[str, str] = load_yaml("expansions.yaml")
        laws = tuple(laws)
        self._citations = CitationParser(laws, load_yaml("law_names.yaml"))
        self._expander = Expander(table)
        self._homophones = Homophones(_terms(table, cues, laws))
        self._matters = LabelModel(cues, [(seen, code) for seen, code in taught if code in cues])
        self.topics = Topics(self._matters)
        self._red_flags = RedFlags(load_yaml("red_flags.yaml"))
        self._refusals = Refusals(load_yaml("refusals.yaml"))
        self.matter_names = {code: matter["name"] for code, matter in matters.items()}
        self._legal_sense = LegalSense(
            load_lines("legal_words.txt"), [seen for seen, _ in taught], load_lines("everyday.txt")
        )

    def read(self, question: str) -> Understanding:
        """Understand one question; never fails, whatever the text."""
        written = normalise(question)
        text = self._homophones.correct(written)
        expansions = self._expander.expand(text)
        articles = tuple(self._citations.parse(text))
        return Understanding(
            text=text,
            articles=articles,
            unknown_law=None if articles else self._citations.unknown_law(text),
            laws=tuple(dict.fromkeys(law.law for law in self._citations.laws(text))),
            expansions=expansions,
            plain_terms=query_terms(text),
            terms=query_terms(text, expansions),
            matter=self._matters.guess(text),
            red_flags=self._red_flags.find(written),
            refusal=self._refusals.find(written),
            legal=self._legal_sense.score(
                text, cues=self._matters.cue_count(text), phrases=len(expansions)
            ),
            meaningful=len(set(_HAN.findall(text))) >= _FEWEST_CHARACTERS,
        )


def _terms(
    table: Mapping[str, str], cues: Mapping[str, Iterable[str]], laws: Iterable[str]
) -> list[str]:
    """Everything a recogniser may have misheard: phrases, legal terms, cues, names of laws."""
    terms = [phrase for phrases in table for phrase in phrases.split("|")]
    terms += [term for row in table.values() for term in row.split()]
    terms += [cue for words in cues.values() for cue in words]
    return [*terms, *laws]
