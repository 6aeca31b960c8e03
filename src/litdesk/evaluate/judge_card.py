"""The judge card: what a verifier sees of each kind of error, measured before it is believed."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from litdesk.evaluate.cases import read_lines
from litdesk.evaluate.measures import ALL_KINDS
from litdesk.evaluate.measures.calibration import bin_parts, binned, error_of
from litdesk.evaluate.perturb import EDITS, add_clause, names_in, reword, swap_name
from litdesk.sentences import split_sentences, stems
from litdesk.types import Verdict, digest
from litdesk.verify.judge import EvidenceText

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from litdesk.evaluate.judging import Judge

__all__ = [
    "JudgeCard",
    "KindCard",
    "LabelledPair",
    "area_under_curve",
    "make_card",
    "make_pairs",
    "read_pairs",
    "recall_at_false_alarms",
]

FALSE_ALARMS = 0.1
_DRAWS = 500
_FEWEST = 10
"""Pairs below which nothing is said of a kind."""


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


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KindCard(_Frozen):
    """What the judge sees of one kind of error."""

    n: int
    auroc: float | None
    auroc_interval: tuple[float, float] | None
    recall: float | None
    """Share found when one in ten faithful sentences is flagged."""
    recall_interval: tuple[float, float] | None
    flagged: float | None
    """Share that the judge itself does not call supported."""

    @property
    def seen(self) -> bool:
        """Whether the judge does better than chance, by the lower ends of both intervals."""
        return (
            self.auroc_interval is not None
            and self.recall_interval is not None
            and self.auroc_interval[0] > 0.5
            and self.recall_interval[0] > FALSE_ALARMS
        )


class SetCard(_Frozen):
    """A judge on one set of labelled pairs."""

    name: str
    digest: str
    """Of the pairs."""
    pairs: int
    faithful: int
    false_alarms: float | None
    """Share of the faithful pairs that the judge does not call supported."""
    kinds: dict[str, KindCard]
    balanced_accuracy: float | None
    balanced_accuracy_interval: tuple[float, float] | None
    calibration_error: float | None
    brier_score: float | None
    reliability: list[tuple[int, float, float]]
    """For each bin with pairs: how many, mean score, share supported."""


class JudgeCard(_Frozen):
    """What is known of a judge."""

    judge: str
    seed: int
    sets: list[SetCard]

    def blind_to(self, kinds: Sequence[str]) -> list[str]:
        """Return the kinds of error that the judge has not been shown to see.

        Args:
            kinds: Kinds of error.

        Returns:
            Those that no set shows it to see, in order.
        """
        seen = {k for one in self.sets for k, card in one.kinds.items() if card.seen}
        return [kind for kind in kinds if kind not in seen]


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
    found: list[LabelledPair] = []
    for kind in ("verbatim", "rewrite", *ALL_KINDS):
        rng = random.Random(f"{seed} {kind}")  # noqa: S311 (chance, not secrecy)
        order = rng.sample(places, len(places))
        maker = _Maker(texts, rng)
        made = (maker.make(kind, place, sentence) for place, sentence in order)
        found += [pair for pair, _ in zip((p for p in made if p), range(per_kind), strict=False)]
    return found


def _sentences(text: str) -> list[str]:
    found = [text[s.start : s.end] for s in split_sentences(text)]
    return [s for s in found if 40 <= len(s) <= 400]


class _Maker:
    """Makes pairs of one kind."""

    def __init__(self, texts: Sequence[EvidenceText], rng: random.Random) -> None:
        self.texts, self.rng = texts, rng
        self._stems = [set(stems(f"{t.title} {t.text}")) for t in texts]
        self._names = sorted({name for t in texts for name in names_in(t.text)})

    def make(self, kind: str, place: int, sentence: str) -> LabelledPair | None:
        """Return a pair made of a sentence; None where the sentence does not lend itself."""
        text = self.texts[place]
        evidence: tuple[EvidenceText, ...] = (text,)
        claim: str | None = sentence
        if kind in EDITS:
            claim = EDITS[kind](sentence, self.rng)
        elif kind == "rewrite":
            claim = reword(sentence, self.rng)
        elif kind in ("name", "clause"):
            foreign = [n for n in self._names if n.casefold() not in text.text.casefold()]
            claim = (swap_name if kind == "name" else add_clause)(
                sentence, self.rng, foreign=foreign
            )
        elif kind == "near citation":
            evidence = self._other(place, near=True)
        elif kind == "random citation":
            evidence = self._other(place, near=False)
        elif kind == "merged":
            claim, evidence = self._merged(place, sentence)
        # Standing in the evidence all the same, a swapped sentence would be no error.
        if claim is None or not evidence:
            return None
        faithful = kind in ("verbatim", "rewrite")
        if not faithful and any(claim in e.text for e in evidence):
            return None
        return LabelledPair(
            claim=claim, evidence=evidence, supported=faithful, kind=kind, group=text.paper_id
        )

    def _other(self, place: int, *, near: bool) -> tuple[EvidenceText, ...]:
        others = [n for n in range(len(self.texts)) if n != place]
        if not others:
            return ()
        own = self._stems[place]
        if near:
            others = [max(others, key=lambda n: (_overlap(own, self._stems[n]), -n))]
        return (self.texts[self.rng.choice(others)],)

    def _merged(self, place: int, sentence: str) -> tuple[str | None, tuple[EvidenceText, ...]]:
        """Say of one paper's method what another paper found, citing the first."""
        other = self._other(place, near=True)
        tails = _sentences(other[0].text) if other else []
        if not tails:
            return None, ()
        tail = self.rng.choice(tails)
        body = sentence.rstrip(" .")
        return f"{body}, and {tail[0].lower()}{tail[1:]}", (self.texts[place],)


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


