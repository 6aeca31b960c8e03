"""The judge card: what a verifier sees of each kind of error, measured before it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from litdesk.evaluate.measures import ALL_KINDS
from litdesk.evaluate.measures.calibration import bin_parts, binned, error_of
from litdesk.evaluate.statistics import percentile_interval
from litdesk.types import Verdict, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from litdesk.evaluate.judge_pairs import LabelledPair
    from litdesk.evaluate.judging import Judge

__all__ = ["JudgeCard", "KindCard", "area_under_curve", "make_card", "recall_at_false_alarms"]

FALSE_ALARMS = 0.1
_DRAWS = 500
_FEWEST = 10
"""Pairs below which nothing is said of a kind."""


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
    digest: str = ""
    """Of the judge's code and model: the card of another version says nothing of this one."""
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


@dataclass(frozen=True, slots=True)
class _Curve:
    """How much weight of faithful and of wrong sentences stands at each score, lowest first.

    A row each for the pairs themselves or for a resample of them.
    """

    faithful: np.ndarray
    wrong: np.ndarray

    @classmethod
    def of(cls, faithful: _Side, wrong: _Side) -> _Curve:
        scores = np.unique(np.concatenate([faithful.scores, wrong.scores]))
        return cls(*(_at_scores(side, scores) for side in (faithful, wrong)))

    def area(self) -> np.ndarray:
        """How often a faithful sentence scores higher than a wrong one, ties counting half."""
        above = self.faithful[:, ::-1].cumsum(axis=1)[:, ::-1] - self.faithful / 2
        pairs = self.faithful.sum(axis=1) * self.wrong.sum(axis=1)
        return np.asarray((above * self.wrong).sum(axis=1) / pairs)

    def recall(self, alarms: float) -> np.ndarray:
        """Share of the wrong ones found where a share of the faithful ones is flagged as well."""
        flagged, found = self.faithful.cumsum(axis=1), self.wrong.cumsum(axis=1)
        total = flagged[:, -1]
        # the score of rank 10 %, as `quantile(…, method="lower")` finds it
        rank = np.floor(alarms * (total - 1))
        place = (flagged > rank[:, None]).argmax(axis=1)
        row = np.arange(len(total))
        at, at_wrong = self.faithful[row, place], self.wrong[row, place]
        share = (alarms * total - (flagged[row, place] - at)) / at
        return np.asarray((found[row, place] - at_wrong + share * at_wrong) / found[:, -1])


@dataclass(frozen=True, slots=True)
class _Side:
    """Scores of some pairs, whether the judge supports each, and how much each weighs."""

    scores: np.ndarray
    kept: np.ndarray
    weights: np.ndarray
    """A row each for the pairs themselves or for a resample of them."""

    def share_kept(self) -> np.ndarray:
        return np.asarray(self.weights @ self.kept / self.weights.sum(axis=1))


def _at_scores(side: _Side, scores: np.ndarray) -> np.ndarray:
    place = np.searchsorted(scores, side.scores)
    order = np.argsort(place, kind="stable")
    present, first = np.unique(place[order], return_index=True)
    found = np.zeros((len(side.weights), len(scores)))
    found[:, present] = np.add.reduceat(side.weights[:, order], first, axis=1)
    return found


def _alone(scores: np.ndarray) -> _Side:
    ones = np.ones((1, len(scores)))
    return _Side(np.asarray(scores, dtype=float), ones[0], ones)


def area_under_curve(faithful: np.ndarray, wrong: np.ndarray) -> float:
    """Return how often a faithful sentence scores higher than a wrong one, ties counting half.

    Args:
        faithful: Scores of faithful sentences, one at least.
        wrong: Scores of wrong ones, one at least.

    Returns:
        The area under the ROC curve, 0-1.
    """
    return float(_Curve.of(_alone(faithful), _alone(wrong)).area()[0])


def recall_at_false_alarms(
    faithful: np.ndarray, wrong: np.ndarray, *, alarms: float = FALSE_ALARMS
) -> float:
    """Return the share of errors found where a share of faithful sentences is flagged as well.

    Args:
        faithful: Scores of faithful sentences, one at least.
        wrong: Scores of wrong ones, one at least.
        alarms: Share of faithful sentences that may be flagged.

    Returns:
        The point of the ROC curve at this share, on the straight line between its corners.
    """
    return float(_Curve.of(_alone(faithful), _alone(wrong)).recall(alarms)[0])


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
    return JudgeCard(judge=judge.name, digest=judge.digest, seed=seed, sets=cards)


