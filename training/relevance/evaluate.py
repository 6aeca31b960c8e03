"""Step 5: print the figures: the validation part, and the seed papers' tuning questions and topics.

python -m training.relevance.evaluate --data out/relevance --model models/relevance \
--seeds seeds --cases evals/cases/seeds-tune.jsonl --topics evals/cases/reviews.jsonl

Beside each figure of the model stands the same by the cosine of all-MiniLM-L6-v2. Intervals are
95 % from the bootstrap over papers, questions or topics. Only cases of a tuning half may be named.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from litdesk.embeddings import SentenceEmbeddings
from litdesk.relevance import RelevanceModel, titled
from training.relevance.data import Document, Query, read_documents, read_queries
from training.verifier.measures import area

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Readings", "evaluate"]

_NEAREST = 12
_DRAWS = 500
_ANSWERABLE = ("plain", "paraphrase", "single", "truepremise", "typo", "several")
_WAYS = ("relevance", "cosine")


class Readings:
    """What the model and the cosine say of a query and some texts."""

    def __init__(self, model: RelevanceModel) -> None:
        """Take the model; the vectors are those that litdesk searches with.

        Args:
            model: The relevance model.
        """
        self._model = model
        self._embeddings = SentenceEmbeddings()
        self._vectors: dict[str, np.ndarray] = {}

    def prepare(self, texts: Iterable[str]) -> None:
        """Embed texts at once.

        Args:
            texts: Queries and texts that will be asked for.
        """
        fresh = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        self._vectors |= dict(zip(fresh, self._embeddings.encode(fresh), strict=True))

    def cosines(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """Return the cosine of a query and each of some prepared texts.

        Args:
            query: The query.
            texts: The texts.

        Returns:
            A number a text.
        """
        return np.asarray(np.array([self._vectors[t] for t in texts]) @ self._vectors[query])

    def said(self, query: str, texts: Sequence[str], head: str) -> np.ndarray:
        """Return what the model says.

        Args:
            query: The query.
            texts: The texts.
            head: `answers`, `about` or `denies`.

        Returns:
            A probability a text.
        """
        return np.array([getattr(found, head) for found in self._model.scores(query, texts)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """One question, with the best score of its texts by each way."""

    group: str
    kind: str
    best: dict[str, float]
    hit: dict[str, bool] = field(default_factory=dict)
    """Whether the first text by each way is a right one; empty where none is."""


def _resampled(
    rows: Sequence[_Scored], measure: Callable[[Sequence[_Scored]], float]
) -> tuple[float, float]:
    """The 95 % interval over groups."""
    groups: dict[str, list[_Scored]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    names = sorted(groups)
    chance = np.random.default_rng(0)
    found = []
    for _ in range(_DRAWS):
        drawn = chance.integers(0, len(names), len(names))
        found.append(measure([row for n in drawn for row in groups[names[n]]]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


def _areas(name: str, rows: Sequence[_Scored], yes: Sequence[str], no: Sequence[str]) -> None:
    """Print how well each way tells some kinds from others."""
    some = [row for row in rows if row.kind in {*yes, *no}]
    count = sum(row.kind in yes for row in some)
    cells = []
    for way in some[0].best:

        def measure(drawn: Sequence[_Scored], way: str = way) -> float:
            scores = np.array([row.best[way] for row in drawn])
            return area(scores, np.array([int(row.kind in yes) for row in drawn]))

        low, high = _resampled(some, measure)
        cells.append(f"{measure(some):.3f} [{low:.3f}, {high:.3f}]")
    _say(f"| {name} | {count} / {len(some) - count} | " + " | ".join(cells) + " |")


def _hits(name: str, rows: Sequence[_Scored]) -> None:
    """Print how often the first text is a right one."""
    some = [row for row in rows if row.hit]
    cells = []
    for way in some[0].hit:

        def measure(drawn: Sequence[_Scored], way: str = way) -> float:
            return float(np.mean([row.hit[way] for row in drawn]))

        low, high = _resampled(some, measure)
        cells.append(f"{100 * measure(some):.1f} % [{100 * low:.1f}, {100 * high:.1f}]")
    _say(f"| {name} | {len(some)} | " + " | ".join(cells) + " |")


def _read(
    readings: Readings,
    query: Query,
    texts: Sequence[str],
    head: str,
    right: Sequence[int] = (),
) -> _Scored:
    cosines, said = readings.cosines(query.query, texts), readings.said(query.query, texts, head)
    both = {"relevance": said, "cosine": cosines}
    return _Scored(
        group=query.doc_id,
        kind=query.kind,
        best={way: float(both[way].max()) for way in _WAYS},
        hit={way: int(both[way].argmax()) in right for way in _WAYS} if right else {},
    )


def validation(
    readings: Readings, queries: Sequence[Query], documents: Mapping[str, Document]
) -> None:
    """Print the figures of the questions and topics that were held out.

    Args:
        readings: What is read.
        queries: Those of the validation part.
        documents: The documents by id.
    """
    asked = [query for query in queries if query.about is None]
    shelf = {query.doc_id: documents[query.doc_id] for query in asked}
    lines = {i: [titled(d.title, s) for s in d.sentences] for i, d in shelf.items()}
    readings.prepare([q.query for q in queries])
    readings.prepare(text for some in lines.values() for text in some)
    readings.prepare(titled(d.title, d.text) for d in documents.values() if d.doc_id in shelf)
    own = [_read(readings, q, lines[q.doc_id], "answers", q.answers or ()) for q in asked]
    _say("| validation, AUROC | n | relevance | cosine |\n|---|---|---|---|")
    for name, kinds in (("near miss", ("nearmiss",)), ("false premise", ("falsepremise",))):
        _areas(f"answerable / {name}, best sentence of its abstract", own, _ANSWERABLE, kinds)
    whole = [
        _read(readings, q, [titled(shelf[q.doc_id].title, shelf[q.doc_id].text)], "answers")
        for q in asked
    ]
    for name, kinds in (("near miss", ("nearmiss",)), ("false premise", ("falsepremise",))):
        _areas(f"answerable / {name}, whole abstract", whole, _ANSWERABLE, kinds)
    denied = [_read(readings, q, lines[q.doc_id], "denies") for q in asked]
    _areas("false premise / others, `denies`", denied, ["falsepremise"], [*_ANSWERABLE, "nearmiss"])
    everywhere = [(i, n, text) for i, some in lines.items() for n, text in enumerate(some)]
    found = [row for q in asked for row in _searched(readings, q, everywhere)]
    _areas("answerable / its paper taken away, 12 nearest", found, _ANSWERABLE, ["elsewhere"])
    _areas("answerable / near miss, 12 nearest", found, _ANSWERABLE, ["nearmiss"])
    _topics(readings, [q for q in queries if q.about is not None], documents)
    _say("\n| the first sentence is a right one | n | relevance | cosine |\n|---|---|---|---|")
    _hits("of its abstract", own)
    _hits("of its abstract, paraphrases", [row for row in own if row.kind == "paraphrase"])
    _hits("of the 12 nearest of all", found)


def _searched(
    readings: Readings, query: Query, everywhere: Sequence[tuple[str, int, str]]
) -> Iterable[_Scored]:
    """Read the nearest sentences of all papers, and of all but its own."""
    cosines = readings.cosines(query.query, [text for _, _, text in everywhere])
    order = np.argsort(-cosines)
    near = [everywhere[n] for n in order[:_NEAREST]]
    right = [
        n for n, (i, at, _) in enumerate(near) if i == query.doc_id and at in (query.answers or ())
    ]
    yield _read(readings, query, [text for _, _, text in near], "answers", right)
    if query.kind in _ANSWERABLE:
        others = [everywhere[n] for n in order if everywhere[n][0] != query.doc_id][:_NEAREST]
        scored = _read(readings, query, [text for _, _, text in others], "answers")
        yield _Scored(group=scored.group, kind="elsewhere", best=scored.best)


def _topics(
    readings: Readings, queries: Sequence[Query], documents: Mapping[str, Document]
) -> None:
    """Print how well papers on a topic are told from the others that were read for it."""
    texts = {q.doc_id: titled(documents[q.doc_id].title, documents[q.doc_id].text) for q in queries}
    readings.prepare(texts.values())
    rows = []
    for query in queries:
        read = _read(readings, query, [texts[query.doc_id]], "about")
        kind = "relevant" if query.about else "other"
        rows.append(_Scored(group=query.query, kind=kind, best=read.best))
    _areas("on the topic / not, whole abstract", rows, ["relevant"], ["other"])


def seed_cases(readings: Readings, seeds: Path, cases: Sequence[Path], topics: Path | None) -> None:
    """Print the figures of the tuning questions and topics of the seed papers.

    Args:
        readings: What is read.
        seeds: Folder of the seed papers.
        cases: Files of tuning questions.
        topics: File of topics; those of split `tune` are read.
    """
    papers = _papers_of(seeds)
    places = [(p, n, s) for p, d in papers.items() for n, s in enumerate(d.sentences)]
    texts = [titled(papers[p].title, sentence) for p, _, sentence in places]
    wholes = {p: titled(d.title, d.text) for p, d in papers.items()}
    readings.prepare([*texts, *wholes.values()])
    rows = [json.loads(line) for path in cases for line in path.read_text("utf-8").splitlines()]
    asked = [row for row in rows if not row["history"] and row["tags"][0] != "metadata"]
    readings.prepare(row["user_input"] for row in asked)
    titles = {_plain(d.title): p for p, d in papers.items()}
    best, denied = [], []
    for row in asked:
        right = {titles.get(_plain(title)) for title in row["papers"]}
        query = Query(
            source="seeds", kind=row["tags"][0], query=row["user_input"], doc_id=row["id"]
        )
        near = np.argsort(-readings.cosines(query.query, texts))[:_NEAREST]
        some = [texts[n] for n in near]
        hits = [n for n, place in enumerate(near) if places[place][0] in right]
        best.append(_read(readings, query, some, "answers", hits))
        denied.append(_read(readings, query, some, "denies"))
    _say("\n| seed papers, tuning questions, 12 nearest, AUROC | n | relevance | cosine |")
    _say("|---|---|---|---|")
    for kind in ("offtopic", "nearmiss", "falsepremise"):
        _areas(f"answerable / {kind}", best, _ANSWERABLE, [kind])
    _areas("paraphrase / offtopic", best, ["paraphrase"], ["offtopic"])
    _areas("falsepremise / answerable, `denies`", denied, ["falsepremise"], _ANSWERABLE)
    if topics is not None:
        _seed_topics(readings, topics, papers, wholes)
    _say(
        "\n| the first of the 12 is of a right paper | n | relevance | cosine |\n|---|---|---|---|"
    )
    _hits("all", [row for row in best if row.kind in _ANSWERABLE])
    _hits("paraphrases", [row for row in best if row.kind == "paraphrase"])


def _seed_topics(
    readings: Readings, topics: Path, papers: Mapping[str, Document], wholes: Mapping[str, str]
) -> None:
    found = []
    for row in map(json.loads, topics.read_text("utf-8").splitlines()):
        if row["split"] != "tune":
            continue
        readings.prepare([row["topic"]])
        for paper_id, document in papers.items():
            if paper_id in row["borderline"]:
                continue
            kind = "relevant" if paper_id in row["relevant"] else "other"
            lines = [titled(document.title, s) for s in document.sentences]
            cosines = np.sort(readings.cosines(row["topic"], lines))
            best = {
                "relevance": float(readings.said(row["topic"], [wholes[paper_id]], "about")[0]),
                "cosine": float(cosines[-1]),
                "cosine, mean of the best two": float(cosines[-2:].mean()),
            }
            found.append(_Scored(group=row["topic"], kind=kind, best=best))
    _areas("topics: relevant / other (third: mean of two)", found, ["relevant"], ["other"])


def _papers_of(seeds: Path) -> dict[str, Document]:
    from litdesk.assistant import Assistant
    from litdesk.settings import load_settings
    from training.relevance.sources import document_of

    with (
        tempfile.TemporaryDirectory() as library,
        Assistant.open(load_settings(library=Path(library))) as assistant,
    ):
        assistant.ingest([seeds])
        papers = list(assistant.papers())
    return {p.paper_id: document_of(p.paper_id, p.title, p.abstract) for p in papers}


def _plain(title: str) -> str:
    return re.sub(r"\W", "", title.lower())


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the report)


def evaluate(given: argparse.Namespace) -> None:
    """Print all figures.

    Args:
        given: What was named on the command line.
    """
    readings = Readings(RelevanceModel.load(given.model))
    queries = read_queries(given.data / "queries.jsonl.gz")
    held_out = [query for query in queries if query.part == "validation"]
    validation(readings, held_out, read_documents(given.data / "documents.jsonl.gz"))
    if given.seeds is not None:
        seed_cases(readings, given.seeds, given.cases, given.topics)


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("out/relevance"))
    parser.add_argument("--model", type=Path, default=Path("models/relevance"))
    parser.add_argument("--seeds", type=Path)
    parser.add_argument("--cases", type=Path, nargs="*", default=[])
    parser.add_argument("--topics", type=Path)
    evaluate(parser.parse_args())


if __name__ == "__main__":
    main()