def area_under_curve(faithful: np.ndarray, wrong: np.ndarray) -> float:
    """Return how often a faithful sentence scores higher than a wrong one, ties counting half.

    Args:
        faithful: Scores of faithful sentences.
        wrong: Scores of wrong ones.

    Returns:
        The area under the ROC curve, 0-1.
    """
    ordered = np.sort(faithful)
    below = np.searchsorted(ordered, wrong, side="left")
    upto = np.searchsorted(ordered, wrong, side="right")
    return float(1 - ((below + upto) / 2).mean() / len(faithful))


def recall_at_false_alarms(
    faithful: np.ndarray, wrong: np.ndarray, *, alarms: float = FALSE_ALARMS
) -> float:
    """Return the share of errors found where a share of faithful sentences is flagged as well.

    Args:
        faithful: Scores of faithful sentences.
        wrong: Scores of wrong ones.
        alarms: Share of faithful sentences that may be flagged.

    Returns:
        The point of the ROC curve at this share, on the straight line between its corners.
    """
    threshold = np.quantile(faithful, alarms, method="lower")
    below, at = (faithful < threshold).mean(), (faithful == threshold).mean()
    share = (alarms - below) / at
    return float((wrong < threshold).mean() + share * (wrong == threshold).mean())


def make_card(
    judge: Judge,
    sets: Mapping[str, Sequence[LabelledPair]],
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> JudgeCard:
    """Measure a judge.

    Args:
        judge: The judge.
        sets: Name of a set to its pairs.
        seed: The seed that the pairs were made with.
        progress: Told how many pairs are judged, and of how many.

    Returns:
        The card.
    """
    total = sum(len(pairs) for pairs in sets.values())
    done = 0
    cards = []
    for name, pairs in sets.items():
        scored = []
        for pair in pairs:
            said = judge.judge(pair.claim, pair.evidence)
            scored.append(_Scored(pair, said.score, said.verdict is Verdict.SUPPORTED))
            done += 1
            if progress:
                progress(done, total)
        cards.append(_set_card(name, scored))
    return JudgeCard(judge=judge.name, seed=seed, sets=cards)


@dataclass(frozen=True, slots=True)
class _Scored:
    pair: LabelledPair
    score: float
    supported: bool


def _set_card(name: str, scored: list[_Scored]) -> SetCard:
    faithful = [s for s in scored if s.pair.supported]
    by_kind: dict[str, list[_Scored]] = defaultdict(list)
    for one in scored:
        if not one.pair.supported:
            by_kind[one.pair.kind].append(one)
    order = [k for k in ALL_KINDS if k in by_kind] + sorted(by_kind.keys() - set(ALL_KINDS))
    kinds = {kind: _kind_card(faithful, by_kind[kind]) for kind in order}
    wrong = [s for s in scored if not s.pair.supported]
    if len(by_kind) > 1:
        kinds["all"] = _kind_card(faithful, wrong)
    parts = np.array([bin_parts([(s.score, s.pair.supported)]) for s in scored])
    return SetCard(
        name=name,
        digest=digest(*(f"{s.pair.claim}\x1e{s.pair.kind}" for s in scored)),
        pairs=len(scored),
        faithful=len(faithful),
        false_alarms=_share([not s.supported for s in faithful]),
        kinds=kinds,
        balanced_accuracy=_balanced(faithful, wrong),
        balanced_accuracy_interval=_interval(_balanced, faithful, wrong),
        calibration_error=error_of(parts) if scored else None,
        brier_score=_share([(s.score - s.pair.supported) ** 2 for s in scored]),
        reliability=_reliability(parts) if scored else [],
    )


def _share(values: Sequence[float | bool]) -> float | None:
    return float(np.mean(values)) if values else None


def _reliability(parts: np.ndarray) -> list[tuple[int, float, float]]:
    sums = binned(parts)
    return [(int(n), float(score / n), float(so / n)) for n, score, so in sums if n]


def _balanced(faithful: Sequence[_Scored], wrong: Sequence[_Scored]) -> float | None:
    if not faithful or not wrong:
        return None
    kept = sum(s.supported for s in faithful) / len(faithful)
    return (kept + sum(not s.supported for s in wrong) / len(wrong)) / 2


def _kind_card(faithful: Sequence[_Scored], wrong: Sequence[_Scored]) -> KindCard:
    if len(wrong) < _FEWEST or len(faithful) < _FEWEST:
        return KindCard(
            n=len(wrong), auroc=None, auroc_interval=None, recall=None, recall_interval=None,
            flagged=_share([not s.supported for s in wrong]),
        )  # fmt: skip
    return KindCard(
        n=len(wrong),
        auroc=_auroc(faithful, wrong),
        auroc_interval=_interval(_auroc, faithful, wrong),
        recall=_recall(faithful, wrong),
        recall_interval=_interval(_recall, faithful, wrong),
        flagged=_share([not s.supported for s in wrong]),
    )


def _scores(some: Sequence[_Scored]) -> np.ndarray:
    return np.array([s.score for s in some])


def _auroc(faithful: Sequence[_Scored], wrong: Sequence[_Scored]) -> float:
    return area_under_curve(_scores(faithful), _scores(wrong))


def _recall(faithful: Sequence[_Scored], wrong: Sequence[_Scored]) -> float:
    return recall_at_false_alarms(_scores(faithful), _scores(wrong))


def _interval(
    measure: Callable[[Sequence[_Scored], Sequence[_Scored]], float | None],
    faithful: Sequence[_Scored],
    wrong: Sequence[_Scored],
) -> tuple[float, float] | None:
    """The bootstrap interval over papers, each with all its pairs."""
    if not faithful or not wrong:
        return None
    groups = sorted({s.pair.group for s in (*faithful, *wrong)})
    good: dict[str, list[_Scored]] = defaultdict(list)
    bad: dict[str, list[_Scored]] = defaultdict(list)
    for one in faithful:
        good[one.pair.group].append(one)
    for one in wrong:
        bad[one.pair.group].append(one)
    chance = np.random.default_rng(0)
    found = []
    for _ in range(_DRAWS):
        drawn = [groups[n] for n in chance.integers(0, len(groups), len(groups))]
        ours, theirs = [s for g in drawn for s in good[g]], [s for g in drawn for s in bad[g]]
        if ours and theirs and (value := measure(ours, theirs)) is not None:
            found.append(value)
    low, high = np.quantile(found, [0.025, 0.975]).tolist()
    return low, high
