"""Pairs to learn from: each query beside sentences and the whole of its document, and of others."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from litdesk.relevance import titled
from training.verifier.data import Pair

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from training.relevance.data import Document, Query

__all__ = ["WHOLE", "Example", "beside_topics", "examples_of", "mined", "pair_of"]

WHOLE = -1
"""The place of the whole document, where another place is that of a sentence."""
LACKING = -2
"""The place of the whole document but for the sentences that answer the query."""
_UNKNOWN = math.nan
_SHOWN = {"generated": 3, "detail": 3, "premise": 3}
"""How many sentences of a document are read with a query of the source; all of other sources."""
_LACKING = {"generated": 0.4, "authored": 2.0}
"""How often a document is shown without what answers the query; once for other sources."""
_ONE_SENTENCE = 0.3
_GAP = 0.03
_RANKS = 40
_OTHERS = {"authored": 6}
"""How many sentences of other documents are read with a query of the source; two of others."""
_UNLABELLED = {"authored": 14}
"""How many more only the teacher labels; one of other sources."""
_WHOLE_OTHER = 0.2
"""How often the whole of another document is read as well."""
_TOPIC_NEAR = 16
_TOPIC_FAR = 8
"""How many documents, near to a topic written by hand and far, only the teacher labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A query beside a text, and what is known of the two."""

    query: Query
    doc_id: str
    place: int
    targets: tuple[float, float, float]
    """For each of `HEADS`; NaN where it is not known."""
    share: float = 1.0
    """How often it is shown in an epoch to who learns from labels."""


def pair_of(example: Example, documents: Mapping[str, Document]) -> Pair:
    """Return the two texts that are read.

    Args:
        example: The example.
        documents: The documents by id.

    Returns:
        The query as claim, the text as evidence.
    """
    document = documents[example.doc_id]
    if example.place == LACKING:
        told = set(example.query.answers or ())
        text = " ".join(s for n, s in enumerate(document.sentences) if n not in told)
    else:
        text = document.text if example.place == WHOLE else document.sentences[example.place]
    return Pair(
        source=example.query.source,
        claim=example.query.query,
        evidence=titled(document.title, text),
        label="unknown",
    )


def examples_of(
    queries: Sequence[Query], documents: Mapping[str, Document], rng: random.Random
) -> Iterator[Example]:
    """Yield each query beside its own document.

    Args:
        queries: Queries of any source.
        documents: The documents by id.
        rng: Where chance comes from.

    Yields:
        Examples of the document's sentences and of the whole.
    """
    for query in queries:
        document = documents[query.doc_id]
        if query.about is not None:
            yield from _of_topic(query, document, rng)
            continue
        count = len(document.sentences)
        told = {*(query.answers or ()), *(query.denies or ())}
        others = [n for n in range(count) if n not in told]
        shown = _SHOWN.get(query.source, count) if query.part == "train" else count
        places = sorted({*told, *rng.sample(others, min(max(shown - len(told), 0), len(others)))})
        for place in (*places, WHOLE) if count > 1 else places:
            yield _of_question(query, document.doc_id, place)
        if query.part == "train" and query.answers and count > len(query.answers) + 1:
            yield Example(
                query=query,
                doc_id=query.doc_id,
                place=LACKING,
                targets=(0.0, _UNKNOWN, 0.0),
                share=_LACKING.get(query.source, 1.0),
            )


def _of_question(query: Query, doc_id: str, place: int) -> Example:
    def told(places: tuple[int, ...] | None) -> float:
        if places is None:
            return _UNKNOWN
        return float(bool(places) if place == WHOLE else place in places)

    share = 1.0
    if query.source == "authored":
        telling = place == WHOLE or place in {*(query.answers or ()), *(query.denies or ())}
        share = 2.5 if telling else 1.3
    elif query.source in {"generated", "premise"}:
        share = 0.5
    return Example(
        query=query, doc_id=doc_id, place=place, share=share,
        targets=(told(query.answers), _UNKNOWN, told(_denies_of(query))),
    )  # fmt: skip


def _denies_of(query: Query) -> tuple[int, ...] | None:
    """A question that was written for a sentence supposes nothing that is denied."""
    if (
        query.denies is None
        and query.answers
        and query.source in {"generated", "squad", "pubmedqa"}
    ):
        return ()
    return query.denies


def _of_topic(query: Query, document: Document, rng: random.Random) -> Iterator[Example]:
    share = 1.0
    if query.source == "authored":
        share = 3.0 if query.about else 0.5
    targets = (_UNKNOWN, float(bool(query.about)), _UNKNOWN)
    one = Example(
        query=query, doc_id=document.doc_id, place=WHOLE, targets=targets, share=share
    )  # fmt: skip
    yield one
    if rng.random() < _ONE_SENTENCE:
        yield replace(one, place=rng.randrange(len(document.sentences)), share=share / 2)


def mined(
    queries: Sequence[Query],
    vectors: np.ndarray,
    places: Sequence[tuple[str, int]],
    found: np.ndarray,
    near: np.ndarray,
    rng: random.Random,
) -> Iterator[Example]:
    """Yield questions beside sentences of other documents that are like them.

    Args:
        queries: Questions that sentences of their document answer or none does.
        vectors: Their cosines with the nearest sentence that answers them; NaN where none does.
        places: Document and place of each sentence that was searched.
        found: For each query the nearest sentences, best first, as numbers into `places`.
        near: Their cosines.
        rng: Where chance comes from.

    Yields:
        Examples; a sentence that is nearly as like as the one that answers is of unknown label.
    """
    for n, query in enumerate(queries):
        other = [k for k in range(found.shape[1]) if places[found[n, k]][0] != query.doc_id]
        wanted = _OTHERS.get(query.source, 2)
        more = _UNLABELLED.get(query.source, 1)
        near_by = other[:_RANKS]
        for rank, k in enumerate(rng.sample(near_by, min(wanted + more, len(near_by)))):
            doc_id, place = places[found[n, k]]
            safe = not query.answers or near[n, k] < vectors[n] - _GAP
            target = 0.0 if safe and rank < wanted else _UNKNOWN
            one = Example(
                query=query,
                doc_id=doc_id,
                place=place,
                targets=(target, _UNKNOWN, target),
            )
            yield one
            if rng.random() < _WHOLE_OTHER:
                yield replace(one, place=WHOLE)


def beside_topics(
    topics: Mapping[str, Query], likeness: np.ndarray, ids: Sequence[str], rng: random.Random
) -> Iterator[Example]:
    """Yield topics beside documents that nobody has judged.

    Args:
        topics: A query for each topic.
        likeness: Cosines of each topic with each document.
        ids: The documents' ids.
        rng: Where chance comes from.

    Yields:
        Examples of unknown label: the documents nearest to each topic, and some of the others.
    """
    for query, row in zip(topics.values(), likeness, strict=True):
        order = (-row).argsort()[: 5 * _TOPIC_NEAR]
        near = rng.sample(list(order), min(_TOPIC_NEAR, len(order)))
        for n in (*near, *rng.sample(range(len(ids)), min(_TOPIC_FAR, len(ids)))):
            yield Example(query=query, doc_id=ids[n], place=WHOLE, targets=(_UNKNOWN,) * 3)
