"""Step 1: build the training pairs and the seeded errors.

python -m training.verifier.prepare --bench ../shared/bench --out out/verifier
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from litdesk.sentences import split_sentences
from litdesk.verify.reading import read
from litdesk.verify.windows import best_windows, pack
from training.verifier.compose import (
    conclusions,
    evidence_removed,
    mis_cited,
    negated_refutations,
    rationale_views,
    titles,
)
from training.verifier.data import (
    Case,
    Document,
    Pair,
    documents_of,
    part_of,
    read_corpus,
    read_pairs,
    read_seeds,
    write_rows,
)
from training.verifier.perturb import (
    CONTRADICTING,
    EDITS,
    Edit,
    Pools,
    clauses_of,
    fabricate,
    fabricate_clause,
    reword,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["main", "seeded_cases", "synthetic_pairs"]

SENTENCES_PER_ABSTRACT = 2
"""Few: pairs near the wording, once the most, taught that whatever differs is wrong."""
KINDS_PER_SENTENCE = 2
EDITS_OF_A_CLAIM = {
    "scifact": 4,
    "checkcovid": 4,
    "expertqa": 4,
    "wice": 4,
    "ragtruth_sum": 4,
    "fm2": 3,
}
"""Of human-labelled claims; 2 of those of other sources."""
SHARE_OF_OTHER_TEXTS = 0.4
SHARE_OF_REST = 0.8
OWN_NAMES = 0.4
"""How often a name is swapped for another one of the same text."""
PARAPHRASES = Path(__file__).with_name("paraphrases.tsv")
_WEIGHTS = {"number": 1.5, "negation": 1.2, "direction": 1.5, "name": 1.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Neighbour:
    """An abstract with the other one that is most like it."""

    document: Document
    nearest: Document


def label_of(kind: str) -> str:
    """Return the label of a seeded error.

    Args:
        kind: One of `EDITS`, or `clause`, `sentence`, `citation`.

    Returns:
        A member of `LABELS`.
    """
    if kind in CONTRADICTING:
        return "contradicted"
    return "not-supported" if kind == "name" else "unsupported"


def sentences_of(document: Document) -> list[str]:
    """Return the sentences that are long enough to perturb.

    Args:
        document: A text.

    Returns:
        Sentences of 6 to 60 words.
    """
    spans = split_sentences(document.text)
    found = (" ".join(document.text[s.start : s.end].split()) for s in spans)
    return [sentence for sentence in found if 6 <= len(sentence.split()) <= 60]


def pools_of(documents: Sequence[Document], rng: random.Random) -> Pools:
    """Return names and terms of some texts, to swap in.

    Args:
        documents: The texts.
        rng: Where chance comes from.

    Returns:
        At most some thousands of each.
    """
    chosen = rng.sample(list(documents), min(len(documents), 800))
    names = [n for d in chosen for n in read(d.text).names if len(n) < 24]
    terms = [
        w.text
        for d in chosen
        for w in read(d.text).words
        if len(w.text) >= 6 and w.stem in read(d.text).content and w.text.isalpha()
    ]
    return Pools(
        names=sorted(rng.sample(names, min(len(names), 3000))) or ["Alpha"],
        terms=sorted(rng.sample(terms, min(len(terms), 3000))) or ["structure"],
    )


def own_pools(text: str, evidence: str, pools: Pools, rng: random.Random) -> Pools:
    """Return what to swap in, now and then from the evidence itself.

    Args:
        text: The sentence to be edited.
        evidence: What it is laid beside.
        pools: Names and terms of other texts.
        rng: Where chance comes from.

    Returns:
        Names and terms of the evidence that the sentence lacks, or `pools`.
    """
    if rng.random() > OWN_NAMES:
        return pools
    known = read(text)
    names = sorted({n for n in read(evidence).names if n not in text})
    terms = sorted(
        {
            w.text
            for w in read(evidence).words
            if len(w.text) >= 6 and w.text.isalpha() and w.stem not in known.content
        }
    )
    return Pools(names=names or pools.names, terms=terms or pools.terms)


def pick_edits(text: str, rng: random.Random, pools: Pools, *, limit: int) -> list[Edit]:
    """Return some edits of different kinds that fit a sentence.

    Args:
        text: The sentence.
        rng: Where chance comes from.
        pools: Names and terms to swap in.
        limit: At most this many.

    Returns:
        Edits that can be made in the sentence.
    """
    kinds = sorted(EDITS, key=lambda kind: rng.random() / _WEIGHTS.get(kind, 1.0))
    found: list[Edit] = []
    for kind in kinds:
        edit = EDITS[kind](text, rng, pools)
        if edit is not None and edit.apply(text) not in {None, text}:
            found.append(edit)
        if len(found) == limit:
            break
    return found


def view(claim: str, document: Document, rng: random.Random) -> str:
    """Return the evidence as the judge may meet it: packed, or a window.

    Args:
        claim: The claim.
        document: The cited text.
        rng: Where chance comes from.

    Returns:
        The evidence to read.
    """
    title = document.title if rng.random() < 0.8 else ""
    if rng.random() < 0.6:
        return pack(claim, title, document.text)
    windows = best_windows(claim, title, document.text)
    return windows[0] if windows else pack(claim, title, document.text)


def replaced(document: Document, sentence: str, by: str) -> Document | None:
    """Return the text with one of its sentences put otherwise.

    Args:
        document: The text.
        sentence: One of its sentences, with single spaces.
        by: What to put in its place.

    Returns:
        The text, or None where the sentence is not found once.
    """
    text = " ".join(document.text.split())
    if text.count(sentence) != 1:
        return None
    return Document(doc_id=document.doc_id, title=document.title, text=text.replace(sentence, by))


def synthetic_pairs(
    documents: Sequence[Document], *, source: str, seed: int, per_document: int
) -> Iterator[Pair]:
    """Yield pairs made from sentences of some texts.

    Args:
        documents: Texts to perturb.
        source: Name of the source in the pairs.
        seed: Seed of all chance.
        per_document: Sentences taken from each text.

    Yields:
        For each edit the four combinations of edited and plain claim and evidence, and pairs with
        merged, fabricated and mis-cited claims.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    pools = pools_of(documents, rng)
    for item in nearest_of(documents):
        sentences = sentences_of(item.document)
        for sentence in rng.sample(sentences, min(len(sentences), per_document)):
            for claim, document, label in _variants(sentence, item, rng, pools):
                yield Pair(
                    source=source,
                    claim=claim,
                    evidence=view(claim, document, rng),
                    label=label,
                )


