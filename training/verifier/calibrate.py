"""Step 4: learn from validation data how to combine rules and judge, and where verdicts begin.

python -m training.verifier.calibrate --bench ../shared/bench --data out/verifier \
--model models/verifier
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litdesk.verify.combine import Reader, read_evidence
from litdesk.verify.features import LEXICAL, MODEL, lexical_features, model_features
from litdesk.verify.judge import EvidenceText
from litdesk.verify.rules import compare
from litdesk.verify.trained import Logits, TrainedJudge
from training.verifier.data import Case, Pair, read_cases, read_pairs
from training.verifier.export import write_manifest
from training.verifier.measures import balanced_accuracy, best_threshold, softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["KeptJudge", "Table", "calibrate", "cross_fitted", "fit", "left_out", "table_of"]

FOLDS = 10
SEEDED_SHARES = {"near": 0.1, "claim": 0.3}
"""Weight of the seeded errors beside the human-labelled pairs: of those in an abstract's own
sentences or in the evidence, and of those in claims that people wrote."""
MINIMAL_PAIRS = {"summedits", "negnli", "fm2", "fever"}
"""Sources whose wrong claims were made from right ones, or to trick a judge: word coverage is blind
there by construction, unlike in what writers get wrong, so they count half."""
SHRINKAGE = 0.03
"""Of the logistic regression; chosen, like the weights, by leaving out one source after another."""
SENTENCES = 200
PRECISION = 0.8
"""Of the verdicts, on validation data."""
_TURNED = {"number", "unit", "negation", "direction", "comparator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with all that can be known of them before calibration."""

    features: np.ndarray
    """One column for each of `LEXICAL + MODEL`."""
    logits: np.ndarray
    """The judge's three logits for the packed evidence."""
    claim_only: np.ndarray
    """The judge's log-odds of support when it sees no evidence."""
    verbatim: np.ndarray
    supported: np.ndarray
    contradicted: np.ndarray
    """1 contradicted, 0 not, -1 where the source does not tell."""
    sources: tuple[str, ...]
    groups: tuple[str, ...]
    """Rows of one group never stand on both sides of a cross-fitting split."""

    def take(self, rows: np.ndarray) -> Table:
        """Return some of the rows.

        Args:
            rows: Their places.

        Returns:
            A smaller table.
        """
        return Table(
            features=self.features[rows],
            logits=self.logits[rows],
            claim_only=self.claim_only[rows],
            verbatim=self.verbatim[rows],
            supported=self.supported[rows],
            contradicted=self.contradicted[rows],
            sources=tuple(self.sources[n] for n in rows),
            groups=tuple(self.groups[n] for n in rows),
        )


def table_of(judge: Reader, rows: Sequence[Pair | Case]) -> Table:
    """Let rules and judge read some rows.

    Args:
        judge: The trained judge, or one that remembers.
        rows: Pairs or seeded cases.

    Returns:
        What they saw.
    """
    features, logits, alone, verbatim = [], [], [], []
    for row in rows:
        title, text = (row.title, row.text) if isinstance(row, Case) else ("", row.evidence)
        evidence = EvidenceText(paper_id="", title=title, text=text)
        comparison, readings = (
            compare(row.claim, evidence),
            read_evidence(judge, row.claim, evidence),
        )
        features.append(lexical_features(comparison) + model_features(comparison, readings))
        packed = readings.packed
        logits.append([packed.supported, packed.contradicted, packed.unsupported])
        alone.append(judge.read([(row.claim, "")])[0].support)
        verbatim.append(comparison.verbatim)
    return Table(
        features=np.array(features),
        logits=np.array(logits),
        claim_only=np.array(alone),
        verbatim=np.array(verbatim),
        supported=np.array([_is_supported(row) for row in rows]),
        contradicted=np.array([_is_contradicted(row) for row in rows]),
        sources=tuple(_source(row) for row in rows),
        groups=tuple(_group(row) for row in rows),
    )


def _group(row: Pair | Case) -> str:
    if isinstance(row, Pair):
        return row.evidence[:60]
    return row.text[:60] if row.style == "claim" else row.item


