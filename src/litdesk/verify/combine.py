"""Rules and trained judge together: a logistic regression, fitted on validation data."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from litdesk.errors import SettingsError
from litdesk.types import Verdict
from litdesk.verify.features import LEXICAL, MODEL, Readings, lexical_features, model_features
from litdesk.verify.judge import EvidenceText, Judgement, nothing_claimed, readable
from litdesk.verify.reading import read
from litdesk.verify.rules import Comparison, RulesVerifier, compare, explain
from litdesk.verify.trained import Logits, TrainedJudge
from litdesk.verify.windows import best_windows, pack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from litdesk.verify.judge import Verifier

__all__ = [
    "Calibration",
    "CombinedVerifier",
    "Reader",
    "Weighing",
    "open_built_in",
    "read_evidence",
]


SURE = 0.8
_FEW_COVERED = 0.5
_TURNED = frozenset({"number", "unit", "comparator", "negation", "direction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """One text weighed for one claim."""

    comparison: Comparison
    readings: Readings
    probability: float
    """That the text supports the claim."""
    contradiction: float
    """That the text contradicts the claim, given that it does not support it."""
    by_rules: float
    """What the rules added to the log-odds of support."""
    by_model: float
    """What the trained judge added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The numbers that `training.verifier.calibrate` writes beside the model."""

    centre: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    contradiction_slope: float
    contradiction_intercept: float
    supported_from: float
    unsupported_below: float
    contradicted_from: float

    @classmethod
    def from_json(cls, values: dict[str, Any] | None) -> Calibration:
        """Read the numbers, if they are for the features that this version computes.

        Args:
            values: What `calibration.json` holds; None where there is none.

        Returns:
            The calibration.

        Raises:
            SettingsError: If there are none, or they are for other features.
        """
        if values is None:
            raise SettingsError(
                "The verifier has no calibration.",
                remedy="Run training.verifier.calibrate, or use the verifier of litdesk.",
            )
        if tuple(values.get("features", ())) != LEXICAL + MODEL:
            raise SettingsError(
                "The verifier's calibration is for another version of litdesk.",
                remedy="Use the verifier that comes with this version, or calibrate it again.",
            )
        return cls(
            centre=tuple(values["centre"]),
            coefficients=tuple(values["coefficients"]),
            intercept=values["intercept"],
            contradiction_slope=values["contradiction_slope"],
            contradiction_intercept=values["contradiction_intercept"],
            supported_from=values["supported_from"],
            unsupported_below=values["unsupported_below"],
            contradicted_from=values["contradicted_from"],
        )

    def weigh(self, comparison: Comparison, readings: Readings) -> Weighing:
        """Return the probability of support, and who spoke for it.

        Args:
            comparison: What the rules saw.
            readings: What the trained judge saw.

        Returns:
            The weighing.
        """
        lexical, model = lexical_features(comparison), model_features(comparison, readings)
        parts = [
            weight * (value - centre)
            for weight, value, centre in zip(
                self.coefficients, lexical + model, self.centre, strict=True
            )
        ]
        by_rules, by_model = sum(parts[: len(lexical)]), sum(parts[len(lexical) :])
        odds = self.intercept + by_rules + by_model
        probability = 0.99 if comparison.verbatim else _logistic(odds)
        against = readings.packed.contradiction
        return Weighing(
            comparison=comparison,
            readings=readings,
            probability=probability,
            contradiction=_logistic(
                self.contradiction_intercept + self.contradiction_slope * against
            ),
            by_rules=by_rules,
            by_model=by_model,
        )


class Reader(Protocol):
    """Anything that reads a claim and a text as the trained judge does."""

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Logits]:
        """Return what it says of some pairs.

        Args:
            pairs: Claims, each a sentence, with their texts.

        Returns:
            The logits of each, in the same order.
        """
        ...


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def read_evidence(judge: Reader, claim: str, text: EvidenceText) -> Readings:
    """Let the trained judge read a text, whole or packed, and its nearest window.

    Args:
        judge: The trained judge.
        claim: One sentence.
        text: A cited text.

    Returns:
        The logits of both.
    """
    packed = pack(claim, text.title, text.text)
    windows = best_windows(claim, text.title, text.text)
    window = windows[0] if windows else packed
    whole, nearest = judge.read([(claim, packed), (claim, window)])
    return Readings(packed=whole, window=nearest)


class CombinedVerifier:
    """The default verifier; a verdict says whether the rules or the trained judge spoke."""

    name = "rules+trained"

    def __init__(self, judge: TrainedJudge) -> None:
        """Take a trained judge that has been calibrated.

        Args:
            judge: The judge.

        Raises:
            SettingsError: If it has no calibration.
        """
        self._judge = judge
        self.calibration = Calibration.from_json(judge.calibration)

    @classmethod
    def load(cls, folder: Path | None = None) -> CombinedVerifier:
        """Open the verifier of a folder.

        Args:
            folder: The folder; by default the one that comes with litdesk.

        Returns:
            The verifier.
        """
        return cls(TrainedJudge.load(folder))

    def weigh(self, claim: str, text: EvidenceText) -> Weighing:
        """Weigh one text.

        Args:
            claim: One sentence.
            text: A cited text.

        Returns:
            The probability of support and what it rests on.
        """
        readings = read_evidence(self._judge, claim, text)
        return self.calibration.weigh(compare(claim, text), readings)

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Say whether the evidence supports the claim.

        Args:
            claim: One sentence.
            evidence: The cited texts, in any order.

        Returns:
            The verdict, its probability and the sentence that decided.
        """
        if not read(claim).content:
            return nothing_claimed("rules", "the sentence says nothing that could be checked")
        texts = readable(evidence)
        if not texts:
            return nothing_claimed("rules", "nothing is cited")
        weighed = [(self.weigh(claim, text), text) for text in texts]
        best, text = max(weighed, key=lambda item: item[0].probability)
        if len(texts) > 1 and best.probability < self.calibration.supported_from:
            joint = self.weigh(claim, _joined(texts))
            if joint.probability > best.probability:
                return self._judgement(joint, text, best)
        return self._judgement(best, text, best)

    def _judgement(self, weighing: Weighing, text: EvidenceText, place: Weighing) -> Judgement:
        verdict, speaker = self._verdict(weighing)
        return Judgement(
            verdict=verdict,
            score=weighing.probability,
            reason=_reason(weighing, verdict, speaker),
            verifier=speaker,
            paper_id=text.paper_id,
            span=place.comparison.span,
        )

    def _verdict(self, weighing: Weighing) -> tuple[Verdict, str]:
        numbers = self.calibration
        if weighing.comparison.verbatim:
            return Verdict.SUPPORTED, "rules"
        if weighing.probability >= max(numbers.supported_from, _least_despite(weighing)):
            speaker = "rules" if weighing.by_rules > weighing.by_model else "trained"
            return Verdict.SUPPORTED, speaker
        speaker = "rules" if weighing.by_rules < weighing.by_model else "trained"
        if weighing.probability >= numbers.unsupported_below:
            return Verdict.UNCERTAIN, speaker
        if (1 - weighing.probability) * weighing.contradiction >= numbers.contradicted_from:
            return Verdict.CONTRADICTED, speaker
        return Verdict.UNSUPPORTED, speaker


