"""Literature reviews on topics whose relevant papers were marked by hand: `make bench-reviews`.

A review names what may be relevant: in its text, or, where it is less sure, under “Found, not
used”. Papers marked `borderline` count neither for nor against; intervals of recall and precision
are over topics. The weights behind the decision were fitted on the topics of split `tune`; those of
split `report` are the ones to quote, and only their totals are printed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.report import machine, pooled_share, share
from litdesk.assistant import Assistant
from litdesk.review.results import NOT_STATED, Cell
from litdesk.settings import load_settings
from litdesk.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litdesk.review.results import Review, ReviewSentence
    from litdesk.types import Citation

ROOT = Path(__file__).parents[1]
SCIFACT_TOPIC = "vitamin D and disease risk"
BROAD = "cancer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A topic, its review and how long it took."""

    case: dict[str, Any]
    review: Review
    seconds: float

    @property
    def cited(self) -> set[str]:
        """Ids of the cited papers."""
        return {c.paper_id for c in self.review.candidates_by("cited")}

    @property
    def named(self) -> set[str]:
        """Ids of the cited papers and of those that were found and not used."""
        return self.cited | {c.paper_id for c in self.review.candidates_by("not used")}

    @property
    def missed(self) -> list[str]:
        """Relevant papers that are not cited."""
        return sorted(set(self.case["relevant"]) - self.cited)

    @property
    def wrong(self) -> list[str]:
        """Cited papers that are neither relevant nor borderline."""
        return sorted(self.cited - set(self.case["relevant"]) - set(self.case["borderline"]))


def sentences_of(review: Review) -> Iterator[ReviewSentence]:
    yield from review.abstract
    for section in review.sections:
        yield from section.sentences
    for relation in review.relations:
        yield from relation.sentences
    for question in review.open_questions:
        yield question.sentence


def cells_of(review: Review) -> Iterator[Cell]:
    for row in review.table:
        yield from (row.year, row.question, row.method, row.data, row.finding, row.code)


def holds(citation: Citation, assistant: Assistant) -> bool:
    paper = assistant.paper(citation.paper_id or "")
    if citation.field in ("abstract", "title"):
        text = str(getattr(paper, citation.field))
        return text[citation.start : citation.end] == citation.quote != ""
    return citation.quote in (str(paper.year), "yes")


def cell_is_quote(cell: Cell, assistant: Assistant) -> bool:
    if cell.citation is None:
        return cell.text == NOT_STATED
    return cell.text == cell.citation.quote and holds(cell.citation, assistant)


def sentence_is_proved(sentence: ReviewSentence, assistant: Assistant) -> bool:
    if sentence.kind == "template":
        return sentence.verifier == "record"
    quoted = sentence.text.endswith(f"“{sentence.citations[0].quote}”")
    return (
        sentence.verdict is Verdict.SUPPORTED
        and (quoted or sentence.kind == "prose")
        and all(holds(c, assistant) for c in sentence.citations)
    )


def is_accounted(reviewed: Reviewed) -> bool:
    review = reviewed.review
    in_text = {r.paper_id for r in review.references}
    return in_text == reviewed.cited and all(c.reason for c in review.candidates)


def review_all(assistant: Assistant, cases: list[dict[str, Any]]) -> list[Reviewed]:
    assistant.review("warm up")
    done = []
    for case in cases:
        begin = perf_counter()
        review = assistant.review(case["topic"])
        done.append(Reviewed(case=case, review=review, seconds=perf_counter() - begin))
    return done


def print_figures(name: str, done: list[Reviewed], assistant: Assistant, *, by_topic: bool) -> None:
    slowest = max(one.seconds for one in done)
    print(f"\n{name}: {len(done)} topics, {slowest:.2f} s at most")
    for one in done if by_topic else ():
        print(
            f"  {one.case['topic'][:62]:62s} {one.review.status:8s} {len(one.cited):2d} cited, "
            f"{one.seconds:5.2f} s  missed: {', '.join(one.missed) or '-'}  "
            f"wrong: {', '.join(one.wrong) or '-'}"
        )
    borderline = [set(one.case["borderline"]) for one in done]
    print("  relevant, cited or listed  ", pooled_share(
        [[i in one.named for i in one.case["relevant"]] for one in done]))  # fmt: skip
    print("  relevant, cited            ", pooled_share(
        [[i in one.cited for i in one.case["relevant"]] for one in done]))  # fmt: skip
    print("  precision of cited papers  ", pooled_share(
        [[i not in one.wrong for i in one.cited - b]
         for one, b in zip(done, borderline, strict=True)]))  # fmt: skip
    cited, named = (
        sum(len(some) for some in sets) / len(done)
        for sets in ([one.cited for one in done], [one.named for one in done])
    )
    print(f"  papers a topic               {cited:.1f} cited, {named - cited:.1f} listed")
    told = [s for one in done for s in sentences_of(one.review)]
    print("  sentences proved           ", share([sentence_is_proved(s, assistant) for s in told]))
    print("  cells quoted or not stated ", share(
        [cell_is_quote(c, assistant) for one in done for c in cells_of(one.review)]))  # fmt: skip
    print("  cells that state something ", share(
        [c.citation is not None for one in done for c in cells_of(one.review)]))  # fmt: skip
    print("  topics fully accounted for ", share([is_accounted(one) for one in done]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, help="a library of the seeds, to skip the ingest")
    parser.add_argument("--large", type=Path, help="a library of SciFact's 5,183 abstracts")
    parser.add_argument("--splits", nargs="*", default=["tune", "report"], metavar="SPLIT")
    parser.add_argument(
        "--show-report",
        action="store_true",
        help="topic by topic for the report split, too: it cannot be reported on after that",
    )
    options = parser.parse_args()
    lines = (ROOT / "evals" / "cases" / "reviews.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(library=options.library or Path(scratch) / "library")
        with Assistant.open(settings) as assistant:
            if options.library is None:
                assistant.ingest([ROOT / "seeds"])
            for split in options.splits:
                some = [case for case in cases if case["split"] == split]
                others = [set(case["relevant"]) for case in cases if case["split"] != split]
                by_topic = split != "report" or options.show_report
                if some:
                    done = review_all(assistant, some)
                    print_figures(split, done, assistant, by_topic=by_topic)
                    alone = [one for one in done if set(one.case["relevant"]) not in others]
                    name = f"{split}, with the relevant papers of no topic of another split"
                    print_figures(name, alone, assistant, by_topic=False)
            begin = perf_counter()
            everything = assistant.review("machine learning, neural networks and algorithms")
            print(
                f"\nbroad topic on the seeds: {len(everything.references)} papers cited, "
                f"{perf_counter() - begin:.2f} s warm"
            )
    if options.large:
        print_large(options.large)


def print_large(library: Path) -> None:
    """Print the time and memory of reviews of a large library, and what they leave out."""
    with Assistant.open(load_settings(library=library)) as assistant:
        for topic, state in ((SCIFACT_TOPIC, "cold"), (SCIFACT_TOPIC, "warm"), (BROAD, "warm")):
            begin = perf_counter()
            review = assistant.review(topic)
            seconds = perf_counter() - begin
            unused = len(review.candidates_by("not used"))
            peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{review.library_papers:,} papers, “{topic}”: {len(review.references)} cited, "
                f"{unused} found and not used, of {len(review.candidates)} candidates; "
                f"{seconds:.2f} s {state}, {peak:,.0f} MiB at most so far"
            )
            for notice in review.notices:
                print(f"  {notice}")


if __name__ == "__main__":
    main()
