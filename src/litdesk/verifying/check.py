"""Judging each sentence of a cited text by what it cites, with the verifier of the answers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from litdesk.answer.bind import bind_citations
from litdesk.types import Citation, DraftSentence, Paper, Passage, Verdict
from litdesk.verify.draft import check_sentence
from litdesk.verify.judge import EvidenceText
from litdesk.verify.reading import read
from litdesk.verifying.references import Cited, References
from litdesk.verifying.results import CheckedText, CitedReference, Elsewhere, TextSentence
from litdesk.verifying.statements import Quotation, Statement, read_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from litdesk.types import Record
    from litdesk.verify.judge import Verifier
    from litdesk.verifying.cited_text import CitedSentence, CitedText

__all__ = ["Desk", "check_text"]

_AUTHORS = "the authors"
_YEARS_TO_PRINT = 2
"""By so many years may a preprint be older than the paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a text is checked with."""

    papers: Mapping[str, Paper]
    """The library by id."""
    verifier: Verifier
    find: Callable[[str], Sequence[Paper]]
    """Papers of the library that may say a sentence, the likeliest first."""
    uncited: bool = False
    """Search the whole library for support of sentences that cite nothing."""


def check_text(
    text: CitedText,
    desk: Desk,
    *,
    records: Sequence[Record] = (),
    progress: Callable[[int, int], None] | None = None,
) -> CheckedText:
    """Judge a text sentence by sentence.

    Args:
        text: The text.
        desk: Library, verifier and search.
        records: Entries of a .bib file, for keys that the library does not know.
        progress: Told how many sentences are judged, and of how many.

    Returns:
        The verdicts, and what the citations mean.
    """
    check = _Check(
        desk=desk,
        references=References(desk.papers, entries=text.entries, records=records),
    )
    checked: list[TextSentence] = []
    for sentence in text.sentences:
        checked.append(check.sentence(sentence))
        if progress:
            progress(len(checked), len(text.sentences))
    counted = Counter(sentence.verdict for sentence in checked)
    return CheckedText(
        file=text.name,
        unit="paragraph" if text.unit == "paragraph" else "line",
        judge=desk.verifier.name,
        counts={verdict.value: counted[verdict] for verdict in Verdict},
        sentences=tuple(checked),
        references=tuple(check.met.values()),
    )


@dataclass(slots=True, kw_only=True)
class _Check:
    """A check in progress: which references were met, in their order."""

    desk: Desk
    references: References
    met: dict[tuple[str, str], CitedReference] = field(default_factory=dict)

    def sentence(self, sentence: CitedSentence) -> TextSentence:
        cited = [self.references.find(label, line=sentence.line) for label in sentence.cited]
        markers = [self._marker(one, sentence.line) for one in cited]
        if not cited:
            return self._uncited(sentence)
        known = {m: c.paper for m, c in zip(markers, cited, strict=True) if c.paper}
        unknown = {m: c for m, c in zip(markers, cited, strict=True) if not c.paper}
        judged = self._judged(sentence, known) if known else _unjudged(sentence, cited)
        judged = _with_unknown(judged, unknown)
        if judged.verdict.failed and known:
            own = {paper.paper_id for paper in known.values()}
            shown = " and ".join(f"{c.cited_as}" for c in cited if c.paper)
            judged = self._told_elsewhere(judged, sentence, own, shown)
        return judged

    def _marker(self, one: Cited, line: int) -> int:
        key = one.cited_as, one.entry
        if key not in self.met:
            self.met[key] = CitedReference(
                marker=len(self.met) + 1,
                cited_as=one.cited_as,
                line=one.line or line,
                status=one.status,
                paper_id=one.paper.paper_id if one.paper else None,
                title=one.paper.title if one.paper else "",
                entry=one.entry,
            )
        return self.met[key].marker

    def _uncited(self, sentence: CitedSentence) -> TextSentence:
        found = self._elsewhere(sentence.claim, without=set()) if self.desk.uncited else None
        reason = "it cites nothing"
        if found:
            reason += f"; {found.paper_id} supports it"
        elif self.desk.uncited:
            reason += ", and no paper of the library was found to support it"
        return TextSentence(
            text=sentence.text,
            line=sentence.line,
            verdict=Verdict.UNCHECKED,
            reason=reason,
            elsewhere=found,
        )

    def _judged(self, sentence: CitedSentence, known: Mapping[int, Paper]) -> TextSentence:
        papers = list({paper.paper_id: paper for paper in known.values()}.values())
        statement = read_statement(sentence.claim, papers)
        if foreign := statement.against_record:
            names = " and ".join(paper.paper_id for paper in papers)
            return _result(
                sentence,
                Verdict.UNSUPPORTED,
                reason=f"“{foreign}” is not in the record of {names}",
                score=0.0,
                verifier="record",
                citations=tuple(_of_record(m, paper) for m, paper in known.items()),
            )
        if why := _uncheckable(sentence, statement, papers):
            return _result(
                sentence,
                Verdict.UNCHECKED,
                reason=why,
                citations=tuple(_of_record(m, paper) for m, paper in known.items()),
            )
        if statement.is_quotation:
            quoted = {q.paper_id: q for q in reversed(statement.quotations)}
            return _result(
                sentence,
                Verdict.SUPPORTED,
                reason="the words of the abstract",
                score=1.0,
                verifier="quotation",
                citations=tuple(_quoting(m, p, quoted.get(p.paper_id)) for m, p in known.items()),
            )
        draft = _draft(sentence, statement, known)
        checked = check_sentence(
            draft, papers={p.paper_id: p for p in papers}, verifier=self.desk.verifier
        )
        verdict, reason = checked.verdict, checked.reason
        if statement.missing:
            reason = f"“{statement.missing[0]}” is not word for word in the cited text; {reason}"
            verdict = Verdict.UNCERTAIN if verdict is Verdict.SUPPORTED else verdict
        return _result(
            sentence,
            verdict,
            reason=reason,
            score=checked.score,
            verifier=checked.verifier,
            citations=checked.citations,
        )

    def _told_elsewhere(
        self, judged: TextSentence, sentence: CitedSentence, own: set[str], cited_as: str
    ) -> TextSentence:
        found = self._elsewhere(sentence.claim, without=own)
        if found is None:
            return judged
        reason = f"supported by {found.paper_id}, not by {cited_as}: {judged.reason}"
        return judged.model_copy(update={"elsewhere": found, "reason": reason})

    def _elsewhere(self, claim: str, *, without: set[str]) -> Elsewhere | None:
        """The paper of the library that supports a claim best."""
        best: Elsewhere | None = None
        for paper in self.desk.find(claim):
            if paper.paper_id in without or not paper.abstract:
                continue
            text = EvidenceText(paper_id=paper.paper_id, title=paper.title, text=paper.abstract)
            said = self.desk.verifier.judge(_neutral(claim, [paper]), [text])
            if said.verdict is not Verdict.SUPPORTED or (best and said.score <= best.score):
                continue
            start, end = (said.span.start, said.span.end) if said.span else (0, 0)
            best = Elsewhere(
                paper_id=paper.paper_id,
                title=paper.title,
                version=paper.version,
                quote=paper.abstract[start:end],
                start=start,
                end=end,
                score=said.score,
            )
        return best


def _uncheckable(sentence: CitedSentence, statement: Statement, papers: Sequence[Paper]) -> str:
    """Why no verifier could judge a sentence; empty where one can."""
    if statement.is_recorded or statement.is_quotation:
        return ""
    if not any(paper.abstract for paper in papers):
        return f"the library has no abstract of {' and '.join(p.paper_id for p in papers)}"
    return "" if read(sentence.claim).content else "it says nothing that could be checked"


def _draft(
    sentence: CitedSentence, statement: Statement, known: Mapping[int, Paper]
) -> DraftSentence:
    """The sentence as the verifier of answers knows it: a fact of the record, or a claim."""
    if statement.is_recorded:
        citations = tuple(_of_record(marker, paper) for marker, paper in known.items())
        return DraftSentence(text=sentence.claim, citations=citations, from_record=True)
    passages = [Passage(paper=paper, score=1.0, similarity=1.0) for paper in known.values()]
    claim = _neutral(sentence.claim, list(known.values()))
    bound = bind_citations(
        DraftSentence(text=claim, markers=tuple(range(1, len(passages) + 1))), passages
    )
    numbered = zip(known, bound.citations, strict=True)
    return DraftSentence(
        text=claim,
        citations=tuple(c.model_copy(update={"marker": marker}) for marker, c in numbered),
    )


def _neutral(claim: str, papers: Sequence[Paper]) -> str:
    """The claim with the names of the cited authors, which no abstract has, taken back."""
    names = {a.family for p in papers for a in p.authors} | {
        a.name for p in papers for a in p.authors
    }
    if not names:
        return claim
    one = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    byline = (
        rf"\b(?:{one})\b(?:(?:,|,?\s+(?:and|&))\s+(?:{one})\b)*"
        r"(?P<more>,?\s+et\s+al\.?|\s+and\s+(?:colleagues|co-?workers|others)\b)?"
        r"(?P<year>\s*\((?P<round>\d{4})[a-z]?\)|,?\s+(?P<plain>(?:19|20)\d\d)[a-z]?\b)?"
    )
    years = [p.year for p in papers if p.year]
    known = " ".join(f"{p.title} {p.abstract}" for p in papers)

    def replaced(found: re.Match[str]) -> str:
        year = int(found["round"] or found["plain"] or 0)
        if not found["more"] and not year and found.group().split()[0] in known:
            return found.group()
        foreign = year and years and all(abs(year - own) > _YEARS_TO_PRINT for own in years)
        return _AUTHORS + (found["year"] if foreign else "")

    return re.sub(byline, replaced, claim)


def _quoting(marker: int, paper: Paper, quotation: Quotation | None) -> Citation:
    if quotation is None:
        return _of_record(marker, paper)
    return Citation.of_abstract(paper, quotation.span, marker=marker)


def _of_record(marker: int, paper: Paper) -> Citation:
    """A citation of the record as a whole, which has no offsets."""
    return Citation(
        marker=marker,
        paper_id=paper.paper_id,
        field="record",
        version=paper.version,
        quote=paper.formatted,
    )


def _result(
    sentence: CitedSentence,
    verdict: Verdict,
    *,
    reason: str,
    score: float | None = None,
    verifier: str | None = None,
    citations: tuple[Citation, ...] = (),
) -> TextSentence:
    return TextSentence(
        text=sentence.text,
        line=sentence.line,
        verdict=verdict,
        score=score,
        reason=reason,
        verifier=verifier,
        citations=citations,
    )


def _unjudged(sentence: CitedSentence, cited: Sequence[Cited]) -> TextSentence:
    """A sentence with no paper of the library behind it; a number of no entry counts against it."""
    missing = any(one.status == "no entry" for one in cited)
    return _result(
        sentence, Verdict.UNSUPPORTED if missing else Verdict.UNCHECKED, reason="", score=None
    )


def _with_unknown(judged: TextSentence, unknown: Mapping[int, Cited]) -> TextSentence:
    """Say which citations mean nothing that the library has, and be less sure for it."""
    if not unknown:
        return judged
    told = " and ".join(_told(one) for one in unknown.values())
    listed = any(one.status == "not in the library" for one in unknown.values())
    unsure = (judged.verdict is Verdict.SUPPORTED and not listed) or (
        judged.verdict.failed and listed and judged.verifier is not None
    )
    marks = tuple(Citation(marker=marker, status="unknown") for marker in unknown)
    return judged.model_copy(
        update={
            "verdict": Verdict.UNCERTAIN if unsure else judged.verdict,
            "reason": f"{told}; {judged.reason}" if judged.reason else told,
            "citations": (*judged.citations, *marks),
        }
    )


def _told(one: Cited) -> str:
    if one.status == "no entry":
        return f"{one.cited_as} is not in the list of references"
    return f"{one.cited_as} is not in the library"
