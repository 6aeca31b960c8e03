"""Finding the papers, and in them the sentences, that may answer a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from litdesk.sentences import split_sentences, stems
from litdesk.types import Chunk, Evidence, Paper, PaperScore, Passage, Span

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun

__all__ = ["PaperRetriever", "Searchable"]

_SIMILARITY_WEIGHT = 0.6
_FOCUS_BONUS = 0.15
_AMOUNT_BONUS = 0.1
_CUE_BONUS = 0.05
_ASKED_WEIGHT = 0.4
# Cue phrases and place tell what an abstract adds from what it starts with (Edmundson, “New Methods
# in Automatic Extracting”, Journal of the ACM 1969). Weights from the tuning half of the questions.
_TELLS_NEWS = re.compile(
    r"\b(?:we|our|results?|findings?|experiments?|analysis|study|evaluation|this (?:paper|work))\b"
    r".{0,40}\b(?:show|find|found|prove|demonstrat|observ|reveal|establish|achiev|outperform|improv"
    r"|indicat|suggest|reduc|yield|obtain|uncover|deriv|highlight|confirm|propos|introduc|present"
    r"|develop|design|devis)\w*",
    re.IGNORECASE,
)
_ASKS_AMOUNT = re.compile(
    r"\b(?:how (?:many|much|far|long|often|large|big|small|fast|well|few)|by how|percent\w*"
    r"|what (?:share|fraction|proportion|number|rate|factor|speed-?up)|number of)\b",
    re.IGNORECASE,
)


@runtime_checkable
class Searchable(Protocol):
    """What the retriever asks of an index."""

    def search(
        self, question: str, vector: Sequence[float], *, dense_weight: float
    ) -> list[PaperScore]:
        """Score the papers that may answer, best first."""

    def similarities(self, vector: Sequence[float], chunk_ids: Sequence[str]) -> dict[str, float]:
        """Return chunk id to cosine, in [0, 1]."""

    def rarity(self, question_stems: Sequence[str]) -> dict[str, float]:
        """Return stem to inverse document frequency."""


class PaperRetriever(BaseRetriever):
    """A LangChain retriever whose documents are papers.

    `page_content` is the abstract; `metadata` has `paper_id`, `title`, and `score` and `similarity`
    as in `Passage`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Searchable
    embeddings: Embeddings
    papers: Mapping[str, Paper]
    chunks_of: Callable[[Sequence[str]], Sequence[Chunk]]
    """Gives the chunks of papers by their ids."""
    k: int = Field(8, ge=1)
    dense_weight: float = Field(0.6, ge=0, le=1)

    def find_passages(
        self,
        question: str,
        *,
        asked: str = "",
        focus: Collection[str] = (),
        only_focus: bool = False,
        without: Collection[str] = (),
    ) -> list[Passage]:
        """Return the papers that may answer a question, with their sentences.

        Args:
            question: One question that stands alone.
            asked: The part of it that is new in a conversation; sentences are chosen by it first.
            focus: Ids of papers that the conversation is about; they are preferred.
            only_focus: Give these papers and no others, however little they fit.
            without: Ids of papers to leave out.

        Returns:
            At most `k` passages, best first; the sentences of each, best first.
        """
        vector = self.embeddings.embed_query(question)
        ranked = self.index.search(question, vector, dense_weight=self.dense_weight)
        if only_focus:
            scores = {score.paper_id: score for score in ranked}
            ranked = [scores.get(i) or _unfound(i) for i in focus]
        elif focus:
            ranked.sort(key=lambda s: (-s.fused - _FOCUS_BONUS * (s.paper_id in focus), s.paper_id))
        best = [score for score in ranked if score.paper_id not in without][: self.k]
        chunks = self.chunks_of([score.paper_id for score in best])
        if asked and asked != question:
            new = np.asarray(self.embeddings.embed_query(asked))
            blend = _ASKED_WEIGHT * new + (1 - _ASKED_WEIGHT) * np.asarray(vector)
            vector = (blend / np.linalg.norm(blend)).tolist()
        similarities = self.index.similarities(vector, [chunk.chunk_id for chunk in chunks])
        rarity = self.index.rarity(stems(asked) or stems(question))
        wants_amount = _ASKS_AMOUNT.search(asked or question) is not None
        by_paper: dict[str, list[tuple[Chunk, float]]] = {}
        for chunk in chunks:
            found = (chunk, similarities.get(chunk.chunk_id, 0.0))
            by_paper.setdefault(chunk.paper_id, []).append(found)
        return [
            replace(
                _passage(
                    self.papers[score.paper_id],
                    score,
                    by_paper.get(score.paper_id, []),
                    rarity,
                    wants_amount=wants_amount,
                ),
                rank=rank,
            )
            for rank, score in enumerate(best, start=1)
        ]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        vector = self.embeddings.embed_query(query)
        ranked = self.index.search(query, vector, dense_weight=self.dense_weight)
        return [
            Document(
                page_content=self.papers[score.paper_id].abstract,
                id=score.paper_id,
                metadata={
                    "paper_id": score.paper_id,
                    "title": self.papers[score.paper_id].title,
                    "score": score.fused,
                    "similarity": score.dense,
                },
            )
            for score in ranked[: self.k]
        ]


def _unfound(paper_id: str) -> PaperScore:
    return PaperScore(paper_id=paper_id, fused=0.0, dense=0.0, words=0.0)


def _passage(
    paper: Paper,
    score: PaperScore,
    chunks: Sequence[tuple[Chunk, float]],
    rarity: Mapping[str, float],
    *,
    wants_amount: bool,
) -> Passage:
    spans = split_sentences(paper.abstract)
    evidence = [_evidence(paper, span, chunks, rarity, wants_amount=wants_amount) for span in spans]
    text = " ".join((paper.title, *paper.aliases, paper.abstract))
    return Passage(
        paper=paper,
        score=score.fused,
        similarity=max((score.dense, *(similarity for _, similarity in chunks))),
        coverage=_coverage(text, rarity),
        evidence=tuple(sorted(evidence, key=lambda e: (-e.score, e.span.start))),
    )


def _evidence(
    paper: Paper,
    span: Span,
    chunks: Sequence[tuple[Chunk, float]],
    rarity: Mapping[str, float],
    *,
    wants_amount: bool,
) -> Evidence:
    text = paper.abstract[span.start : span.end]
    similarity = max(
        (value for chunk, value in chunks if chunk.start <= span.start and span.end <= chunk.end),
        default=0.0,
    )
    coverage = _coverage(text, rarity)
    fit = _SIMILARITY_WEIGHT * similarity + (1 - _SIMILARITY_WEIGHT) * coverage
    fit += _AMOUNT_BONUS * (wants_amount and any(c.isdigit() for c in text))
    fit += _CUE_BONUS * (bool(_TELLS_NEWS.search(text)) - (span.start == 0))
    return Evidence(
        span=span,
        text=text,
        similarity=similarity,
        coverage=coverage,
        score=max(0.0, min(1.0, fit)),
    )


def _coverage(text: str, rarity: Mapping[str, float]) -> float:
    total = sum(rarity.values())
    if not total:
        return 0.0
    present = set(stems(text))
    return sum(weight for word, weight in rarity.items() if word in present) / total
