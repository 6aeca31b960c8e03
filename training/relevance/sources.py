"""Where queries come from: one reader for each source, all giving documents and queries."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from litdesk.sentences import split_sentences, stems
from training.relevance.data import Document, Query
from training.relevance.premises import ask_about, claim_of, opposite

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from training.verifier.data import Pair

__all__ = [
    "Papers", "authored", "batches_of", "claims", "details", "generated", "mistyped", "premises",
    "pubmedqa", "scifact", "scifact_papers", "squad", "topics",
]  # fmt: skip

Papers = dict[str, dict[str, Any]]
"""Records of papers by id: title, abstract, keywords."""

HELD_OUT = 15
"""Per cent of the papers and topics that were asked about by hand and validate."""
_STRANGERS = 6
"""How many papers a question that has to do with none is read beside."""
_MISTYPED = 0.15
"""Share of the training questions that are read once more, mistyped."""
_MOST_SENTENCES = 25
_MOST_WORDS = 130
_SHARE_OF_SUPPORTED = 0.5
_NO_TOPIC = frozenset("general other others application applications methods".split())
_DETAILS = (
    ("GPU hardware accelerator TPU", "Which GPUs were used to train {x}?"),
    ("GPU hours hour day days TPU", "How many GPU hours does training {x} take?"),
    ("learning rate", "What learning rate is used for {x}?"),
    ("batch", "What is the batch size in the experiments with {x}?"),
    ("seed seeds runs", "How many random seeds were the experiments on {x} repeated with?"),
    ("layer layers", "How many layers does the network of {x} have?"),
    ("optimizer Adam SGD AdamW", "Which optimizer was used to train {x}?"),
    ("annotator annotators", "How many annotators labelled the data for {x}?"),
    ("epoch epochs", "For how many epochs is {x} trained?"),
    ("participant participants user users", "How many participants took part in the study of {x}?"),
    ("memory gigabyte", "How much memory does {x} need?"),
    ("licence license", "Under which licence is {x} released?"),
    ("milliseconds seconds latency", "What is the latency of {x} in milliseconds?"),
    ("temperature", "Which sampling temperature was used for {x}?"),
    ("cost dollar dollars", "How much did it cost to build {x}?"),
    ("tokens token", "On how many tokens was {x} trained?"),
)
"""Words of a detail that abstracts seldom state, and a question after it."""


def document_of(doc_id: str, title: str, text: str) -> Document:
    """Return a text cut into sentences as litdesk cuts it.

    Args:
        doc_id: Its id.
        title: Its title.
        text: The abstract or paragraph.

    Returns:
        The document.
    """
    found = [text[s.start : s.end] for s in split_sentences(text)]
    return Document(doc_id=doc_id, title=title, sentences=tuple(found[:_MOST_SENTENCES]))


def part_of(key: str) -> str:
    """Return the part of the data that a paper or topic asked about by hand belongs to.

    Args:
        key: Id of the paper, or the topic.

    Returns:
        `train` or `validation`.
    """
    place = int(hashlib.sha256(f"relevance {key}".encode()).hexdigest()[:8], 16) % 100
    return "validation" if place < HELD_OUT else "train"


def mistyped(text: str, rng: random.Random) -> str:
    """Return a text with two slips of the fingers.

    Args:
        text: A question.
        rng: Where chance comes from.

    Returns:
        The text with a letter left out and two letters exchanged.
    """
    letters = list(text)
    del letters[rng.randrange(len(letters))]
    place = rng.randrange(len(letters) - 1)
    letters[place : place + 2] = letters[place + 1], letters[place]
    return "".join(letters)


def batches_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Return the papers that were read together when questions and topics were written.

    Args:
        rows: Lines of `questions.jsonl`; one of kind `papers` names those of a batch that has
            topics alone, and none is of those that are `unrelated` to papers.

    Returns:
        Ids of papers by batch.
    """
    batches: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["kind"] == "papers":
            batches[row["batch"]].update(row["ids"])
        elif "id" in row:
            batches[row["batch"]].add(row["id"])
    return batches


