"""What the rules verifier sees, by kind of error: `python -m benchmarks.rules DATA`.

Errors are seeded in sentences of SciFact's abstracts and of the seeds (near the cited wording) and
in paraphrases written by hand. The rules may be tuned on one half of SciFact's abstracts (`--half
tune`) and are reported on the other; the documents of SciFact's dev claims are in neither. Word
overlap is measured on the same pairs.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from training.verifier.data import Document, read_corpus, read_seeds
from training.verifier.prepare import PARAPHRASES

from benchmarks.report import machine
from benchmarks.scifact import corpus_file
from litdesk.evaluate.judge_card import SetCard, make_card
from litdesk.evaluate.judge_pairs import LabelledPair, make_pairs
from litdesk.evaluate.judging import Judge
from litdesk.types import Verdict, digest
from litdesk.verify.judge import EvidenceText, Judgement
from litdesk.verify.reading import coverage, read
from litdesk.verify.rules import RulesVerifier

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = Path(__file__).parents[1] / "seeds"
NAMES = {
    "number": "number changed",
    "unit": "unit changed",
    "negation": "negated",
    "direction": "direction flipped",
    "comparator": "comparator turned",
    "hedge": "hedge dropped",
    "name": "method swapped",
    "clause": "fabricated clause",
    "near citation": "neighbour's citation",
    "merged": "two papers merged",
    "random citation": "random citation",
}
AIMS = {"number": 85, "negation": 80, "direction": 80, "clause": 85, "near citation": 60}
"""Recall in percent at 10 % false alarms, near the cited wording."""


@dataclass(frozen=True, slots=True)
class WordOverlap:
    """Scores a claim by the share of its words in the evidence; what the rules must beat."""

    name: str = "word overlap"

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Return the largest share as the score; see `Verifier.judge`."""
        said = read(claim)
        score = max(coverage(said, read(f"{t.title}. {t.text}").content) for t in evidence)
        return Judgement(
            verdict=Verdict.SUPPORTED if score >= 0.5 else Verdict.UNSUPPORTED,
            score=score,
            reason="",
            verifier=self.name,
            paper_id=None,
            span=None,
        )


def half_of(doc_id: str) -> Literal["tune", "report"]:
    """Return the half that an abstract belongs to, whatever else is in the corpus."""
    return "tune" if int(digest("rules", doc_id, length=8), 16) % 2 else "report"


def paraphrases() -> dict[str, list[str]]:
    """Return the sentences in other words that were written by hand, by the text they rest on."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in PARAPHRASES.read_text(encoding="utf-8").splitlines():
        doc_id, claim = line.split("\t")
        found[doc_id].append(claim)
    return dict(found)


def sets_of(data: Path, *, half: str, per_kind: int, seed: int) -> dict[str, list[LabelledPair]]:
    """Return the labelled pairs of each set; seeds and paraphrases belong to the report only."""
    corpus = read_corpus(data)
    chosen = _texts([d for d in corpus if half_of(d.doc_id) == half])
    sets = {
        f"near the wording, SciFact ({len(chosen)} abstracts)": make_pairs(
            chosen, per_kind=per_kind, seed=seed
        )
    }
    if half == "tune":
        return sets
    seeds = _texts(read_seeds(SEEDS))
    sets[f"near the wording, seeds ({len(seeds)} abstracts)"] = make_pairs(
        seeds, per_kind=per_kind, seed=seed
    )
    claims = paraphrases()
    told = [*_texts(corpus), *seeds]
    sets[f"paraphrases by hand ({len(claims)} abstracts)"] = make_pairs(
        told, per_kind=per_kind, seed=seed, claims=claims
    )
    return sets


def _texts(documents: Sequence[Document]) -> list[EvidenceText]:
    return [EvidenceText(paper_id=d.doc_id, title=d.title, text=d.text) for d in documents]


def show(card: SetCard, overlap: SetCard, *, aims: bool) -> None:
    """Print a set: recall at 10 % false alarms for each kind of error."""
    print(f"\n{card.name}: {card.faithful} faithful pairs, of which {_percent(card.false_alarms)}")
    print("are not called supported at the verifier's own thresholds")
    print(f"{'':22s}{'recall at 10 % false alarms':32s}{'aim':>5s}{'overlap':>9s}{'flagged':>9s}")
    for kind, found in card.kinds.items():
        if kind == "all":
            continue
        aim = AIMS.get(kind) if aims else None
        print(
            f"{NAMES.get(kind, kind):22s}{_recall(found.recall, found.recall_interval):22s}"
            f"n = {found.n:<6d}{aim or '':>5}"
            f"{_percent(overlap.kinds[kind].recall):>9s}{_percent(found.flagged):>9s}"
        )


def _recall(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None or interval is None:
        return "too few"
    return f"{100 * value:5.1f} % [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="SciFact in BEIR layout, with its claims")
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--pairs", type=int, default=300, help="pairs of each kind")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other pairs")
    options = parser.parse_args()
    corpus_file(options.data)
    sets = sets_of(options.data, half=options.half, per_kind=options.pairs, seed=options.seed)
    print(machine())
    by_rules = make_card(Judge(RulesVerifier()), sets, seed=options.seed)
    by_words = make_card(Judge(WordOverlap()), sets, seed=options.seed)
    for card, overlap in zip(by_rules.sets, by_words.sets, strict=True):
        show(card, overlap, aims=card.name.startswith("near"))


if __name__ == "__main__":
    main()
