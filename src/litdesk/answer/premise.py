"""What a question takes for granted, and whether the abstracts say the opposite.

`Why is A slower than B?` is no question to somebody who has read that A is faster. The rules read
which way a statement points (better or worse, needed or not, alike) and for whom; small judges of
entailment do no better than chance on such premises, whose wording is far from the evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from litdesk.answer.quoting import write_quotes
from litdesk.sentences import content_words, stem, stems, words
from litdesk.types import AbstentionReason, Draft, Evidence, Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from litdesk.types import DraftSentence

__all__ = ["Contradiction", "contradicted_premise", "correct_premise"]

Axis = Literal["worth", "need", "likeness", "strength", "keeping"]

_THEN = (
    r"(?=(?:[\w-]+ ){0,3}?(?:what|which|how|why|who|where|when|is|are|do|does|can|could|should|has"
    r"|have|must|did)\b)"
)
_PREMISE = re.compile(
    r"^(?:(?:so|and|but|then|ok|well)\W+)?"
    r"(?:why (?:do|does|did|is|are|was|were|can|could|has|have|should|would|must)\b(?P<why>.+)"
    rf"|(?:given|granted|considering|seeing)(?: that)? (?P<given>.+?), {_THEN}.+"
    rf"|(?:since|because|as) (?P<since>.+?), {_THEN}.+"
    r"|(?:explain|tell (?:me|us)|what explains) why (?P<explain>.+)"
    r"|how come (?P<come>.+)"
    r"|(?:by )?how (?:much|badly|strongly|far) (?:do|does|did|is|are|can)\b(?P<much>.+)"
    r"|how (?:do|does|did|can|is|are)\b(?P<how>.+)"
    r"|what (?:makes|made|lets|causes|caused)\b(?P<makes>.+)"
    r"|(?:which|what) (?P<thing>.+?) (?:do|does|did)\b(?P<which>.+)"
    r"|when (?:do|does|did)\b(?P<when>.+))$",
    re.IGNORECASE,
)
_GOOD = """improve improvement better best outperform beat surpass superior win fast faster quick
    quicker speed accelerate efficient efficiently easy easier easily simple simpler cheap cheaper
    robust robustness reliable reliably reliability faithful faithfully faithfulness accurate
    accurately advantage benefit beneficial succeed success successful solve resist resistant help
    enhance boost sufficient suffice adequate hold well stable stability converge preferable safe
    tractable effective effectively"""
_BAD = """worse worst worsen degrade degradation deteriorate hurt harm harmful impair slow slower
    fail failure collapse struggle unable inferior poor poorly hard harder difficult difficulty
    intractable insufficient inadequate erode undermine unfaithful unstable instability diverge
    saturate break limited suffer vulnerable vulnerability exploitability miscalibration
    miscalibrated unreliable costly expensive exacerbate impossible"""
_MORE = """more increase increased larger higher grow greater additional extra raise"""
_LESS = """less fewer decrease reduce lower smaller shrink decline cut avoid eliminate"""
_COSTS = """time cost memory iteration step error hyperparameter overhead forget forgetting bias
    latency regret risk storage compute computation variance effort"""
_NEED = """require need rely depend demand"""
# Words, not stems: to compare is not to be comparable.
_ALIKE = frozenset(
    "comparable comparably similar similarly equal equally same identical indistinguishable".split()
)
_STRONG = """strong stronger"""
_WEAK = """weak weaker mild milder"""
_KEPT = """amplify preserve retain keep remember"""
_LOST = """erase destroy forget unlearn overwrite"""
_NEGATIONS = frozenset(
    """no not never none neither nor without cannot can't don't doesn't didn't isn't aren't wasn't
    weren't hardly barely rather instead fail fails failing only""".split()
)
# Verbs that turn round what they are done to: to mitigate a harm, to erode a virtue.
_UNDO = """mitigate prevent cure fix heal eliminate avoid reduce erode undermine overcome address"""
_CLAUSE = re.compile(r"; | (?:but|while|whereas|although|yet|however) ", re.IGNORECASE)
_COMPARES = re.compile(
    r"(?P<before>.*?)\b(?:than|outperform(?:s|ed|ing)?|beat(?:s|ing)?|surpass(?:es|ed|ing)?)\b"
    r"(?P<after>.*)",
    re.IGNORECASE,
)


