"""Judging the sentences of a row again, each with every subset of citations that measures need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from litdesk.types import Action, AnswerStatus, Citation, Sentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from litdesk.evaluate.rows import Row
    from litdesk.verify.judge import EvidenceText, Judgement, Verifier

__all__ = [
    "Judge",
    "JudgedCitation",
    "JudgedRow",
    "JudgedSentence",
    "judge_row",
]


class Judge:
    """A verifier that remembers what it said, and knows a quotation when it sees one."""

    def __init__(self, verifier: Verifier, *, digest: str = "") -> None:
        """Take a verifier.

        Args:
            verifier: Any.
            digest: Of its code and its model, to know a judge card by; empty for nothing known.
        """
        self.verifier = verifier
        self.digest = digest
        self._said: dict[tuple[str, tuple[str, ...]], Judgement] = {}

    @property
    def name(self) -> str:
        """The verifier's name."""
        return self.verifier.name

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Ask the verifier, once for each claim and set of texts.

        Args:
            claim: One sentence.
            evidence: The texts.

        Returns:
            What it says.
        """
        key = claim, tuple(f"{text.title}\x1f{text.text}" for text in evidence)
        if key not in self._said:
            self._said[key] = self.verifier.judge(claim, evidence)
        return self._said[key]

    def supports(self, claim: str, evidence: Sequence[EvidenceText], *, quoted: bool) -> bool:
        """Return whether texts support a claim.

        Args:
            claim: One sentence.
            evidence: The texts; without any, nothing is supported.
            quoted: Whether the claim is shown as a quotation, for which its words must be there.

        Returns:
            Whether they do.
        """
        if quoted and any(claim in text.text for text in evidence):
            return True
        return bool(evidence) and self.judge(claim, evidence).verdict is Verdict.SUPPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCitation:
    """One citation of a sentence."""

    citation: Citation
    quote_exists: bool | None
    """Whether the quoted words stand where the citation says; None where it quotes nothing."""
    over_cited: bool
    """It does not support the sentence alone, and the others do without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSentence:
    """One sentence of an answer, judged by its own citations and by the others."""

    sentence: Sentence
    claim: str
    """What was judged: the quoted words of a quotation, else the sentence."""
    kind: Literal["quotation", "record", "claim"]
    verdict: Verdict
    score: float | None
    reason: str
    verifier: str
    citations: tuple[JudgedCitation, ...]
    supported_with_previous: bool
    """Supported by its citations or, if it has none, by those of the sentence before."""
    supported_elsewhere: bool
    """Not supported by its citations, but by another text that was retrieved."""

    @property
    def supported(self) -> bool:
        """Whether its own citations support it."""
        return self.verdict is Verdict.SUPPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRow:
    """A row whose sentences have been judged."""

    row: Row
    sentences: tuple[JudgedSentence, ...]
    """Those that the answer shows; a dropped sentence is not among them."""
    judge: str
    """Name of the verifier that judged."""

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return self.row.state is AnswerStatus.ANSWERED

    @property
    def abstained(self) -> bool:
        """Whether the assistant declined to answer."""
        return self.row.state is AnswerStatus.ABSTAINED

    @property
    def claims(self) -> tuple[JudgedSentence, ...]:
        """The sentences that can be judged: all but those filled in from the record."""
        return tuple(s for s in self.sentences if s.kind != "record")

    @property
    def cited_papers(self) -> frozenset[str]:
        """Ids of the papers that the shown sentences cite."""
        cited = (c.citation.paper_id for s in self.sentences for c in s.citations)
        return frozenset(paper_id for paper_id in cited if paper_id)

    @property
    def from_record(self) -> bool:
        """Whether the answer was filled in from the record and no abstract was read for it."""
        return bool(self.sentences) and not self.claims


def judge_row(row: Row, judge: Judge) -> JudgedRow:
    """Judge all sentences of a row.

    Args:
        row: The row.
        judge: Who judges.

    Returns:
        The judged row.
    """
    texts = row.texts()
    judged: list[JudgedSentence] = []
    previous: list[EvidenceText] = []
    for sentence in row.shown():
        if sentence.action is Action.DROPPED:
            continue
        found = _judge_sentence(sentence, row=row, texts=texts, judge=judge, previous=previous)
        judged.append(found)
        previous = _cited(sentence, texts) or previous
    return JudgedRow(row=row, sentences=tuple(judged), judge=judge.name)