def _source(row: Pair | Case) -> str:
    if isinstance(row, Case):
        return f"seeded/{row.style}/{row.kind}"
    return row.source.removesuffix("_tok").removesuffix("_rat")


def _is_supported(row: Pair | Case) -> int:
    return int(row.kind in {"clean", "copy"} if isinstance(row, Case) else row.label == "supported")


def _is_contradicted(row: Pair | Case) -> int:
    if isinstance(row, Case):
        return int(row.kind in _TURNED) if row.kind != "name" else -1
    return -1 if row.label == "not-supported" else int(row.label == "contradicted")


class KeptJudge:
    """A judge that remembers on disk what it said, so that a step can be resumed or repeated."""

    def __init__(self, judge: TrainedJudge, folder: Path) -> None:
        """Read what this model has said before.

        Args:
            judge: The trained judge.
            folder: Where its words are kept.
        """
        self._judge = judge
        self._path = folder / f"logits-{judge.digest[:12]}.json.gz"
        self.known: dict[str, list[float]] = {}
        if self._path.exists():
            self.known = json.loads(gzip.decompress(self._path.read_bytes()))

    def logits(self, claim: str, evidence: str) -> Logits:
        """Return what the judge says of one pair.

        Args:
            claim: One sentence.
            evidence: The text.

        Returns:
            The logits.
        """
        key = hashlib.sha256(f"{claim}\x1f{evidence}".encode()).hexdigest()[:20]
        if key not in self.known:
            found = self._judge.logits(claim, evidence)
            self.known[key] = [found.supported, found.contradicted, found.unsupported]
        supported, contradicted, unsupported = self.known[key]
        return Logits(supported=supported, contradicted=contradicted, unsupported=unsupported)

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Logits]:
        """Return what the judge says of some pairs.

        Args:
            pairs: Claims with their texts.

        Returns:
            The logits of each, in the same order.
        """
        return [self.logits(claim, evidence) for claim, evidence in pairs]

    def save(self) -> None:
        """Write what is known."""
        self._path.write_bytes(gzip.compress(json.dumps(self.known).encode()))


def sample_cases(cases: Sequence[Case], *, limit: int) -> list[Case]:
    """Return the cases of some sentences, spread over the abstracts.

    Args:
        cases: Seeded cases in order.
        limit: How many sentences.

    Returns:
        All cases of these sentences, in their order.
    """
    items = list(dict.fromkeys(case.item for case in cases))
    step = max(1.0, len(items) / limit)
    taken = {items[int(n * step)] for n in range(min(limit, len(items)))}
    return [case for case in cases if case.item in taken]


def weights_of(table: Table) -> np.ndarray:
    """Return how much each row counts in the fit.

    Args:
        table: Human-labelled and seeded rows.

    Returns:
        All sources count the same but those of `MINIMAL_PAIRS`; of the seeded rows, clean and
        wrong ones do.
    """
    sources = np.array(table.sources)
    seeded = np.char.startswith(sources, "seeded/")
    counts = Counter(table.sources)
    weights = np.array([200 / counts[source] for source in table.sources])
    weights[np.isin(sources, sorted(MINIMAL_PAIRS))] *= 0.5
    real = weights[~seeded].sum() or 1.0
    of_claims = np.char.startswith(sources, "seeded/claim/")
    for style, chosen in (("claim", of_claims), ("near", seeded & ~of_claims)):
        for side in (0, 1):
            rows = chosen & (table.supported == side)
            weights[rows] = SEEDED_SHARES[style] * real / 2 / max(1, rows.sum())
    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A logistic regression."""

    centre: np.ndarray
    coefficients: np.ndarray
    intercept: float

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the probability of support.

        Args:
            features: One row a claim.

        Returns:
            0-1.
        """
        odds = (features - self.centre) @ self.coefficients + self.intercept
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def fit(features: np.ndarray, supported: np.ndarray, weights: np.ndarray) -> Fit:
    """Fit a logistic regression with a little shrinkage.

    Args:
        features: One row a claim.
        supported: 1 or 0 for each.
        weights: How much each counts.

    Returns:
        The fit, for features as they come.
    """
    from sklearn.linear_model import LogisticRegression

    centre = np.average(features, axis=0, weights=weights)
    scale = np.sqrt(np.average((features - centre) ** 2, axis=0, weights=weights))
    scale[scale < 1e-6] = 1.0
    model = LogisticRegression(C=SHRINKAGE, max_iter=2000)
    model.fit((features - centre) / scale, supported, sample_weight=weights)
    return Fit(
        centre=centre, coefficients=model.coef_[0] / scale, intercept=float(model.intercept_[0])
    )