def authored(
    rows: Iterable[dict[str, Any]], papers: Papers, *, rng: random.Random
) -> Iterator[Document | Query]:
    """Yield the questions and topics that were written by hand.

    Args:
        rows: Lines of `questions.jsonl`.
        papers: The papers they are about.
        rng: Where chance comes from.

    Yields:
        Documents and queries. A topic is known for all papers that were read with it.
    """
    rows = list(rows)
    batches = batches_of(rows)
    seen: set[str] = set()
    for row in rows:
        ids = _read_with(row, batches) & papers.keys()
        for doc_id in sorted(ids - seen):
            yield document_of(doc_id, papers[doc_id]["title"], papers[doc_id]["abstract"])
        seen |= ids
        if row["kind"] == "topic":
            yield from _marked(row, ids)
        elif row["kind"] == "unrelated":
            yield from _unrelated(row, rng.sample(sorted(seen), min(_STRANGERS, len(seen))))
        elif ids:
            yield from _asked(row, rng)


def _read_with(row: Mapping[str, Any], batches: Mapping[str, set[str]]) -> set[str]:
    """Return the papers that a line is known for; those of a line of kind `papers` come later."""
    if row["kind"] == "topic":
        return batches[row["batch"]]
    return {row["id"]} if "id" in row else set()


def _marked(row: Mapping[str, Any], ids: set[str]) -> Iterator[Query]:
    for doc_id in sorted(ids - set(row["touching"])):
        yield Query(
            source="authored", kind="topic", query=row["topic"], doc_id=doc_id,
            part=part_of(row["topic"]), about=doc_id in row["relevant"],
        )  # fmt: skip


def _unrelated(row: Mapping[str, Any], ids: Iterable[str]) -> Iterator[Query]:
    for doc_id in ids:
        yield Query(
            source="authored", kind="unrelated", query=row["question"], doc_id=doc_id,
            part=part_of(row["question"]), answers=(), denies=(),
        )  # fmt: skip


def _asked(row: Mapping[str, Any], rng: random.Random) -> Iterator[Query]:
    supposes = row["kind"] == "truepremise"
    asked = Query(
        source="authored", kind=row["kind"], query=row["question"], doc_id=row["id"],
        part=part_of(row["id"]), answers=None if supposes else tuple(row["answers"]),
        denies=tuple(row["contradicts"]),
    )  # fmt: skip
    yield asked
    if asked.part == "train" and asked.answers and rng.random() < _MISTYPED:
        yield replace(asked, query=mistyped(asked.query, rng))


def generated(rows: Iterable[dict[str, Any]], papers: Papers) -> Iterator[Document | Query]:
    """Yield questions that a language model wrote for one sentence each.

    Args:
        rows: Objects with `id`, `sentence` and `question`.
        papers: The papers they are about.

    Yields:
        Documents and queries.
    """
    seen: set[str] = set()
    for row in rows:
        paper = papers[row["id"]]
        document = document_of(row["id"], paper["title"], paper["abstract"])
        if row["sentence"] >= len(document.sentences):
            continue
        if row["id"] not in seen:
            yield document
        seen.add(row["id"])
        yield Query(
            source="generated", kind="paraphrase", query=row["question"], doc_id=row["id"],
            answers=(row["sentence"],),
        )  # fmt: skip


def squad(data: Mapping[str, Any]) -> Iterator[Document | Query]:
    """Yield the questions of a file of SQuAD 2.0, those without an answer among them.

    Args:
        data: The file's JSON object.

    Yields:
        Documents (paragraphs) and queries.
    """
    for article in data["data"]:
        title = article["title"].replace("_", " ")
        for number, paragraph in enumerate(article["paragraphs"]):
            text, doc_id = paragraph["context"], f"squad/{title}/{number}"
            spans = split_sentences(text)[:_MOST_SENTENCES]
            yield document_of(doc_id, title, text)
            for asked in paragraph["qas"]:
                starts = {answer["answer_start"] for answer in asked["answers"]}
                places = {n for n, s in enumerate(spans) for at in starts if s.start <= at < s.end}
                if places or asked.get("is_impossible"):
                    yield Query(
                        source="squad", kind="plain" if places else "nearmiss",
                        query=asked["question"].strip(), doc_id=doc_id,
                        answers=tuple(sorted(places)),
                    )  # fmt: skip


def scifact_papers(lines: Iterable[str]) -> Papers:
    """Return the abstracts of SciFact's training claims, some of which topics were written over.

    Args:
        lines: Of `claim_abstract_pairs.jsonl`.

    Returns:
        Records by id.
    """
    rows = [row for row in map(json.loads, lines) if row["split"] == "train"]
    return {
        f"scifact/{row['doc_id']}": {
            "title": row["title"],
            "abstract": " ".join(sentence.strip() for sentence in row["sentences"]),
        }
        for row in rows
    }


