"""Step 4: fit the line that turns each logit into log-odds, on the validation part.

python -m training.relevance.calibrate --data out/relevance --model models/relevance
"""

from __future__ import annotations

import argparse
import json
import math
import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from litdesk.cross_encoder import CrossEncoder
from training.relevance.data import HEADS, read_documents, read_queries
from training.relevance.pairs import examples_of, pair_of
from training.verifier.export import CALIBRATION, write_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.relevance.data import Document, Query

__all__ = ["calibrate", "line_of"]

_MOST = 6_000
"""Examples that are read: two numbers a head are fitted to them."""


def line_of(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the line that fits labels best.

    Args:
        logits: Of one head.
        labels: 0 or 1.

    Returns:
        Slope and offset of the log-odds.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=100.0).fit(logits[:, None], labels)
    return {
        "slope": round(float(fitted.coef_[0, 0]), 4),
        "offset": round(float(fitted.intercept_[0]), 4),
    }


def calibrate(
    encoder: CrossEncoder, queries: list[Query], documents: Mapping[str, Document]
) -> dict[str, dict[str, float]]:
    """Return the lines of all heads.

    Args:
        encoder: The model.
        queries: All queries; those of the validation part are used.
        documents: The documents by id.

    Returns:
        Slope and offset by head.
    """
    chance = random.Random(1)  # noqa: S311
    asked = [query for query in queries if query.part == "validation"]
    examples = list(examples_of(asked, documents, chance))
    examples = chance.sample(examples, min(_MOST, len(examples)))
    pairs = [pair_of(example, documents) for example in examples]
    logits = np.array(encoder.read([(pair.claim, pair.evidence) for pair in pairs]))
    targets = np.array([example.targets for example in examples])
    lines = {}
    for place, head in enumerate(HEADS):
        known = ~np.isnan(targets[:, place])
        lines[head] = line_of(logits[known, place], targets[known, place])
    return lines


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("out/relevance"))
    parser.add_argument("--model", type=Path, default=Path("models/relevance"))
    given = parser.parse_args()
    (given.model / CALIBRATION).unlink(missing_ok=True)
    write_manifest(given.model)
    encoder = CrossEncoder.load(given.model, name="relevance model")
    lines = calibrate(
        encoder,
        read_queries(given.data / "queries.jsonl.gz"),
        read_documents(given.data / "documents.jsonl.gz"),
    )
    if not all(math.isfinite(v) for line in lines.values() for v in line.values()):
        parser.error("the model cannot be calibrated: a logit is not a number")
    (given.model / CALIBRATION).write_text(json.dumps(lines, indent=1) + "\n")
    write_manifest(given.model)


if __name__ == "__main__":
    main()