def _variants(
    sentence: str, item: _Neighbour, rng: random.Random, pools: Pools
) -> Iterator[tuple[str, Document, str]]:
    document = item.document
    strength = rng.choice([0.0, 0.3, 0.7, 1.0])
    plain = reword(sentence, rng, strength=strength)
    yield plain, document, "supported"
    swaps = own_pools(sentence, document.text, pools, rng)
    for edit in pick_edits(sentence, rng, swaps, limit=KINDS_PER_SENTENCE):
        yield from _four(sentence, plain, edit, document, rng)
    yield from _parts_and_sums(sentence, plain, document, rng, swaps)
    kind = rng.random()
    if kind < 0.3:
        yield (
            fabricate_clause(plain, rng, pools, foreign=_foreign(item, rng)),
            document,
            "unsupported",
        )
    elif kind < 0.5:
        own = [w.text for w in read(document.text).words if len(w.text) > 5] or ["method"]
        yield fabricate(own, rng, pools), document, "unsupported"
    else:
        yield plain, item.nearest, "unsupported"


def _parts_and_sums(
    sentence: str, plain: str, document: Document, rng: random.Random, pools: Pools
) -> Iterator[tuple[str, Document, str]]:
    """A clause of the sentence alone, and the sentence merged with another, right or wrong."""
    if parts := clauses_of(sentence):
        yield reword(rng.choice(parts), rng, strength=0.7), document, "supported"
    others = [s for s in sentences_of(document) if s != sentence]
    if not others or rng.random() < 0.5:
        return
    other = reword(rng.choice(others), rng, strength=0.5)
    edits = pick_edits(other, rng, pools, limit=1)
    if edits and rng.random() < 0.5:
        wrong = edits[0].apply(other) or other
        both = [plain, wrong] if rng.random() < 0.5 else [wrong, plain]
        yield _merged(*both), document, label_of(edits[0].kind)
    else:
        yield _merged(plain, other), document, "supported"


