"""What the combination of rules and trained judge is computed from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.verify.reading import is_content
from litdesk.verify.rules import Comparison, weakest_clause

if TYPE_CHECKING:
    from litdesk.verify.trained import Logits

__all__ = ["LEXICAL", "MODEL", "Readings", "lexical_features", "model_features"]

_KINDS = ("number", "unit", "comparator", "negation", "direction", "name", "hedge", "clause")
LEXICAL = (
    "covered",
    "covered_by_sentence",
    "wording",
    "wording_squared",
    "pairs",
    "weakest_clause",
    "verbatim",
    "claim_length",
    "evidence_length",
    "foreign_words",
    "changed_near",
    *_KINDS,
    *(f"{kind}_near" for kind in _KINDS),
)
"""Names of the features that need no model."""
MODEL = (
    "support",
    "support_near",
    "support_window",
    "support_low",
    "contradiction",
    "contradiction_near",
)
"""Names of the features of the trained judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """The trained judge's logits for one claim and one text."""

    packed: Logits
    """Read with as much of the text as fits."""
    window: Logits
    """Read with the nearest sentence, its neighbours and the title."""


def lexical_features(comparison: Comparison) -> list[float]:
    """Return the features of the rules, in the order of `LEXICAL`.

    Args:
        comparison: A claim beside a text.

    Returns:
        Numbers of the order of 1.
    """
    claim, sentence = comparison.claim, comparison.sentence
    near = _nearness(comparison)
    pairs = len(claim.pairs & comparison.evidence.pairs) / (len(claim.pairs) or 1)
    foreign = len(claim.content - comparison.evidence.content)
    changed = sum(
        any(is_content(w.text) and w.stem not in sentence.content for w in ours)
        for ours, _ in comparison.changed
    )
    kinds = dict.fromkeys(_KINDS, 0.0)
    for conflict in comparison.conflicts:
        kinds[conflict.kind] = min(2.0, kinds[conflict.kind] + 1.0)
    return [
        comparison.covered,
        comparison.covered_by_sentence,
        comparison.wording,
        comparison.wording**2,
        pairs,
        weakest_clause(comparison)[1],
        float(comparison.verbatim),
        math.log1p(len(claim.words)) / 3,
        math.log1p(len(comparison.evidence.words)) / 5,
        math.log1p(foreign),
        near * min(changed, 4),
        *kinds.values(),
        *(near * value for value in kinds.values()),
    ]


def _nearness(comparison: Comparison) -> float:
    """0 for free wording, 1 for nearly the sentence's own."""
    return min(1.0, max(0.0, (comparison.wording - 0.4) / 0.4))


def model_features(comparison: Comparison, readings: Readings) -> list[float]:
    """Return the features of the trained judge, in the order of `MODEL`.

    Args:
        comparison: The same claim beside the same text.
        readings: What the judge said.

    Returns:
        Log-odds, cut to ±10.
    """
    near = _nearness(comparison)
    support, window = _cut(readings.packed.support), _cut(readings.window.support)
    contradiction = _cut(readings.packed.contradiction)
    return [
        support,
        near * support,
        max(window, support),
        min(window, support),
        contradiction,
        near * contradiction,
    ]


def _cut(value: float) -> float:
    return max(-10.0, min(10.0, value))