def scifact(lines: Iterable[str]) -> Iterator[Document | Query]:
    """Yield the training claims of SciFact with the sentences that bear on them.

    Args:
        lines: Of `claim_abstract_pairs.jsonl`.

    Yields:
        Documents and queries.
    """
    for row in map(json.loads, lines):
        if row["split"] != "train":
            continue
        doc_id = f"scifact/{row['doc_id']}"
        yield Document(
            doc_id=doc_id, title=row["title"], sentences=tuple(row["sentences"][:_MOST_SENTENCES])
        )
        found = sorted({n for some in row.get("rationales") or [] for n in some if n < 25})
        against = row["label"] == "CONTRADICT"
        yield Query(
            source="scifact", kind="claim", query=row["claim"], doc_id=doc_id,
            answers=tuple(found), denies=tuple(found) if against else (),
        )  # fmt: skip


def pubmedqa(data: Mapping[str, Mapping[str, Any]]) -> Iterator[Document | Query]:
    """Yield the questions of PubMedQA with their conclusions.

    Args:
        data: The object in `ori_pqal.json`.

    Yields:
        Documents and queries.
    """
    for key, row in data.items():
        answer = " ".join(row["LONG_ANSWER"].split())
        if len(answer.split()) >= 6:
            yield Document(doc_id=f"pubmedqa/{key}", title="", sentences=(answer,))
            yield Query(
                source="pubmedqa", kind="plain", query=row["QUESTION"],
                doc_id=f"pubmedqa/{key}", answers=(0,),
            )  # fmt: skip


def claims(pairs: Iterable[Pair], *, rng: random.Random) -> Iterator[Document | Query]:
    """Yield questions that suppose what people's claims say, beside evidence for or against them.

    Args:
        pairs: The verifier's human-labelled pairs.
        rng: Where chance comes from.

    Yields:
        Documents of one text, and queries of which only `denies` is known.
    """
    for number, pair in enumerate(pairs):
        claim = claim_of(pair.claim)
        against = pair.label == "contradicted"
        if not claim or len(pair.evidence.split()) > _MOST_WORDS:
            continue
        if against or (pair.label == "supported" and rng.random() < _SHARE_OF_SUPPORTED):
            yield Document(doc_id=f"claim/{number}", title="", sentences=(pair.evidence,))
            yield Query(
                source="claim", kind="falsepremise" if against else "truepremise",
                query=ask_about(claim, rng), doc_id=f"claim/{number}",
                denies=(0,) if against else (),
            )  # fmt: skip


def premises(documents: Iterable[Document], *, rng: random.Random, share: float) -> Iterator[Query]:
    """Yield questions that suppose what a sentence says, or the opposite of it.

    Args:
        documents: The texts.
        rng: Where chance comes from.
        share: Share of the documents that are asked about.

    Yields:
        Queries of which only `denies` is known.
    """
    for document in documents:
        if rng.random() > share:
            continue
        place = rng.randrange(len(document.sentences))
        claim = claim_of(document.sentences[place])
        turned = opposite(claim, rng) if claim and rng.random() < 0.65 else None
        if claim:
            yield Query(
                source="premise", kind="falsepremise" if turned else "truepremise",
                query=ask_about(turned or claim, rng), doc_id=document.doc_id,
                denies=(place,) if turned else (),
            )  # fmt: skip


def details(documents: Iterable[Document], *, rng: random.Random, share: float) -> Iterator[Query]:
    """Yield questions after details that a text does not state.

    Args:
        documents: The texts.
        rng: Where chance comes from.
        share: Share of the documents that are asked about.

    Yields:
        Queries that no sentence answers.
    """
    for document in documents:
        name = document.title.split(":")[0]
        if rng.random() > share or not 1 <= len(name.split()) <= 6:
            continue
        words, question = rng.choice(_DETAILS)
        if not set(words.lower().split()) & set(re.findall(r"\w+", document.text.lower())):
            yield Query(
                source="detail", kind="nearmiss", query=question.format(x=name),
                doc_id=document.doc_id, answers=(), denies=(),
            )  # fmt: skip


def keywords_of(paper: Mapping[str, Any]) -> list[str]:
    """Return the topics that a paper's authors name.

    Args:
        paper: A record.

    Returns:
        Phrases of one to five words, without the names of areas before a colon.
    """
    found = []
    for raw in paper.get("keywords") or ():
        phrase = " ".join(raw.rsplit(":", 1)[-1].strip(" .)(").split())
        if (
            4 <= len(phrase) <= 50
            and phrase.count("(") == phrase.count(")")
            and phrase[0].isalpha()
        ):
            low = phrase if sum(c.isupper() for c in phrase) > 2 else phrase.lower()
            if len(low.split()) <= 5 and low not in _NO_TOPIC:
                found.append(low)
    return list(dict.fromkeys(found))


