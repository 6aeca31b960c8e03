"""Cases made from the abstracts of a library by rules, for a person to look through."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from litdesk.evaluate.cases import Case
from litdesk.evaluate.perturb import turn_direction
from litdesk.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from litdesk.types import Paper

__all__ = ["make_cases"]

_SAYS = re.compile(
    r"^(?:[\w, ]+, )?(?:we|this paper|this work) (?P<verb>propose|introduce|present|show|prove|find"
    r"|study|demonstrate|provide|develop|establish)s?(?: that)? (?P<what>.{30,})$",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.$\\-])\d[\d,.]*\d?\s?(?:%|\\%|x|times|percent)(?!\w)")
_CLAIM = re.compile(
    r"^(?:[A-Z][\w-]+ )?(?:\w+ ){0,6}(?:outperforms?|reduces?|improves?|increases?)\b"
)


def make_cases(papers: Sequence[Paper], *, count: int = 30, seed: int = 0) -> list[Case]:
    """Make cases from a library.

    A third asks for a figure of a sentence, a third for what a paper proposes or shows; each of
    these has an unanswerable twin that is asked with its paper left out. The rest suppose the
    opposite of what an abstract says.

    Args:
        papers: The papers.
        count: About how many answerable questions; fewer where the abstracts give no more.
        seed: The same seed and papers give the same cases.

    Returns:
        The cases, all `machine_made` and not reviewed.
    """
    rng = random.Random(seed)  # noqa: S311 (chance, not secrecy)
    ordered = sorted((p for p in papers if p.title and p.abstract), key=lambda p: p.paper_id)
    ordered = rng.sample(ordered, len(ordered))
    half = max(1, count // 2)
    asked = [*_first(half, ordered, _about_figure), *_first(half, ordered, _about_claim)]
    twins = [_twin(case) for case in asked]
    false = _first(half, ordered, lambda paper, text: _false_premise(paper, text, rng))
    return [*asked, *twins, *false]


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


def _case(paper: Paper, kind: str, question: str, sentence: str, fact: str) -> Case:
    return Case(
        id=f"made-{kind}-{paper.paper_id}",
        user_input=question,
        reference=sentence,
        answerable=True,
        key_facts=((fact,),),
        tags=(kind, "machine-made"),
        papers=(paper.paper_id,),
        gold_sentences=(sentence,),
        machine_made=True,
    )


def _about_figure(paper: Paper, sentence: str) -> Case | None:
    found = _FIGURE.findall(sentence)
    if len(found) != 1 or len(sentence) > 300:
        return None
    blank = sentence.replace(found[0], "___").rstrip(".")
    return _case(paper, "figure", f"Which figure belongs in “{blank}”?", sentence, found[0].strip())


def _about_claim(paper: Paper, sentence: str) -> Case | None:
    match = _SAYS.match(sentence)
    if match is None:
        return None
    fact = " ".join(match["what"].split()[:6]).rstrip(",.;:")
    question = f"What does “{paper.title}” {match['verb'].lower()}?"
    return _case(paper, "claim", question, sentence, fact)


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


def _false_premise(paper: Paper, sentence: str, rng: random.Random) -> Case | None:
    if not _CLAIM.match(sentence) or len(sentence) > 250:
        return None
    turned = turn_direction(sentence, rng)
    if turned is None:
        return None
    premise = turned[0].lower() + turned[1:] if sentence.split()[0].istitle() else turned
    words, others = sentence.split(), turned.split()
    place = next((n for n, (a, b) in enumerate(zip(words, others, strict=False)) if a != b), 0)
    fact = " ".join(words[max(0, place - 1) : place + 2]).rstrip(",.;:")
    case = _case(paper, "false", f"Why is it that {premise.rstrip('.')}?", sentence, fact)
    return case.model_copy(update={"answerable": False, "tags": ("falsepremise", "machine-made")})
