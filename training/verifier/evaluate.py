"""Step 5: print every figure of the model card; the test pairs are read only with `--test`.

python -m training.verifier.evaluate --bench ../shared/bench --base FOLDER [--test]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from litdesk.verify.features import LEXICAL
from litdesk.verify.trained import TrainedJudge
from litdesk.verify.windows import pack
from training.verifier.calibrate import (
    ALL,
    MODEL_ONLY,
    RULES_ONLY,
    KeptJudge,
    Table,
    against,
    cross_fitted,
    fit,
    left_out,
    sample_cases,
    table_of,
    validation_rows,
    weights_of,
)
from training.verifier.data import Case, Pair, read_cases, read_pairs
from training.verifier.measures import (
    area,
    balanced_accuracy,
    best_threshold,
    calibration_error,
    interval,
    macro,
    recall_at,
)
from training.verifier.model import (
    build,
    config_of,
    encode,
    load_tokenizer,
    logits_of,
    restore,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["evaluate"]

SENTENCES = 260
COVERED = LEXICAL.index("covered")
Scores = dict[str, np.ndarray]


def say(text: str = "") -> None:
    """Print a line at once.

    Args:
        text: The line.
    """
    print(text, flush=True)  # noqa: T201 (a report)


def cosines(rows: Sequence[Pair | Case], base: Path) -> np.ndarray:
    """Return the cosine of claim and evidence in the packaged embedding.

    Args:
        rows: Pairs or cases.
        base: Folder of the packaged encoder.

    Returns:
        One number a row.
    """
    from sentence_transformers import SentenceTransformer

    texts = [(r.claim, f"{r.title} {r.text}" if isinstance(r, Case) else r.evidence) for r in rows]
    unique = sorted({t for pair in texts for t in pair})
    model = SentenceTransformer(str(base), device="cpu")
    vectors = model.encode(unique, batch_size=32, normalize_embeddings=True)
    place = {text: n for n, text in enumerate(unique)}
    return np.array([float(vectors[place[a]] @ vectors[place[b]]) for a, b in texts])


class Judges:
    """What is compared: the shipped combination, its two halves, and two baselines."""

    def __init__(self, calibration: Table) -> None:
        """Fit each on the calibration rows.

        Args:
            calibration: Human-labelled validation pairs and seeded errors.
        """
        weights = weights_of(calibration)
        self._parts = {"together": ALL, "rules": RULES_ONLY, "trained": MODEL_ONLY}
        self._fits = {
            name: fit(calibration.features[:, list(columns)], calibration.supported, weights)
            for name, columns in self._parts.items()
        }
        self.fitted_on = calibration

    def scores(self, table: Table, cosine: np.ndarray) -> Scores:
        """Return the scores of rows that were not fitted on.

        Args:
            table: The rows.
            cosine: Their cosines.

        Returns:
            Name to scores, `claim only` among them.
        """
        found = {
            name: self._fits[name].probabilities(table.features[:, list(columns)])
            for name, columns in self._parts.items()
        }
        found["together"] = np.where(
            table.verbatim, np.maximum(found["together"], 0.99), found["together"]
        )
        return found | {
            "word coverage": table.features[:, COVERED],
            "cosine": cosine,
            "claim only": table.claim_only,
        }

    def cross_fitted(self, cosine: np.ndarray) -> Scores:
        """Return scores of the calibration rows themselves, none fitted on its own.

        Args:
            cosine: Their cosines.

        Returns:
            Name to scores.
        """
        table = self.fitted_on
        return {name: cross_fitted(table, columns) for name, columns in self._parts.items()} | {
            "word coverage": table.features[:, COVERED],
            "cosine": cosine,
            "claim only": table.claim_only,
        }


def _interval_of(
    measure: Callable[..., float], columns: tuple[np.ndarray, ...], *, draws: int = 1000
) -> tuple[float, float]:
    def drawn(rows: np.ndarray) -> float:
        return float(measure(*(column[rows] for column in columns)))

    return interval(drawn, len(columns[0]), draws=draws)


def report_validation(table: Table, scores: Scores) -> dict[str, float]:
    """Print the cross-fitted figures of the human-labelled validation pairs.

    Args:
        table: The rows.
        scores: Of each judge.

    Returns:
        The threshold of each judge.
    """
    sources = np.array(table.sources)
    say(
        f"\n## Validation, cross-fitted, n = {len(sources)}, macro over {len(set(sources))} sources"
    )
    say("| judge | AUROC [95 %] | balanced accuracy % | threshold |\n|---|---|---|---|")
    thresholds = {}
    for name, score in scores.items():
        at = thresholds[name] = best_threshold(score, table.supported, sources)
        value = macro(area, score, table.supported, sources)
        low, high = _interval_of(partial(macro, area), (score, table.supported, sources), draws=300)
        right = macro(balanced_accuracy, score >= at, table.supported, sources)
        say(f"| {name} | {value:.3f} [{low:.3f}, {high:.3f}] | {100 * right:.1f} | {at:.3f} |")
    say("\n| AUROC by source | n | together | rules | trained | word coverage | cosine |")
    say("|---|---|---|---|---|---|---|")
    for source in sorted(set(sources)):
        rows = sources == source
        found = [
            f"{area(scores[name][rows], table.supported[rows]):.3f}"
            for name in ("together", "rules", "trained", "word coverage", "cosine")
        ]
        say(f"| {source} | {rows.sum()} | {' | '.join(found)} |")
    report_reliability(table, scores["together"])
    return thresholds


def report_left_out(table: Table, columns: dict[str, Sequence[int]]) -> None:
    """Print what each source gets from a combination that was fitted without it.

    Args:
        table: The rows that calibration may see.
        columns: Name of a judge to its features.
    """
    sources = np.array(table.sources)
    real = ~np.char.startswith(sources, "seeded/")
    sources, truth = sources[real], table.supported[real]
    names = sorted(set(sources))
    if len(names) < 2:
        return
    say("\n## Each source left out of the fit and of the threshold: AUROC / balanced accuracy %")
    say("| judge | mean | " + " | ".join(names) + " |\n|---|---|" + "---|" * len(names))
    for judge, chosen in columns.items():
        chances, said = (values[real] for values in left_out(table, chosen))
        cells = [
            f"{area(chances[rows], truth[rows]):.3f} / "
            f"{100 * balanced_accuracy(said[rows], truth[rows]):.0f}"
            for rows in (sources == name for name in names)
        ]
        mean = macro(area, chances, truth, sources)
        right = 100 * macro(balanced_accuracy, said, truth, sources)
        say(f"| {judge} | {mean:.3f} / {right:.1f} | {' | '.join(cells)} |")


def report_reliability(table: Table, chances: np.ndarray) -> None:
    """Print how true the probabilities are.

    Args:
        table: The rows.
        chances: Cross-fitted probabilities.
    """
    weights = weights_of(table)
    plain = calibration_error(chances, table.supported)
    even = calibration_error(chances, table.supported, weights=weights)
    say(f"\nECE: {plain:.3f} all pairs alike, {even:.3f} sources weighed as in the fit")
    say("| said | n | so (weighed) |\n|---|---|---|")
    for n in range(10):
        rows = (chances >= n / 10) & (chances < (n + 1) / 10 + (n == 9))
        if rows.any():
            true = np.average(table.supported[rows], weights=weights[rows])
            said = np.average(chances[rows], weights=weights[rows])
            say(f"| {said:.2f} | {rows.sum()} | {true:.2f} {'#' * round(40 * true)} |")


def report_test(table: Table, scores: Scores, thresholds: dict[str, float]) -> None:
    """Print the figures of the test pairs, and the paired gain over word coverage.

    Args:
        table: The rows.
        scores: Of each judge.
        thresholds: From the validation pairs.
    """
    size, truth = len(table.supported), table.supported
    say(f"\n## SciFact's dev claims, n = {size}")
    say("| judge | AUROC [95 %] | balanced accuracy % [95 %] |")
    say("|---|---|---|")
    decisions = {name: score >= thresholds[name] for name, score in scores.items()}
    for name, score in scores.items():
        low, high = _interval_of(area, (score, truth))
        said = decisions[name]
        left, right = _interval_of(balanced_accuracy, (said, truth))
        say(
            f"| {name} | {area(score, truth):.3f} [{low:.3f}, {high:.3f}] | "
            f"{100 * balanced_accuracy(said, truth):.1f} [{100 * left:.1f}, {100 * right:.1f}] |"
        )
    ours, theirs = scores["together"], scores["word coverage"]

    def gain(rows: np.ndarray) -> float:
        return area(ours[rows], truth[rows]) - area(theirs[rows], truth[rows])

    def gain_accuracy(rows: np.ndarray) -> float:
        one = balanced_accuracy(decisions["together"][rows], truth[rows])
        return one - balanced_accuracy(decisions["word coverage"][rows], truth[rows])

    everything = np.arange(size)
    for label, measure, scale in (("AUROC", gain, 1), ("balanced accuracy", gain_accuracy, 100)):
        low, high = interval(measure, size)
        say(
            f"Paired gain of together over word coverage, {label}: "
            f"{scale * measure(everything):+.3f} [{scale * low:+.3f}, {scale * high:+.3f}]"
        )


def report_seeded(cases: Sequence[Case], scores: Scores, *, title: str) -> None:
    """Print the recall of each kind of error at 10 % false alarms.

    Args:
        cases: Clean and wrong cases.
        scores: Of each judge.
        title: What the cases are.
    """
    names = ("together", "rules", "trained", "claim only", "word coverage", "cosine")
    kinds = np.array([c.kind for c in cases])
    styles = np.array([c.style for c in cases])
    items = np.array([c.item for c in cases])
    clean_rows = {item: n for n, item in enumerate(items) if kinds[n] == "clean"}
    say(f"\n## {title}: recall % at 10 % false alarms [95 %]")
    say("| style | error | n | " + " | ".join(names) + " |\n|---|---|---|" + "---|" * len(names))
    for style in dict.fromkeys(styles):
        for kind in dict.fromkeys(kinds):
            wrong = np.flatnonzero((kinds == kind) & (styles == style))
            wrong = np.array([n for n in wrong if items[n] in clean_rows])
            if kind in {"clean", "copy"} or len(wrong) < 5:
                continue
            clean = np.array(list(clean_rows.values()))
            cells = [_recall(scores[name], clean, wrong, full=name == "together") for name in names]
            say(f"| {style} | {kind} | {len(wrong)} | {' | '.join(cells)} |")


def _recall(score: np.ndarray, clean: np.ndarray, wrong: np.ndarray, *, full: bool) -> str:
    value = 100 * recall_at(score[clean], score[wrong])
    if not full:
        return f"{value:.0f}"
    size = len(clean) + len(wrong)
    both = np.concatenate([clean, wrong])

    def drawn(rows: np.ndarray) -> float:
        ours, theirs = both[rows[rows < len(clean)]], both[rows[rows >= len(clean)]]
        return recall_at(score[ours], score[theirs]) if len(ours) and len(theirs) else np.nan

    low, high = interval(drawn, size, draws=300)
    return f"{value:.0f} [{100 * low:.0f}, {100 * high:.0f}]"


def report_plain_cases(cases: Sequence[Case], together: np.ndarray, judge: TrainedJudge) -> None:
    """Print what must be supported and what must not.

    Args:
        cases: Seeded cases.
        together: The shipped probabilities.
        judge: For its thresholds.
    """
    values = judge.calibration or {}
    high = values["supported_from"]
    kinds = np.array([c.kind for c in cases])
    for kind, wanted in (("copy", True), ("clean", True), ("citation", False)):
        rows = np.flatnonzero(kinds == kind)
        if not len(rows):
            continue
        share = (together[rows] >= high).mean()
        say(
            f"{kind}: {100 * (share if wanted else 1 - share):.1f} % "
            f"{'supported' if wanted else 'not supported'} (n = {len(rows)})"
        )


def random_pairs(cases: Sequence[Case]) -> list[Case]:
    """Return clean claims beside another abstract at random.

    Args:
        cases: Seeded cases.

    Returns:
        One case for each clean claim.
    """
    clean = [c for c in cases if c.kind == "clean"]
    shift = len(clean) // 2 + 1
    others = clean[shift:] + clean[:shift]
    return [
        Case(item=c.item, kind="random", style="near", claim=c.claim, title=o.title, text=o.text)
        for c, o in zip(clean, others, strict=True)
    ]


def report_verdicts(table: Table, found: np.ndarray, judge: TrainedJudge) -> None:
    """Print how often each verdict is right on the validation pairs.

    Args:
        table: The rows.
        found: Cross-fitted probabilities.
        judge: For its thresholds.
    """
    values = judge.calibration or {}
    odds = values["contradiction_intercept"] + values["contradiction_slope"] * against(table)
    chance = 1 / (1 + np.exp(-odds))
    low = found < values["unsupported_below"]
    told = table.contradicted >= 0
    turned = low & ((1 - found) * chance >= values["contradicted_from"])
    supported = found >= values["supported_from"]
    say("\n## Verdicts on the validation pairs (cross-fitted)")
    for name, rows, right in (
        ("supported", supported, table.supported == 1),
        ("not supported", low, table.supported == 0),
        ("contradicted", turned & told, table.contradicted == 1),
    ):
        share = 100 * right[rows].mean() if rows.any() else float("nan")
        say(f"{name}: said {rows.sum()} times, right {share:.1f} %")
    say(f"uncertain: {100 * (~low & ~supported).mean():.1f} % of {len(found)}")
    share = turned[table.contradicted == 1].sum() / max(1, (table.contradicted == 1).sum())
    say(f"contradicted is said of {100 * share:.1f} % of the contradicted")


def report_quantised(pairs: Sequence[Pair], table: Table, *, weights: Path, base: Path) -> None:
    """Print what int8 loses to fp32 on the validation pairs.

    Args:
        pairs: The validation pairs.
        table: What the shipped file says of them.
        weights: What `train` wrote.
        base: The packaged encoder.
    """
    kept = weights.with_name(f"fp32-validation-{len(pairs)}.npy")
    if not kept.exists():
        module = build(config_of(base))
        restore(module, weights)
        packed = [replace(p, evidence=pack(p.claim, "", p.evidence)) for p in pairs]
        items = encode(load_tokenizer(base), packed)
        np.save(kept, logits_of(module, items, device="cpu"))
    sources = np.array(table.sources)
    say("\n## int8 beside fp32, the judge alone on packed evidence, own thresholds")
    for name, logits in (("fp32", np.load(kept)), ("int8", table.logits)):
        score = logits[:, 0] - np.logaddexp(logits[:, 1], logits[:, 2])
        said = score >= best_threshold(score, table.supported, sources)
        right = macro(balanced_accuracy, said, table.supported, sources)
        value = macro(area, score, table.supported, sources)
        say(f"{name}: AUROC {value:.3f}, balanced accuracy {100 * right:.1f} %")


def evaluate(
    *, bench: Path, data: Path, model: Path, weights: Path, base: Path, test: bool
) -> None:
    """Print all figures.

    Args:
        bench: Folder with `faithfulness`.
        data: What `prepare` wrote; tables are kept there.
        model: The shipped folder.
        weights: What `train` wrote.
        base: The packaged encoder, for cosines.
        test: Whether to read the test pairs.
    """
    judge = TrainedJudge.load(model)

    kept = KeptJudge(judge, data)

    def table(rows: Sequence[Pair | Case], name: str) -> Table:
        say(f"({name}: {len(rows)} rows)")
        read = table_of(kept, rows)
        kept.save()
        return read

    def cosine(rows: Sequence[Pair | Case], name: str) -> np.ndarray:
        path = data / f"cosine-{name}-{len(rows)}.npy"
        if not path.exists():
            np.save(path, cosines(rows, base))
        return np.asarray(np.load(path))

    rows = validation_rows(bench=bench, data=data)
    judges = Judges(table(rows, "calibration"))
    scores = judges.cross_fitted(cosine(rows, "calibration"))
    real = np.array([n for n, row in enumerate(rows) if isinstance(row, Pair)])
    thresholds = report_validation(
        judges.fitted_on.take(real), {k: v[real] for k, v in scores.items()}
    )
    report_left_out(
        judges.fitted_on,
        {"together": ALL, "rules": RULES_ONLY, "trained": MODEL_ONLY, "word coverage": (COVERED,)},
    )
    claims = [n for n, row in enumerate(rows) if isinstance(row, Case) and row.style == "claim"]
    report_seeded(
        [row for row in rows if isinstance(row, Case) and row.style == "claim"],
        {name: score[claims] for name, score in scores.items()},
        title="Seeded errors in the validation pairs' own claims (cross-fitted)",
    )
    report_verdicts(judges.fitted_on.take(real), scores["together"][real], judge)
    pairs = [row for row in rows if isinstance(row, Pair)]
    if weights.exists():
        report_quantised(pairs, judges.fitted_on.take(real), weights=weights, base=base)
    for name, title in (
        ("test", "Seeded errors, abstracts that gave no training sentence"),
        ("test-seeds", "Seeded errors, the seed papers (machine learning)"),
        ("paraphrases", "Seeded errors in paraphrases written by hand"),
    ):
        path = data / f"seeded-{name}.jsonl.gz"
        cases = sample_cases(read_cases(path), limit=SENTENCES)
        if not cases:
            continue
        read = table(cases, name)
        found = judges.scores(read, cosine(cases, name))
        report_seeded(cases, found, title=title)
        report_plain_cases(cases, found["together"], judge)
        if name != "paraphrases":
            others = random_pairs(cases)
            apart = judges.scores(table(others, name + "-random"), np.zeros(len(others)))[
                "together"
            ]
            share = (apart < (judge.calibration or {})["supported_from"]).mean()
            say(f"random other abstract: {100 * share:.1f} % not supported (n = {len(others)})")
    if test:
        pairs = read_pairs(bench / "faithfulness" / "test-scifact.jsonl.gz")
        report_test(
            (read := table(pairs, "scifact")),
            judges.scores(read, cosine(pairs, "scifact")),
            thresholds,
        )


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("out/verifier"))
    parser.add_argument("--model", type=Path, default=Path("models/verifier"))
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=Path("out/verifier/student.safetensors"))
    parser.add_argument("--test", action="store_true")
    given = parser.parse_args()
    evaluate(
        bench=given.bench,
        data=given.data,
        model=given.model,
        weights=given.weights,
        base=given.base,
        test=given.test,
    )


if __name__ == "__main__":
    main()