def _four(
    sentence: str, plain: str, edit: Edit, document: Document, rng: random.Random
) -> Iterator[tuple[str, Document, str]]:
    wrong_claim = edit.apply(plain) or edit.apply(sentence)
    wrong_sentence = edit.apply(sentence)
    if wrong_claim is None or wrong_sentence is None:
        return
    right_claim = plain if edit.apply(plain) else sentence
    wrong_document = replaced(document, sentence, wrong_sentence)
    label = label_of(edit.kind)
    yield wrong_claim, document, label
    if wrong_document is None:
        return
    yield wrong_claim, wrong_document, "supported"
    if edit.kind != "hedge":
        yield reword(right_claim, rng, strength=0.2), wrong_document, label


def _foreign(item: _Neighbour, rng: random.Random) -> str:
    return rng.choice(sentences_of(item.nearest) or ["The effect was the same in every country."])


def _merged(one: str, other: str) -> str:
    return f"{one.rstrip(' .')}, and {other[:1].lower() + other[1:]}"


def nearest_of(documents: Sequence[Document]) -> list[_Neighbour]:
    """Pair each text with the other one that shares most of its words.

    Args:
        documents: The texts.

    Returns:
        The pairs, in the order of the texts; none for fewer than two.
    """
    from sklearn.feature_extraction.text import (
        TfidfVectorizer,
    )

    if len(documents) < 2:
        return []
    vectors = TfidfVectorizer(sublinear_tf=True, stop_words="english").fit_transform(
        [f"{d.title} {d.text}" for d in documents]
    )
    found = []
    for start in range(0, len(documents), 500):
        likeness = (vectors[start : start + 500] @ vectors.T).toarray()
        for row, scores in enumerate(likeness):
            scores[start + row] = -1
            scores[scores > 0.9] = -1  # the same text again is no wrong citation
            nearest = documents[int(scores.argmax())]
            found.append(_Neighbour(document=documents[start + row], nearest=nearest))
    return found


def perturbed_real(pairs: Iterable[Pair], *, seed: int) -> Iterator[Pair]:
    """Yield seeded errors in claims that people wrote and found supported.

    Args:
        pairs: Human-labelled pairs.
        seed: Seed of all chance.

    Yields:
        Some wrong claims for each supported one, and the claim in other words.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    supported = [p for p in pairs if p.label == "supported" and len(p.claim.split()) >= 4]
    texts = [Document(doc_id=p.source, title="", text=p.claim) for p in supported]
    pools = pools_of(texts, rng)
    for pair in supported:
        name = pair.source + "+error"
        limit = EDITS_OF_A_CLAIM.get(pair.source.removesuffix("_rat").removesuffix("_tok"), 2)
        if limit > 2 or rng.random() < 0.3:
            said = reword(pair.claim, rng, strength=rng.choice([0.5, 1.0]))
            yield Pair(source=name, claim=said, evidence=pair.evidence, label="supported")
        swaps = own_pools(pair.claim, pair.evidence, pools, rng)
        for edit in pick_edits(pair.claim, rng, swaps, limit=limit):
            said = reword(pair.claim, rng, strength=rng.choice([0.0, 0.0, 0.7]))
            claim = edit.apply(said) or edit.apply(pair.claim)
            evidence = edit.apply(pair.evidence)
            if claim is None:
                continue
            label = label_of(edit.kind)
            yield Pair(source=name, claim=claim, evidence=pair.evidence, label=label)
            if evidence is not None:
                yield Pair(source=name, claim=claim, evidence=evidence, label="supported")
                yield Pair(source=name, claim=pair.claim, evidence=evidence, label=label)


def composed(
    real: Sequence[Pair], documents: Sequence[Document], *, bench: Path, left_out: set[str]
) -> Iterator[Pair]:
    """Yield the pairs that read as people write.

    Args:
        real: Human-labelled pairs.
        documents: Abstracts for training.
        bench: Folder with `scifact`.
        left_out: Claims and documents of SciFact that validation knows.

    Yields:
        Training pairs, some of them `unknown`.
    """
    yield from mis_cited(real, seed=4)
    yield from evidence_removed(real, seed=5)
    yield from negated_refutations(real, seed=6)
    yield from rationale_views(bench / "scifact", left_out=left_out, seed=7)
    yield from titles(documents, seed=8)
    yield from conclusions(documents, seed=9, share=SHARE_OF_REST)
    wide = wide_documents(real)
    yield from conclusions(wide, seed=10, share=SHARE_OF_REST / 2)


def wide_documents(pairs: Iterable[Pair], *, share: float = 1.0) -> list[Document]:
    """Return texts outside the abstracts: evidence of the human-labelled pairs.

    Args:
        pairs: Human-labelled pairs.
        share: Share of the texts to take.

    Returns:
        Each evidence of 20 words or more once.
    """
    texts = dict.fromkeys(
        p.evidence
        for p in pairs
        if len(p.evidence.split()) >= 20 and not p.source.startswith("scifact")
    )
    rng = random.Random(15)  # noqa: S311 (chance that can be repeated)
    return [
        Document(doc_id=str(n), title="", text=text)
        for n, text in enumerate(texts)
        if rng.random() < share
    ]


def seeded_cases(documents: Sequence[Document], *, seed: int, per_document: int) -> Iterator[Case]:
    """Yield seeded errors, each beside its clean sentence.

    Args:
        documents: Texts that gave no training sentence.
        seed: Seed of all chance.
        per_document: Sentences taken from each.

    Yields:
        Cases of the styles `near` and `evidence`.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    pools = pools_of(documents, rng)
    for item in nearest_of(documents):
        sentences = sentences_of(item.document)
        for sentence in rng.sample(sentences, min(len(sentences), per_document)):
            key = f"{item.document.doc_id}/{item.document.text.find(sentence[:40])}"
            yield from _cases(key, sentence, item, rng, pools)