def open_built_in(folder: Path | None = None) -> Verifier:
    """Open the best verifier that is at hand.

    Args:
        folder: Folder of a trained judge; by default the one that comes with litdesk.

    Returns:
        Rules and the trained judge together; the rules alone, which is logged with the reason,
        where no folder was named and litdesk's own judge is missing or damaged.

    Raises:
        SettingsError: If the folder that was named has no judge, or a damaged one.
    """
    if folder is not None:
        return CombinedVerifier.load(folder)
    try:
        return CombinedVerifier.load()
    except SettingsError as error:
        # told even where nobody asked for a log, because every verdict is another than usual
        logging.getLogger(__name__).error("Rules judge alone. %s", error)  # noqa: TRY400
        return RulesVerifier()


def _joined(texts: Sequence[EvidenceText]) -> EvidenceText:
    """All cited texts as one, for a sentence that merges what several papers say."""
    together = " ".join(f"{t.title.rstrip('.')}. {t.text}" if t.title else t.text for t in texts)
    return EvidenceText(paper_id="", title="", text=together)


def _least_despite(weighing: Weighing) -> float:
    """How sure the judge must be to overrule a named conflict, or words that are not there."""
    comparison = weighing.comparison
    named = any(conflict.kind in _TURNED for conflict in comparison.conflicts)
    return SURE if named or comparison.covered <= _FEW_COVERED else 0.0


def _reason(weighing: Weighing, verdict: Verdict, speaker: str) -> str:
    comparison = weighing.comparison
    if speaker == "rules":
        # below any threshold of the rules' own, so that a conflict is named where there is one
        return explain(comparison, 1.0 if verdict is Verdict.SUPPORTED else 0.0)
    said = {
        Verdict.SUPPORTED: "the trained judge finds it in the cited text",
        Verdict.CONTRADICTED: "the trained judge finds that the cited text says otherwise",
        Verdict.UNSUPPORTED: "the trained judge does not find it in the cited text",
    }.get(verdict, "the trained judge cannot tell whether the cited text says this")
    if comparison.conflicts and verdict is not Verdict.SUPPORTED:
        return f"{said}: {comparison.conflicts[0].reason}"
    return said
