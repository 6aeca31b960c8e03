"""The output filter: no abstract leaves the library in bulk, and no foreign source comes in.

What a chat model copies from an abstract is shown as what it is, a quotation with its citation, one
sentence at a time; names of papers that are not in the library are taken out. Models can be made to
repeat what they read: Qi et al., Follow My Instruction and Spill the Beans, 2024, arXiv:2402.17840.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from litdesk.sentences import split_sentences, word_runs
from litdesk.types import Action, CheckedSentence, Citation, Paper, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["COPY_FROM", "CopyFilter", "without_foreign_names", "without_foreign_sources"]

COPY_FROM = 20
"""From so many words in a row on, a text copies an abstract."""

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"")
_BREAK = "\n"
_PERSON = r"[A-Z][\w\u2019'-]+"
_PEOPLE = rf"{_PERSON}(?:,? et al\.?|(?:,? (?:and|&) {_PERSON})+)?"
_DATED = re.compile(
    rf"\s*\((?:see |cf\. |e\.g\.,? )?{_PEOPLE},? [12]\d{{3}}[a-z]?"
    rf"(?:; ?{_PEOPLE},? [12]\d{{3}}[a-z]?)*\)"
)
_NAMED = re.compile(rf"\b{_PEOPLE},? \([12]\d{{3}}[a-z]?\)|\b{_PERSON},? et al\.?,? [12]\d{{3}}\b")
_IDENTIFIER = re.compile(
    r"\(?\b(?:doi:?\s*)?10\.\d{4,9}/[^\s\])]+\)?|\(?\barxiv:?\s*\d{4}\.\d{4,5}(?:v\d+)?\)?", re.I
)
_FILTERED = "20 words or more in a row are the abstract's own, so they are shown as a quotation"
_LEFT_OUT = "a source that is not in the library was left out"


class CopyFilter:
    """Knows the abstracts that a writer has read, and finds their words again."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        """Take the papers.

        Args:
            papers: Papers that the writer was shown, now or earlier in the conversation.
        """
        self._source: dict[tuple[str, ...], Paper] = {}
        for paper in papers:
            for run in word_runs(paper.abstract, COPY_FROM):
                self._source.setdefault(run, paper)

    def copies(self, text: str) -> bool:
        """Return whether a text copies an abstract, quotation marks or not.

        Args:
            text: Any text.

        Returns:
            True if `COPY_FROM` words in a row are those of an abstract.
        """
        return any(run in self._source for run in word_runs(text, COPY_FROM))

    def quote_copies(self, checked: Sequence[CheckedSentence]) -> list[CheckedSentence]:
        """Put quotations in the place of sentences that copy an abstract.

        Copying counts across sentences, and in quotation marks that no citation of the sentence
        stands behind. Sentences from the record are the library's own and stay.

        Args:
            checked: The judged sentences of an answer.

        Returns:
            As many sentences in the same order; one whose quotation stands there already is
            dropped.
        """
        copied = self._copied(checked)
        shown = {c.quote for n, one in enumerate(checked) if n not in copied for c in _quoted(one)}
        filtered: list[CheckedSentence] = []
        for n, sentence in enumerate(checked):
            if n not in copied:
                filtered.append(sentence)
                continue
            quotation = _as_quotation(sentence, copied[n])
            twice = quotation.citations[0].quote in shown
            shown.add(quotation.citations[0].quote)
            filtered.append(replace(quotation, action=Action.DROPPED) if twice else quotation)
        return filtered

    def _copied(self, checked: Sequence[CheckedSentence]) -> dict[int, Paper]:
        """Number of each sentence that has a part in a copy, with the paper that is copied."""
        tokens: list[tuple[str, int]] = []
        for n, sentence in enumerate(checked):
            if sentence.action is Action.DROPPED or sentence.verifier == "record":
                continue
            tokens += ((token, n) for token in _tokens(_unquoted(sentence)))
        found: dict[int, Paper] = {}
        for begin in range(len(tokens) - COPY_FROM + 1):
            window = tokens[begin : begin + COPY_FROM]
            paper = self._source.get(tuple(token for token, _ in window))
            if paper is not None:
                for _, n in window:
                    found.setdefault(n, paper)
        return found


def without_foreign_sources(
    sentence: CheckedSentence, papers: Collection[Paper]
) -> CheckedSentence:
    """Take out the names of sources that are not in the library.

    Args:
        sentence: A judged sentence; quotations and sentences from the record stay as they are.
        papers: The papers of the library.

    Returns:
        The sentence as by `without_foreign_names`, and its reason says so.
    """
    if sentence.verifier in ("record", "quotation"):
        return sentence
    text = without_foreign_names(sentence.text, papers)
    if text == sentence.text:
        return sentence
    return replace(sentence, text=text, reason=f"{sentence.reason}; {_LEFT_OUT}".lstrip("; "))


def without_foreign_names(text: str, papers: Collection[Paper]) -> str:
    """Take the names of sources that are not in the library out of a text.

    Args:
        text: Any text.
        papers: The papers of the library.

    Returns:
        The text; `(Smith et al., 2021)`, DOIs and arXiv numbers of others are gone, and
        `Smith et al. (2021)` is another paper.
    """

    def kept_or(otherwise: str, found: re.Match[str]) -> str:
        return found.group() if _is_own(found.group(), papers) else otherwise

    text = _DATED.sub(lambda found: kept_or("", found), text)
    text = _NAMED.sub(lambda found: kept_or("another paper", found), text)
    text = _IDENTIFIER.sub(lambda found: kept_or("", found), text)
    return re.sub(r" (?=[.,;:!?])", "", re.sub(r" {2,}", " ", text)).strip()


def _is_own(named: str, papers: Collection[Paper]) -> bool:
    years = re.findall(r"\b[12]\d{3}(?=[a-z]?\b)", named)
    return any(
        (paper.doi and paper.doi.lower() in named.lower())
        or (paper.arxiv_id and paper.arxiv_id in named)
        or (
            years == [str(paper.year)]
            and any(re.search(rf"\b{re.escape(a.family)}\b", named) for a in paper.authors)
        )
        for paper in papers
    )


def _quoted(sentence: CheckedSentence) -> tuple[Citation, ...]:
    return tuple(c for c in sentence.citations if f"“{c.quote}”" in sentence.text)


def _unquoted(sentence: CheckedSentence) -> str:
    """The text with a break in place of each quotation that its citations stand behind."""
    quotes = [" ".join(_tokens(citation.quote)) for citation in sentence.citations]

    def without(found: re.Match[str]) -> str:
        inner = found.group(1) or found.group(2) or ""
        own = " ".join(_tokens(inner))
        return _BREAK if any(own in quote for quote in quotes) else inner

    return _QUOTED.sub(without, sentence.text)


def _tokens(text: str) -> list[str]:
    return [
        token
        for n, line in enumerate(text.lower().split(_BREAK))
        for token in ([_BREAK] if n else []) + _WORD.findall(line)
    ]


def _as_quotation(sentence: CheckedSentence, paper: Paper) -> CheckedSentence:
    said = _tokens(_unquoted(sentence))

    def shared(quote: str) -> int:
        return SequenceMatcher(None, said, _tokens(quote), autojunk=False).find_longest_match().size

    spans = split_sentences(paper.abstract)
    span = max(spans, key=lambda s: (shared(paper.abstract[s.start : s.end]), -s.start))
    cited = next((c for c in sentence.citations if c.paper_id == paper.paper_id), None)
    citation = Citation.of_abstract(
        paper,
        span,
        marker=cited.marker if cited else 1,
        origin="writer" if cited else "code",
    )
    return CheckedSentence(
        text=f"“{citation.quote}”",
        verdict=Verdict.SUPPORTED,
        score=1.0,
        reason=_FILTERED,
        verifier="quotation",
        citations=(citation,),
        action=Action.REPLACED,
    )