def cross_fitted(table: Table, columns: Sequence[int]) -> np.ndarray:
    """Return probabilities in which no row helped to fit its own.

    Args:
        table: All rows.
        columns: The features to use.

    Returns:
        A probability of support for each row.
    """
    names = sorted(set(table.groups))
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {name: int(place) % FOLDS for name, place in zip(names, order, strict=True)}
    folds = np.array([fold_of[group] for group in table.groups])
    features, weights = table.features[:, list(columns)], weights_of(table)
    found = np.zeros(len(folds))
    for fold in range(FOLDS):
        test = folds == fold
        if test.any():
            learnt = fit(features[~test], table.supported[~test], weights[~test])
            found[test] = learnt.probabilities(features[test])
    return np.where(table.verbatim, np.maximum(found, 0.99), found)


def left_out(table: Table, columns: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return what the combination says of each source when that source helped to fit nothing.

    Args:
        table: All rows.
        columns: The features to use.

    Returns:
        A probability of support for each row, and whether it reaches the threshold that is best
        on the other sources; of the human-labelled rows only.
    """
    sources, groups = np.array(table.sources), np.array(table.groups)
    seeded = np.char.startswith(sources, "seeded/")
    features, weights = table.features[:, list(columns)], weights_of(table)
    found, said = np.zeros(len(sources)), np.zeros(len(sources), dtype=bool)
    for source in sorted(set(sources[~seeded])):
        test = sources == source
        rest = ~np.isin(groups, groups[test])
        learnt = fit(features[rest], table.supported[rest], weights[rest])
        others = rest & ~seeded
        chances = learnt.probabilities(features)
        threshold = best_threshold(chances[others], table.supported[others], sources[others])
        found[test], said[test] = chances[test], chances[test] >= threshold
    return found, said


ALL = tuple(range(len(LEXICAL + MODEL)))
RULES_ONLY = tuple(range(len(LEXICAL)))
MODEL_ONLY = tuple(len(LEXICAL) + MODEL.index(n) for n in ("support", "support_window"))


def validation_rows(*, bench: Path, data: Path) -> list[Pair | Case]:
    """Return the rows that calibration may see.

    Args:
        bench: Folder with `faithfulness`.
        data: What `prepare` wrote.

    Returns:
        The human-labelled validation pairs, then errors seeded in their claims, then those in
        sentences of the abstracts for calibration.
    """
    pairs = read_pairs(bench / "faithfulness" / "validation.jsonl.gz")
    claims = read_cases(data / "seeded-claims.jsonl.gz")
    cases = read_cases(data / "seeded-calibration.jsonl.gz")
    return [*pairs, *claims, *sample_cases(cases, limit=SENTENCES)]


def calibrate(table: Table) -> dict[str, Any]:
    """Return what `calibration.json` holds.

    Args:
        table: The rows that calibration may see.

    Returns:
        Coefficients and thresholds, as JSON takes them.
    """
    learnt = fit(table.features, table.supported, weights_of(table))
    found = cross_fitted(table, ALL)
    real = np.array([not source.startswith("seeded/") for source in table.sources])
    sources = np.array(table.sources)[real]
    threshold = best_threshold(found[real], table.supported[real], sources)
    low, high = _uncertain_band(found[real], table.take(np.flatnonzero(real)), threshold)
    slope, intercept = _contradiction(table)
    chance = 1 / (1 + np.exp(-(intercept + slope * against(table))))
    return {
        "features": list(LEXICAL + MODEL),
        "centre": [float(v) for v in learnt.centre],
        "coefficients": [float(v) for v in learnt.coefficients],
        "intercept": learnt.intercept,
        "balanced_threshold": threshold,
        "supported_from": high,
        "unsupported_below": low,
        "contradiction_slope": slope,
        "contradiction_intercept": intercept,
        "contradicted_from": _contradicted_from((1 - found) * chance, found, table, low),
        "temperature": temperature(table),
    }


def _uncertain_band(found: np.ndarray, table: Table, threshold: float) -> tuple[float, float]:
    """Where a verdict is right four times in five on either side of the threshold."""
    weights = weights_of(table)

    def share(rows: np.ndarray, wanted: int) -> float:
        right = table.supported[rows] == wanted
        return float(np.average(right, weights=weights[rows])) if rows.any() else 0.0

    grid = np.arange(0.05, 0.96, 0.01)
    highs = [t for t in grid if t >= threshold and share(found >= t, 1) >= PRECISION]
    lows = [t for t in grid if t <= threshold and share(found < t, 0) >= PRECISION]
    high = float(min(highs, default=max(threshold, 0.9)))
    low = float(max(lows, default=min(threshold, 0.1)))
    return round(low, 3), round(high, 3)


def against(table: Table) -> np.ndarray:
    """Return the judge's log-odds that the evidence contradicts the claim.

    Args:
        table: The rows.

    Returns:
        One number a row.
    """
    others = np.logaddexp(table.logits[:, 0], table.logits[:, 2])
    return np.asarray(table.logits[:, 1] - others)


def _contradiction(table: Table) -> tuple[float, float]:
    """Platt's scaling of contradicted against merely unsupported."""
    from sklearn.linear_model import LogisticRegression

    rows = (table.supported == 0) & (table.contradicted >= 0)
    if len(set(table.contradicted[rows])) < 2:
        return 1.0, 0.0
    model = LogisticRegression().fit(
        against(table)[rows, None],
        table.contradicted[rows],
        sample_weight=weights_of(table)[rows],
    )
    return float(model.coef_[0][0]), float(model.intercept_[0])


def _contradicted_from(chance: np.ndarray, found: np.ndarray, table: Table, low: float) -> float:
    """The least chance from which "contradicted" is right in 80 % of the validation rows."""
    real = np.array([not source.startswith("seeded/") for source in table.sources])
    rows = real & (found < low) & (table.contradicted >= 0)
    grid = np.arange(0.3, 0.995, 0.005)
    for n, threshold in enumerate(grid):
        if all(_precise(chance, rows, table, t) for t in grid[n : n + 4]):
            return round(float(threshold), 3)
    return 1.01


def _precise(chance: np.ndarray, rows: np.ndarray, table: Table, threshold: float) -> bool:
    said = rows & (chance >= threshold)
    return bool(said.sum() >= 20 and table.contradicted[said].mean() >= PRECISION)


def temperature(table: Table) -> float:
    """Return the temperature that makes the judge's own three probabilities truest.

    Args:
        table: Rows with labels.

    Returns:
        A number that its logits are divided by.
    """
    told = table.contradicted >= 0
    label = np.where(table.supported == 1, 0, np.where(table.contradicted == 1, 1, 2))
    weights = weights_of(table)

    def loss(value: float) -> float:
        chance = softmax(table.logits / value)
        exact = chance[np.arange(len(label)), label]
        either = np.where(table.supported == 1, chance[:, 0], 1 - chance[:, 0])
        return float(-(weights * np.log(np.where(told, exact, either) + 1e-9)).sum())

    return round(float(min(np.arange(0.5, 5.01, 0.05), key=loss)), 2)


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("out/verifier"))
    parser.add_argument("--model", type=Path, default=Path("models/verifier"))
    given = parser.parse_args()
    rows = validation_rows(bench=given.bench, data=given.data)
    judge = KeptJudge(TrainedJudge.load(given.model), given.data)
    table = table_of(judge, rows)
    judge.save()
    values = calibrate(table)
    (given.model / "calibration.json").write_text(json.dumps(values, indent=1) + "\n")
    write_manifest(given.model)
    real = np.array([not source.startswith("seeded/") for source in table.sources])
    found = cross_fitted(table, ALL)[real]
    score = balanced_accuracy(found >= values["balanced_threshold"], table.supported[real])
    shown = {k: v for k, v in values.items() if isinstance(v, float)}
    print(shown, f"balanced accuracy of the validation pairs {score:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
