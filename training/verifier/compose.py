"""Training pairs that read as people write: claims laid beside other evidence, cut, or merged.

Edits of sentences teach a judge to compare wordings; these pairs teach it to ask what the evidence
says at all. Where nobody can tell the label, it is `unknown`: such pairs are for the teachers.
"""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

from litdesk.sentences import split_sentences
from litdesk.verify.reading import coverage, read, read_sentences
from litdesk.verify.windows import pack
from training.verifier.data import Pair
from training.verifier.perturb import Pools, fabricate, negate, reword, turn_direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from training.verifier.data import Document

__all__ = [
    "conclusions",
    "evidence_removed",
    "mis_cited",
    "negated_refutations",
    "rationale_views",
    "titles",
]

NO_POOLS = Pools(names=["Alpha"], terms=["structure"])


def mis_cited(pairs: Sequence[Pair], *, seed: int, share: float = 1.0) -> Iterator[Pair]:
    """Yield claims that people wrote, each beside the nearest evidence that it does not cite.

    Args:
        pairs: Human-labelled pairs.
        seed: Seed of all chance.
        share: Share of the claims to take.

    Yields:
        Unsupported claims; `unknown` where the other evidence has nearly all their words.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    for source in sorted({p.source for p in pairs}):
        ours = [p for p in pairs if p.source == source]
        texts = list(dict.fromkeys(p.evidence for p in ours))
        chosen = [p for p in ours if rng.random() < share]
        if len(texts) < 3 or not chosen:
            continue
        vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        evidence = vectors.fit_transform(texts)
        place = {text: n for n, text in enumerate(texts)}
        for start in range(0, len(chosen), 500):
            part = chosen[start : start + 500]
            own = [place[p.evidence] for p in part]
            near = (vectors.transform([p.claim for p in part]) @ evidence.T).toarray()
            near[(evidence[own] @ evidence.T).toarray() > 0.5] = -1
            for pair, row in zip(part, near, strict=True):
                if row.max() < 0:  # every other evidence is too much like its own
                    continue
                other = texts[int(row.argmax())]
                covered = coverage(read(pair.claim), read(other).content)
                label = "unsupported" if covered < 0.85 else "unknown"
                yield Pair(source=source + "+cited", claim=pair.claim, evidence=other, label=label)


def evidence_removed(pairs: Iterable[Pair], *, seed: int) -> Iterator[Pair]:
    """Yield supported claims without the sentence of the evidence that bears most of them.

    Args:
        pairs: Human-labelled pairs.
        seed: Seed of all chance.

    Yields:
        Unsupported claims; `unknown` where what is left still has most of their words.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    for pair in pairs:
        sentences = [reading for _, reading in read_sentences(pair.evidence)]
        if pair.label not in {"supported", "contradicted"} or len(sentences) < 3:
            continue
        claim = read(pair.claim)
        best = max(sentences, key=lambda r: (coverage(claim, r.content), -len(r.words)))
        rest = " ".join(r.text for r in sentences if r is not best)
        left = coverage(claim, read(rest).content)
        gone = left < 0.75 * coverage(claim, read(pair.evidence).content)
        if gone or rng.random() < 0.5:
            label = "unsupported" if gone else "unknown"
            yield Pair(
                source=pair.source + "+removed", claim=pair.claim, evidence=rest, label=label
            )