def _cases(
    key: str, sentence: str, item: _Neighbour, rng: random.Random, pools: Pools
) -> Iterator[Case]:
    document = item.document

    def case(kind: str, claim: str, text: Document, style: str = "near") -> Case:
        return Case(item=key, kind=kind, style=style, claim=claim, title=text.title, text=text.text)

    plain = reword(sentence, rng, strength=0.3)
    yield case("clean", plain, document)
    yield case("copy", sentence, document)
    for kind, find in EDITS.items():
        edit = find(sentence, rng, pools)
        wrong = edit.apply(sentence) if edit else None
        if edit is None or wrong is None or wrong == sentence:
            continue
        if claim := edit.apply(plain):
            yield case(kind, claim, document)
        if kind != "hedge" and (changed := replaced(document, sentence, wrong)):
            yield case(kind, plain, changed, "evidence")
    yield case("clause", fabricate_clause(plain, rng, pools, foreign=_foreign(item, rng)), document)
    own = [w.text for w in read(document.text).words if len(w.text) > 5] or ["method"]
    yield case("sentence", fabricate(own, rng, pools), document)
    yield case("citation", plain, item.nearest)


def paraphrase_cases(path: Path, documents: Sequence[Document], *, seed: int) -> Iterator[Case]:
    """Yield the paraphrases that a person wrote, and the errors seeded in them.

    Args:
        path: Lines of document id, tab, claim.
        documents: The texts, none of which gave a training sentence.
        seed: Seed of all chance.

    Yields:
        For each claim itself and one case for each kind of edit that fits.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    known = {d.doc_id: d for d in documents}
    pools = pools_of(documents, rng)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        doc_id, claim = line.split("\t")
        if doc_id not in known:
            continue
        text = known[doc_id]
        edits = [find(claim, rng, pools) for find in EDITS.values()]
        versions = [("clean", claim)]
        versions += [(e.kind, e.apply(claim) or claim) for e in edits if e is not None]
        for kind, said in versions:
            if kind == "clean" or said != claim:
                yield Case(
                    item=f"{doc_id}/{number}",
                    kind=kind,
                    style="paraphrase",
                    claim=said,
                    title=text.title,
                    text=text.text,
                )


def claim_cases(pairs: Sequence[Pair], *, seed: int) -> Iterator[Case]:
    """Yield validation claims that people found supported, and the errors seeded in them.

    Args:
        pairs: Human-labelled validation pairs.
        seed: Seed of all chance.

    Yields:
        Cases of the style `claim`: free wording, to choose a model by.
    """
    rng = random.Random(seed)  # noqa: S311 (chance that can be repeated)
    chosen = [
        p
        for p in pairs
        if p.label == "supported" and p.source not in {"summedits", "negnli", "fever"}
    ]
    pools = pools_of([Document(doc_id="", title="", text=p.claim) for p in chosen], rng)
    for number, pair in enumerate(chosen):
        if pair.source == "ragtruth_sum" and rng.random() > 0.15:
            continue
        swaps = own_pools(pair.claim, pair.evidence, pools, rng)
        edits = [find(pair.claim, rng, swaps) for find in EDITS.values()]
        versions = [("clean", pair.claim)]
        versions += [(e.kind, e.apply(pair.claim) or "") for e in edits if e is not None]
        for kind, said in versions:
            if said and (kind == "clean" or said != pair.claim):
                yield Case(
                    item=f"{pair.source}/{number}",
                    kind=kind,
                    style="claim",
                    claim=said,
                    title="",
                    text=pair.evidence,
                )


def prepare(*, bench: Path, seeds: Path, out: Path, limit: int | None = None) -> dict[str, int]:
    """Write everything that the later steps read.

    Args:
        bench: Folder with `faithfulness` and `scifact`.
        seeds: Folder of the seed papers.
        out: Where the files go; made if it is not there.
        limit: Take only this many texts and pairs of each source; for trials.

    Returns:
        Rows written to each file.
    """
    out.mkdir(parents=True, exist_ok=True)
    real = read_pairs(bench / "faithfulness" / "train.jsonl.gz")[:limit]
    validation = read_pairs(bench / "faithfulness" / "validation.jsonl.gz")
    left_out = documents_of({p.claim for p in validation}, bench / "scifact")
    trained = documents_of({p.claim for p in real}, bench / "scifact")
    corpus = [d for d in read_corpus(bench / "scifact") if d.doc_id not in left_out]
    parts = {
        part: [d for d in corpus if part_of(d.doc_id, trained=trained) == part][:limit]
        for part in ("train", "calibration", "test")
    }
    counts = {
        "real": write_rows(out / "real.jsonl.gz", real),
        "abstracts": write_rows(
            out / "abstracts.jsonl.gz",
            synthetic_pairs(
                parts["train"], source="abstracts", seed=1, per_document=SENTENCES_PER_ABSTRACT
            ),
        ),
        "wide": write_rows(
            out / "wide.jsonl.gz",
            synthetic_pairs(
                wide_documents(real, share=SHARE_OF_OTHER_TEXTS),
                source="wide",
                seed=2,
                per_document=1,
            ),
        ),
        "errors": write_rows(out / "errors.jsonl.gz", perturbed_real(real, seed=3)),
        "composed": write_rows(
            out / "composed.jsonl.gz",
            composed(
                real,
                parts["train"],
                bench=bench,
                left_out=left_out | {p.claim for p in validation},
            ),
        ),
        "claims": write_rows(out / "seeded-claims.jsonl.gz", claim_cases(validation, seed=16)),
    }
    for part, documents, seed in (
        ("calibration", parts["calibration"], 11),
        ("test", parts["test"], 12),
        ("test-seeds", read_seeds(seeds)[:limit], 13),
    ):
        rows = seeded_cases(documents, seed=seed, per_document=2 if part != "test-seeds" else 4)
        counts[part] = write_rows(out / f"seeded-{part}.jsonl.gz", rows)
    tested = [*parts["test"], *read_seeds(seeds)]
    rows = paraphrase_cases(PARAPHRASES, tested, seed=14)
    counts["paraphrases"] = write_rows(out / "seeded-paraphrases.jsonl.gz", rows)
    return counts


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, default=Path("seeds"))
    parser.add_argument("--out", type=Path, default=Path("out/verifier"))
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    counts = prepare(bench=given.bench, seeds=given.seeds, out=given.out, limit=given.limit)
    print(counts)  # noqa: T201 (a command's output)


if __name__ == "__main__":
    main()
