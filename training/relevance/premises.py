"""Questions that suppose what a sentence says, or the opposite of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from training.verifier.perturb import CONTRADICTING, EDITS, Pools

if TYPE_CHECKING:
    import random

__all__ = ["ask_about", "claim_of", "opposite"]

_LEAD = re.compile(
    r"^(?:(?:however|moreover|furthermore|in addition|additionally|specifically|in particular|"
    r"finally|notably|interestingly|surprisingly|consequently|as a result|therefore|thus|hence|"
    r"in contrast|in this (?:paper|work|study)|first|second|to this end|empirically|"
    r"theoretically),\s*)?"
    r"(?:(?:we|our (?:experiments|results|analysis|findings|experimental results)|"
    r"(?:extensive |empirical |numerical )?(?:experiments|results)(?: on [^,]{3,60})?)\s+"
    r"(?:also |further |empirically |theoretically |then )?"
    r"(?:show|shows|demonstrate|find|prove|observe|argue|indicate|suggest|reveal|confirm|establish)"
    r"(?:ed|d)?\s+that\s+)?",
    re.IGNORECASE,
)
_OWN = (
    (re.compile(r"\bwe\b", re.IGNORECASE), "the authors"),
    (re.compile(r"\bour\b", re.IGNORECASE), "their"),
    (re.compile(r"\bus\b"), "them"),
)
_WHOLE = (
    "Why is it that {c}?", "How come {c}?", "Explain why {c}.", "What explains that {c}?",
    "Given that {c}, what do the authors conclude?", "Since {c}, what is recommended?",
    "How do the authors account for the finding that {c}?", "If {c}, what causes it?",
    "What makes it so that {c}?", "{C}; why is that?", "{C}, right? What is the reason?",
    "Considering that {c}, what could be done about it?",
)  # fmt: skip
_AUXILIARY = re.compile(
    r"^(?P<np>(?:[\w'-]+ ){1,7}?)(?P<aux>is|are|was|were|can|could|does|do|has|have|may|will)"
    r" (?P<rest>.+)$"
)
_VERBS = {
    base + ("es" if base.endswith("ch") else "s"): base
    for base in (
        "improve reduce increase outperform achieve require need use rely depend perform lead "
        "yield produce generalize converge learn exhibit suffer provide enable allow scale match "
        "exceed ignore hurt help lower raise accelerate degrade fail succeed work make give lose "
        "gain benefit transfer affect"
    ).split()
}
_SIMPLE = re.compile(rf"^(?P<np>(?:[\w'-]+ ){{1,7}}?)(?P<verb>{'|'.join(_VERBS)}) (?P<rest>.+)$")
_NO_SUBJECT = re.compile(r"\b(?:that|which|who|to|if|when|while|by|with|and)\b|,", re.IGNORECASE)
_MOST_WORDS = 28


def claim_of(sentence: str) -> str:
    """Return what a sentence of an abstract states, without its opening words.

    Args:
        sentence: One sentence.

    Returns:
        A clause without a full stop; empty if nothing worth asking about is left.
    """
    text = _LEAD.sub("", sentence.strip(), count=1).rstrip(".! ")
    for pattern, by in _OWN:
        text = pattern.sub(by, text)
    return text if 5 <= len(text.split()) <= _MOST_WORDS and "?" not in text else ""


def opposite(claim: str, rng: random.Random) -> str | None:
    """Return the claim turned into one that contradicts it.

    Args:
        claim: From `claim_of`.
        rng: Where chance comes from.

    Returns:
        The claim with a direction turned, negated, or with another number; None if none fits.
    """
    nothing = Pools(names=["Alpha"], terms=["structure"])
    kinds = sorted(CONTRADICTING, key=lambda k: rng.random() + (k == "negation") * 0.6)
    for kind in kinds:
        edit = EDITS[kind](claim, rng, nothing)
        turned = edit.apply(claim) if edit else None
        if turned and turned != claim:
            return turned
    return None


def ask_about(claim: str, rng: random.Random) -> str:
    """Return a question that takes a claim for granted.

    Args:
        claim: A clause.
        rng: Where chance comes from.

    Returns:
        The question.
    """
    asked = _inverted(claim) if rng.random() < 0.6 else None
    if asked:
        return asked
    low = claim if claim[:2].isupper() else claim[0].lower() + claim[1:]
    return rng.choice(_WHOLE).format(c=low, C=claim[0].upper() + claim[1:])


def _inverted(claim: str) -> str | None:
    """Put it as `Why does X …?`, where the subject is plain."""
    low = claim if claim[:2].isupper() else claim[0].lower() + claim[1:]
    for pattern in (_AUXILIARY, _SIMPLE):
        found = pattern.match(low)
        if found is None or _NO_SUBJECT.search(found["np"]):
            continue
        if pattern is _AUXILIARY:
            return f"Why {found['aux']} {found['np'].strip()} {found['rest']}?"
        return f"Why does {found['np'].strip()} {_VERBS[found['verb']]} {found['rest']}?"
    return None