def _stemmed(listed: str) -> frozenset[str]:
    return frozenset(stem(word) for word in listed.split())


_SIGNS: dict[str, tuple[Axis, int]] = (
    dict.fromkeys(_stemmed(_GOOD), ("worth", 1))
    | dict.fromkeys(_stemmed(_BAD), ("worth", -1))
    | dict.fromkeys(_stemmed(_NEED), ("need", 1))
    | dict.fromkeys(_stemmed(_STRONG), ("strength", 1))
    | dict.fromkeys(_stemmed(_WEAK), ("strength", -1))
    | dict.fromkeys(_stemmed(_KEPT), ("keeping", 1))
    | dict.fromkeys(_stemmed(_LOST), ("keeping", -1))
)
_AMOUNTS = dict.fromkeys(_stemmed(_MORE), 1) | dict.fromkeys(_stemmed(_LESS), -1)
_COST = _stemmed(_COSTS)
_UNDOES = _stemmed(_UNDO)
_SIGNED = frozenset(_SIGNS) | frozenset(_AMOUNTS) | _UNDOES | _stemmed("than always never much so")
_NEAR = 5
_AMOUNT_NEAR = 4
_UNDOES_NEAR = 2
_WINDOW = 8
# Shares of the topic's words that a sentence must have, and that must stand within a window of
# words about the one that leans. From the tuning half of the questions.
_LEAST_SHARE = 0.33
_LEAST_NEAR = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A sentence that says the opposite of what a question takes for granted."""

    passage: Passage
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    leanings: frozenset[tuple[Axis, int]]
    topic: frozenset[str]
    compared: tuple[frozenset[str], frozenset[str]] | None
    """Stems of what is compared, and of what it is compared with."""


def contradicted_premise(question: str, passages: Sequence[Passage]) -> Contradiction | None:
    """Return the sentence that contradicts what a question takes for granted.

    Args:
        question: The question as it was asked.
        passages: What was found, best first; only the best is read.

    Returns:
        The sentence that says most clearly the opposite; None where the question takes nothing for
        granted that the rules can read, or where a sentence agrees with it as clearly.
    """
    said = _premise_of(question)
    if said is None:
        return None
    premise = _read(said)
    if not premise.leanings or not premise.topic:
        return None
    agrees, best, found = 0.0, 0.0, None
    for evidence in passages[0].evidence if passages else ():
        for share, side in _sides(evidence.text, premise):
            weight = evidence.score + share
            if side > 0:
                agrees = max(agrees, weight)
            elif weight > best:
                best, found = weight, evidence
    if found is None or agrees >= best:
        return None
    return Contradiction(passage=passages[0], evidence=found)


def correct_premise(question: str, contradiction: Contradiction, *, max_sentences: int) -> Draft:
    """Answer with what the paper says instead.

    Args:
        question: The question.
        contradiction: What contradicts it.
        max_sentences: At most this many sentences.

    Returns:
        A draft that says that the premise is in doubt, and quotes the paper: what denies it first.
    """
    passage, decisive = contradiction.passage, contradiction.evidence
    others = (e for e in passage.evidence if e.span != decisive.span)
    quotes = write_quotes(
        question,
        [replace(passage, evidence=(replace(decisive, score=1.0), *others))],
        max_sentences=max_sentences,
        max_sentences_survey=max_sentences,
    )
    return replace(
        quotes,
        sentences=_with_first(quotes.sentences, decisive.text),
        abstention=AbstentionReason.FALSE_PREMISE,
    )


def _with_first(sentences: Sequence[DraftSentence], quoted: str) -> tuple[DraftSentence, ...]:
    """Bring the sentence that quotes these words to the front, with the name of the paper."""
    lead, mark, rest = sentences[0].text.partition("“")
    bare = [replace(sentences[0], text=mark + rest), *sentences[1:]]
    bare.sort(key=lambda sentence: quoted not in sentence.text)
    return (replace(bare[0], text=lead + bare[0].text), *bare[1:])


def _premise_of(question: str) -> str | None:
    match = _PREMISE.match(question.strip())
    if match is None:
        return None
    parts = (part for name, part in match.groupdict().items() if part and name != "thing")
    said = " ".join(" ".join(parts).strip(" ?.!").split())
    thing = match.group("thing")
    return f"{said} {thing}" if thing else said


def _read(statement: str) -> _Statement:
    leanings = {(axis, sign) for axis, sign, _ in _leanings(words(statement))}
    needs = any(axis == "need" for axis, _ in leanings)
    topic = {s for s in map(stem, content_words(statement)) if s not in _SIGNED and "-" not in s}
    return _Statement(
        leanings=frozenset(
            (axis, sign)
            for axis, sign in leanings
            # what is needed may be good or bad: that is not what is taken for granted
            if (axis, -sign) not in leanings and not (needs and axis == "worth")
        ),
        topic=frozenset(topic),
        compared=_compared(statement),
    )


def _leanings(tokens: Sequence[str]) -> Iterable[tuple[Axis, int, int]]:
    """Give the axis, the sign and the place of each word that leans."""
    for place, word in enumerate(tokens):
        turned = -1 if _turns_round(tokens[max(0, place - _NEAR) : place]) else 1
        found = stem(word)
        if word == "without" or word.endswith("-free"):
            yield "need", -1, place
        elif word in _ALIKE:
            yield "likeness", turned, place
        elif found in _SIGNS:
            axis, sign = _SIGNS[found]
            yield axis, sign * turned, place
        elif found in _AMOUNTS:
            after = {stem(near) for near in tokens[place + 1 : place + 1 + _AMOUNT_NEAR]}
            if after & _COST:
                yield "worth", -_AMOUNTS[found] * turned, place


def _turns_round(before: Sequence[str]) -> bool:
    """Return whether the words before a word negate it, or undo it."""
    turns = sum(word in _NEGATIONS for word in before)
    turns += sum(stem(word) in _UNDOES for word in before[-_UNDOES_NEAR:])
    turns += before[-1:] in (["less"], ["least"])
    return turns % 2 == 1


def _compared(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    match = _COMPARES.match(text)
    if match is None:
        return None
    one, other = (frozenset(stems(match.group(name))) - _SIGNED for name in ("before", "after"))
    return one - other, other - one


def _sides(sentence: str, premise: _Statement) -> Iterable[tuple[float, int]]:
    """Give, for each clause about the topic, the share of it and 1 for, -1 against the premise."""
    whole = set(stems(sentence)) & premise.topic
    if len(whole) < _LEAST_SHARE * len(premise.topic):
        return
    for clause in _CLAUSE.split(sentence):
        tokens = words(clause)
        swapped = _is_swapped(premise.compared, _compared(clause))
        for axis, sign, place in _leanings(tokens):
            near = tokens[max(0, place - _WINDOW) : place + 1 + _WINDOW]
            share = len(premise.topic & set(map(stem, near))) / len(premise.topic)
            if share < _LEAST_NEAR:
                continue
            turned = -sign if swapped and axis == "worth" else sign
            if (axis, turned) in premise.leanings:
                yield share, 1
            elif (axis, -turned) in premise.leanings or (
                axis == "likeness" and sign > 0 and premise.compared
            ):
                yield share, -1


def _is_swapped(
    one: tuple[frozenset[str], frozenset[str]] | None,
    other: tuple[frozenset[str], frozenset[str]] | None,
) -> bool:
    if one is None or other is None:
        return False
    return bool(one[0] & other[1] and one[1] & other[0])
