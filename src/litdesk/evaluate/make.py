"""Cases made from the abstracts of a library, for a person to look through."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from litdesk.errors import ProviderError
from litdesk.evaluate.make_by_model import RefusedCaseError
from litdesk.evaluate.make_by_rules import about_claim, about_figure, false_premise
from litdesk.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from litdesk.evaluate.cases import Case
    from litdesk.evaluate.make_by_model import CaseWriter
    from litdesk.types import Paper

__all__ = ["Made", "make_cases"]

_FAILURES = 3
"""After so many failures of the model in a row it is not asked any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Cases, and how they came about."""

    cases: Sequence[Case]
    by_model: int = 0
    """Answerable questions that a chat model wrote."""
    refused: Counter[str] = field(default_factory=Counter)
    """Why replies of the model were not used, and how often; rules took the place of each."""


def make_cases(
    papers: Sequence[Paper],
    *,
    count: int = 30,
    seed: int = 0,
    writer: CaseWriter | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Made:
    """Make cases from a library.

    Without a model, one half of the answerable questions asks for a figure of a sentence, the other
    for what a paper proposes or shows; with one, it writes them, and the rules make one of each
    abstract for which its reply cannot be used. Each has an unanswerable twin that is asked with
    its paper left out. Half as many questions suppose the opposite of what an abstract says.

    Args:
        papers: The papers.
        count: About how many answerable questions; fewer where the abstracts give no more.
        seed: The same seed and papers give the same cases, as far as the model does.
        writer: A chat model that writes the answerable questions.
        progress: Told how many questions the model was asked for, and of how many.

    Returns:
        The cases, all `machine_made` and not reviewed, with the count of refused replies.
    """
    rng = random.Random(seed)  # noqa: S311 (chance, not secrecy)
    ordered = sorted((p for p in papers if p.title and p.abstract), key=lambda p: p.paper_id)
    ordered = rng.sample(ordered, len(ordered))
    half = max(1, count // 2)
    made = (
        _by_model(writer, ordered[:count], progress or (lambda *_: None))
        if writer
        else Made(cases=[*_first(half, ordered, about_figure), *_first(half, ordered, about_claim)])
    )
    twins = [_twin(case) for case in made.cases]
    false = _first(half, ordered, lambda paper, text: false_premise(paper, text, rng))
    return Made(cases=[*made.cases, *twins, *false], by_model=made.by_model, refused=made.refused)


def _by_model(
    writer: CaseWriter, papers: Sequence[Paper], progress: Callable[[int, int], None]
) -> Made:
    cases: list[Case] = []
    refused: Counter[str] = Counter()
    by_model = failures = 0
    for number, paper in enumerate(papers, start=1):
        case: Case | None = None
        if failures == _FAILURES:
            refused["not asked, because the model had failed several times in a row"] += 1
        else:
            try:
                case = writer.write(paper)
                by_model += 1
                failures = 0
            except ProviderError as error:
                refused[error.message] += 1
                failures += 1
            except RefusedCaseError as error:
                refused[error.message] += 1
                failures = 0
        if case is not None:
            cases.append(case)
        else:
            cases += _by_rules(paper)
        progress(number, len(papers))
    return Made(cases=cases, by_model=by_model, refused=refused)


def _by_rules(paper: Paper) -> list[Case]:
    return _first(1, [paper], about_figure) or _first(1, [paper], about_claim)


def _first(
    count: int, papers: Iterable[Paper], make: Callable[[Paper, str], Case | None]
) -> list[Case]:
    """At most one case a paper."""
    found: list[Case] = []
    for paper in papers:
        for span in split_sentences(paper.abstract):
            case = make(paper, paper.abstract[span.start : span.end])
            if case is not None:
                found.append(case)
                break
        if len(found) == count:
            break
    return found


def _twin(case: Case) -> Case:
    return case.model_copy(
        update={
            "id": f"{case.id}-twin",
            "answerable": False,
            "reference": "The library has no paper that says so.",
            "key_facts": (),
            "gold_sentences": (),
            "tags": ("twin", "machine-made"),
            "without": case.papers,
            "papers": (),
            "twin_of": case.id,
        }
    )