def negated_refutations(pairs: Iterable[Pair], *, seed: int) -> Iterator[Pair]:
    """Yield refuted claims negated, which the evidence then supports, or turned round.

    Without them a negation in a claim would tell its label in most of the pairs.

    Args:
        pairs: Human-labelled pairs.
        seed: Seed of all chance.

    Yields:
        Supported claims for negations of the main verb; `unknown` for other turns.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    for pair in pairs:
        if pair.label != "contradicted":
            continue
        for find in (negate, turn_direction):
            edit = find(pair.claim, rng, NO_POOLS)
            claim = edit.apply(pair.claim) if edit else None
            if edit is None or claim is None:
                continue
            simple = "," not in claim and len(claim.split()) <= 16
            sure = edit.kind == "negation" and simple
            yield Pair(
                source=pair.source + "+turned",
                claim=claim,
                evidence=pair.evidence,
                label="supported" if sure else "unknown",
            )


def rationale_views(folder: Path, *, left_out: set[str], seed: int) -> Iterator[Pair]:
    """Yield SciFact's training claims with and without the sentences that decide.

    Args:
        folder: The folder that holds `claim_abstract_pairs.jsonl`.
        left_out: Claims and documents that validation or test know.
        seed: Seed of all chance.

    Yields:
        The rationale among some other sentences, with the claim's label; the abstract without
        it, unsupported.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    labels = {"SUPPORT": "supported", "CONTRADICT": "contradicted"}
    for line in (folder / "claim_abstract_pairs.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        known = {row["claim"], str(row["doc_id"])} & left_out
        if row["split"] != "train" or known or row["label"] not in labels:
            continue
        sentences, bearing = row["sentences"], {n for r in row["rationales"] for n in r}
        if not bearing:
            continue
        others = [n for n in range(len(sentences)) if n not in bearing]
        for size in (1, 3):
            kept = sorted({*bearing, *rng.sample(others, min(size, len(others)))})
            text = " ".join(sentences[n].strip() for n in kept)
            yield _view(row, text, labels[row["label"]], rng)
        if others:
            text = " ".join(sentences[n].strip() for n in others)
            yield _view(row, text, "unsupported", rng)


def _view(row: dict[str, str], text: str, label: str, rng: random.Random) -> Pair:
    title = row["title"] if rng.random() < 0.7 else ""
    packed = pack(row["claim"], title, text)
    return Pair(source="scifact+view", claim=row["claim"], evidence=packed, label=label)


def titles(documents: Sequence[Document], *, seed: int) -> Iterator[Pair]:
    """Yield the titles that are sentences as claims on their abstracts.

    Args:
        documents: Abstracts with titles.
        seed: Seed of all chance.

    Yields:
        The title, supported, and pairs with the title turned round.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    for document in documents:
        title = document.title.rstrip(". ")
        said = 5 <= len(title.split()) <= 25 and ":" not in title and "?" not in title
        if not said or not _STATES.search(title):
            continue
        claim = title + "."
        text = pack(claim, "", document.text)
        yield Pair(source="title", claim=claim, evidence=text, label="supported")
        for find in (negate, turn_direction):
            edit = find(claim, rng, NO_POOLS)
            wrong = edit.apply(claim) if edit else None
            if wrong:
                yield Pair(source="title", claim=wrong, evidence=text, label="contradicted")


_STATES = re.compile(
    r"\b(?:is|are|was|were|has|have|can|cannot|may|requires?|regulates?|promotes?|inhibits?|induces?"
    r"|controls?|mediates?|increases?|reduces?|decreases?|prevents?|causes?|enhances?|suppresses"
    r"|suppress|activates?|drives?|determines?|contributes?|reveals?|links?|predicts?|improves?"
    r"|protects?|impairs?|modulates?|affects?|triggers?|governs?|limits?|directs?|identif(?:y|ies)"
    r"|confers?|defines?|alters?|establish(?:es)?|maintains?|restores?|blocks?|targets?|binds?"
    r"|interacts?|acts?|depends?|leads?|plays?|undergo(?:es)?|exhibits?|encodes?|represses)\b"
)


def conclusions(documents: Sequence[Document], *, seed: int, share: float) -> Iterator[Pair]:
    """Yield sentences of an abstract beside what is left of it, and invented ones.

    Args:
        documents: Texts.
        seed: Seed of all chance.
        share: Share of the texts to take.

    Yields:
        Pairs that are `unknown`: a last sentence often follows from the rest, another seldom.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    for document in documents:
        if rng.random() > share:
            continue
        spans = split_sentences(document.text)
        sentences = [" ".join(document.text[s.start : s.end].split()) for s in spans]
        if len(sentences) < 4:
            continue
        for place in {len(sentences) - 1, rng.randrange(len(sentences) - 1)}:
            claim = reword(sentences[place], rng, strength=rng.choice([0.3, 0.7, 1.0]))
            if not 5 <= len(claim.split()) <= 50:
                continue
            rest = " ".join(s for n, s in enumerate(sentences) if n != place)
            title = document.title if rng.random() < 0.7 else ""
            yield Pair(
                source="rest", claim=claim, evidence=pack(claim, title, rest), label="unknown"
            )
        own = [w.text for w in read(document.text).words if len(w.text) > 5] or ["method"]
        claim = fabricate(own, rng, NO_POOLS)
        text = pack(claim, document.title, document.text)
        yield Pair(source="rest", claim=claim, evidence=text, label="unsupported")
