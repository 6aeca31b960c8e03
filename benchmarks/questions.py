"""The quoting writer on the questions about the seeds: `make bench-questions`.

Prints the figures of one half of the questions. Constants were chosen on the tuning half only;
`benchmarks.abstention` fits those of `litdesk.answer.reading` from that half and from questions
written for other papers.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import machine, mean, share
from litdesk.assistant import Assistant
from litdesk.settings import load_settings
from litdesk.types import Answer, AnswerStatus, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1]
TUNING = ("tune", "tune-varied", "tune-earlier", "tune-later", "tune-further")
CONTENT = ("single", "several", "followup", "typo", "paraphrase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A case, its answer, and where the right papers stand."""

    case: dict[str, Any]
    answer: Answer
    right: frozenset[str]
    """Ids of the right papers."""

    @property
    def category(self) -> str:
        """The first tag of the case."""
        return str(self.case["tags"][0])

    @property
    def refused(self) -> bool:
        """Whether there was no answer."""
        return self.answer.status is not AnswerStatus.ANSWERED

    @property
    def read(self) -> list[str]:
        """Ids of the papers that were found, best first; the listed ones for the record."""
        if self.answer.sentences and self.answer.sentences[0].verifier == "record":
            return [reference.paper_id for reference in self.answer.references]
        return [paper.paper_id for paper in self.answer.retrieved]

    @property
    def facts(self) -> float:
        """Share of the key facts that the answer contains."""
        text = self.answer.answer.lower()
        wanted = self.case["key_facts"]
        return sum(any(a.lower() in text for a in fact) for fact in wanted) / max(1, len(wanted))

    @property
    def forbidden(self) -> bool:
        """Whether the answer contains something that a right one does not."""
        text = self.answer.answer.lower()
        return any(words.lower() in text for words in self.case["forbidden"])

    @property
    def cites_right_paper(self) -> bool:
        """Whether enough of the right papers are among the references."""
        cited = {reference.paper_id for reference in self.answer.references}
        return len(cited & self.right) >= int(self.case.get("min_papers", 1))


def ask_all(assistant: Assistant, cases: Iterable[dict[str, Any]]) -> list[Asked]:
    """Ask every case, each with its own history.

    Args:
        assistant: Open on the seeds.
        cases: Cases as in `evals/README.md`.

    Returns:
        The answers in the order of the cases.
    """
    ids = {_plain(t): p.paper_id for p in assistant.papers() for t in (p.title, *p.aliases)}

    def ids_of(titles: Iterable[str]) -> tuple[str, ...]:
        return tuple(ids[_plain(title)] for title in titles)

    return [
        Asked(
            case=case,
            answer=assistant.ask(
                case["user_input"],
                history=[
                    Turn(question=turn["user_input"], paper_ids=ids_of(turn["papers"]))
                    for turn in case["history"]
                ],
            ),
            right=frozenset(ids_of(case["papers"])),
        )
        for case in cases
    ]


def print_figures(asked: list[Asked]) -> None:
    """Print the table of figures.

    Args:
        asked: All answers of one half.
    """
    by: dict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        by[one.category].append(one)
    answerable = [a for c in (*CONTENT, "metadata") for a in by[c]]
    searched = [a for a in answerable if a.category != "metadata" and a.right]
    plain = [a for a in searched if a.category != "paraphrase"]
    print("right paper among the first five and first")
    for name, some in (
        ("all answerable", searched),
        ("without paraphrases", plain),
        *((c, by[c]) for c in CONTENT),
    ):
        five = share([bool(a.right & set(a.read[:5])) for a in some])
        first = share([bool(a.right & set(a.read[:1])) for a in some])
        print(f"  {name:22s} {five:32s} {first}")
    print("refused although answerable")
    for name, some in (
        ("all", answerable),
        *((c, by[c]) for c in (*CONTENT, "metadata")),
    ):
        reasons = Counter(a.answer.abstention.reason for a in some if a.answer.abstention)
        why = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
        print(f"  {name:22s} {share([a.refused for a in some])} {why}")
    print(
        "answers: key facts there (mean share); all there; right papers cited; a forbidden string"
    )
    for c in (*CONTENT, "metadata"):
        print(
            f"  {c:14s} {mean([a.facts for a in by[c]]):32s} "
            f"{share([a.facts == 1 for a in by[c]]):32s} "
            f"{share([a.cites_right_paper for a in by[c]]):32s} "
            f"{share([a.forbidden for a in by[c]])}"
        )
    lengths = [len(a.answer.sentences) for c in CONTENT for a in by[c] if not a.refused]
    print(f"quoted sentences: mean {sum(lengths) / len(lengths):.1f}, at most {max(lengths)}")
    print("abstained or corrected")
    for c in ("offtopic", "nearmiss", "falsepremise"):
        print(f"  {c:22s} {share([a.refused for a in by[c]])}")
    corrected = [a.refused and a.facts == 1 for a in by["falsepremise"]]
    print(f"  {'… and the facts quoted':22s} {share(corrected)}")


def print_misses(asked: list[Asked]) -> None:
    """Print the cases that went wrong, for whoever tunes.

    Args:
        asked: All answers of the tuning half.
    """
    for a in asked:
        wanted = a.category in (*CONTENT, "metadata")
        if wanted and (a.refused or a.facts < 1 or not a.cites_right_paper):
            where = [n for n, p in enumerate(a.read, 1) if p in a.right][:3]
            state = "refused" if a.refused else f"facts {a.facts:.2f}"
            print(f"- {a.case['id']}: {state}, right at {where}: {a.case['user_input']}")
        if not wanted and not a.refused:
            print(f"- {a.case['id']}: answered: {a.case['user_input']}")


def _plain(title: str) -> str:
    return re.sub(r"\W", "", title.lower())


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--misses", action="store_true", help="list what went wrong (tune half)")
    options = parser.parse_args()
    if options.half == "report" and options.misses:
        parser.error("the report half is for reporting only")
    files = TUNING if options.half == "tune" else ("report",)
    folder = ROOT / "evals/cases"
    lines = [
        line
        for name in files
        for line in (folder / f"seeds-{name}.jsonl").read_text("utf-8").splitlines()
    ]
    with tempfile.TemporaryDirectory() as library:
        settings = load_settings(library=Path(library))
        with Assistant.open(settings) as assistant:
            assistant.ingest([ROOT / "seeds"])
            asked = ask_all(assistant, [json.loads(line) for line in lines])
            print(f"{len(asked)} questions, {options.half} half; {machine()}")
            print_figures(asked)
            if options.misses:
                print_misses(asked)


if __name__ == "__main__":
    main()