class _Shelf:
    """Papers by the topics that their authors name and by the words of their texts."""

    def __init__(self, papers: Papers, ids: Sequence[str], rng: random.Random) -> None:
        self.rng = rng
        named = {i: keywords_of(papers[i]) for i in ids}
        self.named = {i: some for i, some in named.items() if some}
        self.words = {
            i: _stems(f"{papers[i]['title']} {papers[i]['abstract']}") for i in self.named
        }
        self.having: dict[str, list[str]] = defaultdict(list)
        self._with_word: dict[str, list[str]] = defaultdict(list)
        for i, some in self.named.items():
            for phrase in some:
                self.having[phrase].append(i)
            for word in self.words[i]:
                self._with_word[word].append(i)
        self.everyone = list(self.named)

    def lacks(self, doc_id: str, phrase: str) -> bool:
        """Whether neither the authors nor the text name a topic."""
        return phrase not in self.named[doc_id] and not _stems(phrase) <= self.words[doc_id]

    def near(self, doc_id: str, phrase: str) -> list[str]:
        """Papers that share another topic with a paper."""
        others = [p for p in self.named[doc_id] if p != phrase]
        return [i for other in others for i in self.having[other][:200]]

    def alike(self, phrase: str) -> list[str]:
        """Papers that have the rarest word of a topic."""
        rarest = min(_stems(phrase), key=lambda w: len(self._with_word[w]), default="")
        return self._with_word[rarest][:400]

    def without(self, phrases: Sequence[str], pool: Sequence[str]) -> list[str]:
        """At most one paper of a pool that lacks all of some topics."""
        some = self.rng.sample(list(pool), min(6, len(pool)))
        return [i for i in some if all(self.lacks(i, phrase) for phrase in phrases)][:1]


def topics(papers: Papers, ids: Sequence[str], *, rng: random.Random) -> Iterator[Query]:
    """Yield topics with papers that are about them, and papers that are near and are not.

    Args:
        papers: Records with `keywords`.
        ids: Which of them to use.
        rng: Where chance comes from.

    Yields:
        Queries of which only `about` is known: one topic, two together, and lists of topics, of
        which a paper need have only one.
    """
    shelf = _Shelf(papers, ids, rng)
    for doc_id, some in shelf.named.items():
        for phrase in rng.sample(some, min(2, len(some))):
            yield _topic(phrase, doc_id, True)
            for pool in (shelf.everyone, shelf.near(doc_id, phrase), shelf.alike(phrase)):
                for other in shelf.without([phrase], pool):
                    yield _topic(phrase, other, False)
        if len(some) >= 2 and rng.random() < 0.4:
            yield from _together(shelf, doc_id, *rng.sample(some, 2))
        if rng.random() < 0.4:
            yield from _listed(shelf, doc_id, rng.choice(some))


def _together(shelf: _Shelf, doc_id: str, one: str, other: str) -> Iterator[Query]:
    """Two topics of a paper at once; papers that have one of the two are not about both."""
    joint = f"{one} {shelf.rng.choice(('for', 'in', 'with'))} {other}"
    yield _topic(joint, doc_id, True)
    for mine, lacked in ((one, other), (other, one)):
        half = [i for i in shelf.having[mine] if shelf.lacks(i, lacked)]
        if half:
            yield _topic(joint, shelf.rng.choice(half), False)


def _listed(shelf: _Shelf, doc_id: str, phrase: str) -> Iterator[Query]:
    """A topic of a paper among topics of others."""
    rng = shelf.rng
    others = rng.sample(shelf.everyone, rng.choice((1, 2, 2, 3)))
    phrases = [phrase, *(rng.choice(shelf.named[i]) for i in others)]
    rng.shuffle(phrases)
    *before, last = phrases
    text = f"{', '.join(before)} {rng.choice(('and', 'and', 'or'))} {last}"
    yield _topic(text, doc_id, True)
    for pool in (shelf.everyone, shelf.near(doc_id, phrase), shelf.alike(phrase)):
        for other in shelf.without(phrases, pool):
            yield _topic(text, other, False)


def _topic(phrase: str, doc_id: str, about: bool) -> Query:
    return Query(source="keyword", kind="topic", query=phrase, doc_id=doc_id, about=about)


def _stems(text: str) -> set[str]:
    return set(stems(text))