@dataclass(frozen=True, slots=True)
class _Scored:
    pair: LabelledPair
    score: float
    kept: bool
    """Whether the judge calls it supported."""


def _set_card(name: str, scored: list[_Scored]) -> SetCard:
    faithful = [s for s in scored if s.pair.supported]
    wrong = [s for s in scored if not s.pair.supported]
    present = dict.fromkeys(s.pair.kind for s in wrong)
    order = [k for k in ALL_KINDS if k in present] + sorted(present.keys() - set(ALL_KINDS))
    kinds = {k: _kind_card(faithful, [s for s in wrong if s.pair.kind == k]) for k in order}
    if len(kinds) > 1:
        kinds["all"] = _kind_card(faithful, wrong)
    parts = np.array([bin_parts([(s.score, s.pair.supported)]) for s in scored])
    balanced = None
    if faithful and wrong:
        balanced = _with_interval(faithful, wrong, _balanced)
    return SetCard(
        name=name,
        digest=digest(*(f"{s.pair.claim}\x1e{s.pair.kind}" for s in scored)),
        pairs=len(scored),
        faithful=len(faithful),
        false_alarms=_share([not s.kept for s in faithful]),
        kinds=kinds,
        balanced_accuracy=balanced[0] if balanced else None,
        balanced_accuracy_interval=balanced[1] if balanced else None,
        calibration_error=error_of(parts) if scored else None,
        brier_score=_share([(s.score - s.pair.supported) ** 2 for s in scored]),
        reliability=_reliability(parts) if scored else [],
    )


def _share(values: Sequence[float | bool]) -> float | None:
    return float(np.mean(values)) if values else None


def _reliability(parts: np.ndarray) -> list[tuple[int, float, float]]:
    sums = binned(parts)
    return [(int(n), float(score / n), float(so / n)) for n, score, so in sums if n]


def _kind_card(faithful: Sequence[_Scored], wrong: Sequence[_Scored]) -> KindCard:
    flagged = _share([not s.kept for s in wrong])
    if len(wrong) < _FEWEST or len(faithful) < _FEWEST:
        return KindCard(
            n=len(wrong), auroc=None, auroc_interval=None, recall=None, recall_interval=None,
            flagged=flagged,
        )  # fmt: skip
    auroc, auroc_interval = _with_interval(
        faithful, wrong, lambda good, bad: _Curve.of(good, bad).area()
    )
    recall, recall_interval = _with_interval(
        faithful, wrong, lambda good, bad: _Curve.of(good, bad).recall(FALSE_ALARMS)
    )
    return KindCard(
        n=len(wrong),
        auroc=auroc,
        auroc_interval=auroc_interval,
        recall=recall,
        recall_interval=recall_interval,
        flagged=flagged,
    )


def _balanced(faithful: _Side, wrong: _Side) -> np.ndarray:
    return np.asarray((faithful.share_kept() + 1 - wrong.share_kept()) / 2)


def _with_interval(
    faithful: Sequence[_Scored],
    wrong: Sequence[_Scored],
    measure: Callable[[_Side, _Side], np.ndarray],
) -> tuple[float, tuple[float, float]]:
    """A figure, and its bootstrap interval over papers, each with all its pairs."""
    groups = sorted({s.pair.group for s in (*faithful, *wrong)})
    drawn = np.random.default_rng(0).integers(0, len(groups), (_DRAWS, len(groups)))
    counts = np.array([np.bincount(places, minlength=len(groups)) for places in drawn])
    place = {group: n for n, group in enumerate(groups)}
    sides = []
    for side in (faithful, wrong):
        weights = counts[:, [place[s.pair.group] for s in side]]
        scores, kept = (np.array([getattr(s, name) for s in side]) for name in ("score", "kept"))
        sides.append((scores.astype(float), kept.astype(float), weights.astype(float)))
    usable = np.all([weights.any(axis=1) for _, _, weights in sides], axis=0)
    good, bad = (_Side(scores, kept, weights[usable]) for scores, kept, weights in sides)
    whole = [_Side(side.scores, side.kept, np.ones((1, len(side.scores)))) for side in (good, bad)]
    # where nothing varies, what is known is limited by the papers with errors
    count = len({s.pair.group for s in wrong})
    return float(measure(*whole)[0]), percentile_interval(measure(good, bad), count=count)