def _cited(sentence: Sentence, texts: dict[str, EvidenceText]) -> list[EvidenceText]:
    ids = dict.fromkeys(c.paper_id for c in sentence.citations if c.status == "ok")
    return [texts[i] for i in ids if i is not None and i in texts]


def _claim(sentence: Sentence, row: Row) -> tuple[str, Literal["quotation", "record", "claim"]]:
    if sentence.verifier == "record":
        return sentence.text, "record"
    labels = row.labels
    for citation in sentence.citations:
        quoted = f"“{citation.quote}”"
        if citation.quote and sentence.text.endswith(quoted):
            lead = sentence.text.removesuffix(quoted)
            if lead in ("", f"{labels.get(citation.paper_id or '', '')}: "):
                return citation.quote, "quotation"
    return sentence.text, "claim"


def _judge_sentence(
    sentence: Sentence,
    *,
    row: Row,
    texts: dict[str, EvidenceText],
    judge: Judge,
    previous: Sequence[EvidenceText],
) -> JudgedSentence:
    claim, kind = _claim(sentence, row)
    if kind == "record":
        return _recorded(sentence, texts)
    quoted = kind == "quotation"
    cited = _cited(sentence, texts)
    verdict, score, reason, verifier = _verdict(
        claim, cited, sentence=sentence, judge=judge, quoted=quoted
    )
    supported = verdict is Verdict.SUPPORTED
    inherited = not sentence.citations and judge.supports(claim, previous, quoted=quoted)
    others = [text for i, text in texts.items() if i in row.retrieved and text not in cited]
    return JudgedSentence(
        sentence=sentence,
        claim=claim,
        kind=kind,
        verdict=verdict,
        score=score,
        reason=reason,
        verifier=verifier,
        citations=tuple(
            _judge_citation(c, claim, cited, texts=texts, judge=judge, quoted=quoted)
            for c in sentence.citations
        ),
        supported_with_previous=supported or inherited,
        supported_elsewhere=not supported
        and any(judge.supports(claim, [text], quoted=quoted) for text in others),
    )


def _verdict(
    claim: str, cited: Sequence[EvidenceText], *, sentence: Sentence, judge: Judge, quoted: bool
) -> tuple[Verdict, float | None, str, str]:
    if any(c.status == "unknown" for c in sentence.citations):
        return Verdict.UNSUPPORTED, 0.0, "it cites a number of no passage", "rules"
    if not sentence.citations:
        return Verdict.UNSUPPORTED, 0.0, "nothing is cited", "rules"
    if not cited:
        return Verdict.UNCHECKED, None, "the cited text is not at hand", ""
    if quoted and any(claim in text.text for text in cited):
        return Verdict.SUPPORTED, 1.0, "the words of the cited text", "quotation"
    said = judge.judge(claim, cited)
    return said.verdict, said.score, said.reason, said.verifier


def _judge_citation(
    citation: Citation,
    claim: str,
    cited: Sequence[EvidenceText],
    *,
    texts: dict[str, EvidenceText],
    judge: Judge,
    quoted: bool,
) -> JudgedCitation:
    own = texts.get(citation.paper_id or "") if citation.status == "ok" else None
    alone = own is not None and judge.supports(claim, [own], quoted=quoted)
    rest = [text for text in cited if text != own]
    return JudgedCitation(
        citation=citation,
        quote_exists=_quote_exists(citation, own),
        over_cited=not alone
        and own is not None
        and bool(rest)
        and judge.supports(claim, rest, quoted=quoted),
    )


def _quote_exists(citation: Citation, text: EvidenceText | None) -> bool | None:
    if text is None or not citation.quote or citation.field not in ("abstract", "title"):
        return None
    whole = text.text if citation.field == "abstract" else text.title
    if citation.start is None or citation.end is None:
        return citation.quote in whole
    return whole[citation.start : citation.end] == citation.quote


def _recorded(sentence: Sentence, texts: dict[str, EvidenceText]) -> JudgedSentence:
    return JudgedSentence(
        sentence=sentence,
        claim=sentence.text,
        kind="record",
        verdict=sentence.verdict,
        score=None,
        reason="filled in from the record, not judged",
        verifier="record",
        citations=tuple(
            JudgedCitation(
                citation=c,
                quote_exists=_quote_exists(c, texts.get(c.paper_id or "")),
                over_cited=False,
            )
            for c in sentence.citations
        ),
        supported_with_previous=sentence.verdict is Verdict.SUPPORTED,
        supported_elsewhere=False,
    )
