"""Labelled pairs to measure a judge by: seeded errors from a library, or a file of labels."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from litdesk.evaluate.files import read_lines
from litdesk.evaluate.measures import ALL_KINDS
from litdesk.evaluate.perturb import EDITS, add_clause, names_in, reword, swap_name
from litdesk.sentences import split_sentences, stems
from litdesk.verify.judge import EvidenceText

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["FAITHFUL", "LabelledPair", "make_pairs", "read_pairs"]

FAITHFUL = ("verbatim", "rewrite")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPair:
    """A sentence, the texts it cites, and whether they support it."""

    claim: str
    evidence: tuple[EvidenceText, ...]
    supported: bool
    kind: str
    """`verbatim` or `rewrite` if faithful, else the kind of error."""
    group: str
    """What is resampled as one: the paper, or the claim of a labelled file."""


def make_pairs(
    texts: Sequence[EvidenceText],
    *,
    per_kind: int = 60,
    seed: int = 0,
    claims: Mapping[str, Sequence[str]] | None = None,
) -> list[LabelledPair]:
    """Make labelled pairs from the abstracts of a library.

    Args:
        texts: The abstracts.
        per_kind: At most this many pairs of each kind.
        seed: The same seed and texts give the same pairs.
        claims: For ids of papers, faithful sentences in other words, to start from instead of the
            sentences of the abstracts; `verbatim` then means such a sentence as it is.

    Returns:
        Pairs of every kind that the texts allow.
    """
    texts = sorted((t for t in texts if t.text.strip()), key=lambda t: t.paper_id)
    places = [
        (n, sentence)
        for n, text in enumerate(texts)
        for sentence in (_sentences(text.text) if claims is None else claims.get(text.paper_id, ()))
    ]
    maker = _Maker(texts)
    found: list[LabelledPair] = []
    for kind in (*FAITHFUL, *ALL_KINDS):
        rng = random.Random(f"{seed} {kind}")  # noqa: S311 (chance, not secrecy)
        order = rng.sample(places, len(places))
        made = (maker.make(kind, place, sentence, rng) for place, sentence in order)
        found += [pair for pair, _ in zip((p for p in made if p), range(per_kind), strict=False)]
    return found


def _sentences(text: str) -> list[str]:
    found = [text[s.start : s.end] for s in split_sentences(text)]
    return [s for s in found if 40 <= len(s) <= 400]


class _Maker:
    """Makes pairs of the sentences of some texts."""

    def __init__(self, texts: Sequence[EvidenceText]) -> None:
        self.texts = texts
        self._stems = [set(stems(f"{t.title} {t.text}")) for t in texts]
        self._names = sorted({name for t in texts for name in names_in(t.text)})
        self._near: dict[int, int] = {}

    def make(self, kind: str, place: int, sentence: str, rng: random.Random) -> LabelledPair | None:
        """Return a pair made of a sentence; None where the sentence does not lend itself."""
        text = self.texts[place]
        claim, evidence = self._changed(kind, place, sentence, rng)
        if claim is None or evidence is None:
            return None
        faithful = kind in FAITHFUL
        # Standing in the evidence all the same, a swapped sentence would be no error.
        if not faithful and claim in evidence.text:
            return None
        return LabelledPair(
            claim=claim, evidence=(evidence,), supported=faithful, kind=kind, group=text.paper_id
        )

    def _changed(
        self, kind: str, place: int, sentence: str, rng: random.Random
    ) -> tuple[str | None, EvidenceText | None]:
        text = self.texts[place]
        match kind:
            case "rewrite":
                return reword(sentence, rng), text
            case "name":
                return swap_name(sentence, rng, foreign=self._foreign(text)), text
            case "clause":
                return add_clause(sentence, rng, foreign=self._foreign(text)), text
            case "near citation":
                return sentence, self._other(place, rng, near=True)
            case "random citation":
                return sentence, self._other(place, rng, near=False)
            case "merged":
                return self._merged(place, sentence, rng), text
        return (EDITS[kind](sentence, rng) if kind in EDITS else sentence), text

    def _foreign(self, text: EvidenceText) -> list[str]:
        known = text.text.casefold()
        return [name for name in self._names if name.casefold() not in known]

    def _other(self, place: int, rng: random.Random, *, near: bool) -> EvidenceText | None:
        others = [n for n in range(len(self.texts)) if n != place]
        if not others:
            return None
        if near:
            others = [self._nearest(place, others)]
        return self.texts[rng.choice(others)]

    def _nearest(self, place: int, others: Sequence[int]) -> int:
        """The text with most words in common, the first of equals."""
        if place not in self._near:
            own = self._stems[place]
            self._near[place] = max(others, key=lambda n: (_overlap(own, self._stems[n]), -n))
        return self._near[place]

    def _merged(self, place: int, sentence: str, rng: random.Random) -> str | None:
        """Say of one paper's method what another paper found, citing the first."""
        other = self._other(place, rng, near=True)
        tails = _sentences(other.text) if other else []
        if not tails:
            return None
        tail = rng.choice(tails)
        return f"{sentence.rstrip(' .')}, and {tail[0].lower()}{tail[1:]}"


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


_SUPPORTED = {"supported", "support", "supports", "entailment", "faithful", "1", "true"}
_AGAINST = {"contradicted", "contradict", "contradiction", "refutes", "refuted"}
_NEITHER = {
    "unsupported", "not_enough_info", "nei", "neutral", "not-supported", "0", "false", "unfaithful",
}  # fmt: skip


class _Line(BaseModel):
    """A line of a labelled file; further fields are allowed, since every source has its own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    claim: Annotated[str, Field(min_length=1, validation_alias=AliasChoices("claim", "sentence"))]
    evidence: str | list[str] = Field(
        validation_alias=AliasChoices("evidence", "text", "sentences", "abstract", "context")
    )
    title: str = ""
    label: str | int | bool
    split: str | None = None
    kind: str | None = None
    doc_id: str | int = ""

    @model_validator(mode="after")
    def _label_is_known(self) -> _Line:
        if self.meaning is None:
            raise ValueError(f"label {self.label!r} is not known")
        return self

    @property
    def meaning(self) -> Literal["supported", "contradicted", "unsupported"] | None:
        """What the label means."""
        label = str(self.label).strip().casefold()
        if label in _SUPPORTED:
            return "supported"
        if label in _AGAINST:
            return "contradicted"
        return "unsupported" if label in _NEITHER else None


def read_pairs(path: Path, *, split: str | None = None) -> list[LabelledPair]:
    """Read a file of labelled pairs.

    Args:
        path: JSON lines with `claim`, `label`, and one of `evidence`, `text`, `sentences`.
        split: Only lines whose `split` is this.

    Returns:
        The pairs; what is not supported has its label, or the line's `kind`, for a kind.

    Raises:
        CaseFileError: If the file cannot be read, or a line is no pair.
    """
    return [
        LabelledPair(
            claim=line.claim,
            evidence=(
                EvidenceText(
                    paper_id=str(line.doc_id),
                    title=line.title,
                    text=line.evidence
                    if isinstance(line.evidence, str)
                    else " ".join(part.strip() for part in line.evidence),
                ),
            ),
            supported=line.meaning == "supported",
            kind=line.kind or str(line.meaning),
            group=line.claim,
        )
        for _, line in read_lines(path, _Line)
        if split is None or line.split == split
    ]
