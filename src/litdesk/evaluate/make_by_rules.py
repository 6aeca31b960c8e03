"""Cases made of single sentences of abstracts by rules, without a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.evaluate.cases import Case
from litdesk.evaluate.perturb import turn_direction

if TYPE_CHECKING:
    import random

    from litdesk.types import Paper

__all__ = ["about_claim", "about_figure", "false_premise"]

_SAYS = re.compile(
    r"^(?:[\w, ]+, )?(?:we|this paper|this work) (?P<verb>propose|introduce|present|show|prove|find"
    r"|study|demonstrate|provide|develop|establish)s?(?: that)? (?P<what>.{30,})$",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.$\\-])\d[\d,.]*\d?\s?(?:%|\\%|x|times|percent)(?!\w)")
_CLAIM = re.compile(
    r"^(?:[A-Z][\w-]+ )?(?:\w+ ){0,6}(?:outperforms?|reduces?|improves?|increases?)\b"
)


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
        maker="rules",
    )


def about_figure(paper: Paper, sentence: str) -> Case | None:
    """Ask for the one figure of a sentence.

    Args:
        paper: The paper.
        sentence: One sentence of its abstract.

    Returns:
        The case; None where the sentence does not lend itself.
    """
    found = _FIGURE.findall(sentence)
    if len(found) != 1 or len(sentence) > 300:
        return None
    blank = sentence.replace(found[0], "___").rstrip(".")
    return _case(paper, "figure", f"Which figure belongs in “{blank}”?", sentence, found[0].strip())


def about_claim(paper: Paper, sentence: str) -> Case | None:
    """Ask what a paper proposes, shows or finds.

    Args:
        paper: The paper.
        sentence: One sentence of its abstract.

    Returns:
        The case; None where the sentence does not lend itself.
    """
    match = _SAYS.match(sentence)
    if match is None:
        return None
    fact = " ".join(match["what"].split()[:6]).rstrip(" ,.;:(-–—")
    question = f"What does “{paper.title}” {match['verb'].lower()}?"
    return _case(paper, "claim", question, sentence, fact)


def false_premise(paper: Paper, sentence: str, rng: random.Random) -> Case | None:
    """Ask why the opposite of a sentence is so.

    Args:
        paper: The paper.
        sentence: One sentence of its abstract.
        rng: Where chance comes from.

    Returns:
        The case; None where the sentence does not lend itself.
    """
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
