"""Rules that need no model: what a claim says otherwise than the sentence that it rests on."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

from litdesk.types import Span, Verdict
from litdesk.verify.judge import EvidenceText, Judgement, nothing_claimed, readable
from litdesk.verify.lexicon import CERTAIN, HEDGES, NEGATIONS, SECTION_LABELS, SOFT, opposites
from litdesk.verify.quantities import Quantity, same_unit, same_value
from litdesk.verify.reading import (
    Reading,
    Word,
    best_sentence,
    is_content,
    is_said,
    read,
    share_said,
    without_frame,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Comparison", "Conflict", "RulesVerifier", "compare"]

NEAR = 0.6
"""From this share of words in the sentence's order on, a changed word counts in full."""
SUPPORTED_FROM = 0.7
UNSUPPORTED_BELOW = 0.4
_SWAP = 3
"""Words in a row, up to which one wording can stand for another."""
_CLAUSE_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One way in which a claim departs from its evidence."""

    kind: str
    """`number`, `unit`, `comparator`, `negation`, `direction`, `name`, `hedge` or `clause`."""
    reason: str
    weight: float
    """How much it counts, in units of the log-odds of support."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A claim laid beside one text."""

    claim: Reading
    """Without the words that only say who says it."""
    evidence: Reading
    """The whole text, with its title."""
    sentence: Reading
    span: Span | None
    """Place of the nearest sentence in the text; None where the text is empty."""
    covered: float
    """Share of the claim's content words found, themselves or in a word that says much the same,
    anywhere in the text or the title."""
    covered_by_sentence: float
    wording: float
    """Share of the claim's words that the nearest sentence has in the same order."""
    changed: tuple[tuple[tuple[Word, ...], tuple[Word, ...]], ...]
    """Words of the claim, and of the sentence, that stand in each other's place."""
    verbatim: bool
    conflicts: tuple[Conflict, ...]


def compare(claim: str, evidence: EvidenceText) -> Comparison:
    """Lay a claim beside a text and list where they differ.

    Args:
        claim: One sentence.
        evidence: One cited text.

    Returns:
        What is shared, and the conflicts, the weightiest first.
    """
    return _compare(claim, evidence.title, evidence.text)


@lru_cache(maxsize=4096)
def _compare(claim_text: str, title: str, text: str) -> Comparison:
    claim = read(without_frame(claim_text))
    whole = read(f"{title}. {text}" if title else text)
    found = best_sentence(claim, text)
    span, sentence = found if found else (None, read(""))
    blocks = _blocks(claim, sentence)
    same = sum(size for _, _, size in blocks)
    changed = tuple(_changed(claim, sentence, blocks))
    comparison = Comparison(
        claim=claim,
        evidence=whole,
        sentence=sentence,
        span=span,
        covered=share_said(claim, whole.content),
        covered_by_sentence=share_said(claim, sentence.content),
        wording=same / len(claim.words) if claim.words else 0.0,
        changed=changed,
        verbatim=_is_quotation(claim, sentence, text),
        conflicts=(),
    )
    if comparison.verbatim or not claim.words:
        return comparison
    conflicts = sorted(_conflicts(comparison), key=lambda c: (-c.weight, c.reason))
    return replace(comparison, conflicts=tuple(conflicts))


def _is_quotation(claim: Reading, sentence: Reading, text: str) -> bool:
    """Whether the claim is a piece of the text that leaves no "not" or "may" behind."""
    if not claim.words or _plain(claim.text) not in _plain(text):
        return False
    whole = len(claim.words) >= len(sentence.words)
    return whole or (claim.negations, claim.hedged) == (sentence.negations, sentence.hedged)


def _plain(text: str) -> str:
    return " " + " ".join(re.findall(r"[\w%<>≥≤=.+-]*[\w%]|[<>≥≤]", text.casefold())) + " "


def _blocks(claim: Reading, sentence: Reading) -> list[tuple[int, int, int]]:
    matcher = SequenceMatcher(
        None, [w.stem for w in claim.words], [w.stem for w in sentence.words], autojunk=False
    )
    return [(b.a, b.b, b.size) for b in matcher.get_matching_blocks()]


def _changed(
    claim: Reading, sentence: Reading, blocks: list[tuple[int, int, int]]
) -> Iterator[tuple[tuple[Word, ...], tuple[Word, ...]]]:
    at_claim = at_sentence = 0
    for start, other, size in blocks:
        if start > at_claim or other > at_sentence:
            yield claim.words[at_claim:start], sentence.words[at_sentence:other]
        at_claim, at_sentence = start + size, other + size


def _conflicts(comparison: Comparison) -> Iterator[Conflict]:
    yield from _numbers(comparison)
    yield from _negations(comparison)
    yield from _directions(comparison)
    yield from _names(comparison)
    yield from _terms(comparison)
    yield from _hedges(comparison)
    yield from _clauses(comparison)


def _numbers(comparison: Comparison) -> Iterator[Conflict]:
    found = (_number(comparison, said) for said in comparison.claim.quantities)
    yield from dict.fromkeys(conflict for conflict in found if conflict)


def _number(comparison: Comparison, said: Quantity) -> Conflict | None:
    near = [q for q in comparison.sentence.quantities if same_value(said, q)]
    anywhere = near or [q for q in comparison.evidence.quantities if same_value(said, q)]
    if not anywhere:
        if not said.spelled or _replaced(comparison, said):
            return Conflict(
                kind="number",
                reason=f"the number {said.text} is not in the cited text",
                weight=3.0 if said.spelled else 4.0,
            )
        return None
    if not any(same_unit(said, q) for q in anywhere):
        return Conflict(
            kind="unit",
            reason=f"the claim says {said.text}, the abstract says {anywhere[0].text}",
            weight=3.0,
        )
    if near and said.bound and all(q.bound == -said.bound for q in near):
        return Conflict(
            kind="comparator",
            reason=f"the claim sets {said.text} as "
            + ("a lower bound" if said.bound > 0 else "an upper bound")
            + ", the abstract the other way round",
            weight=2.5,
        )
    if _replaced(comparison, said):
        return Conflict(
            kind="number",
            reason=f"the number {said.text} belongs to something else in the abstract",
            weight=3.0,
        )
    return None


def _replaced(comparison: Comparison, said: Quantity) -> bool:
    """Whether another number stands in this one's place in otherwise like wording."""
    if comparison.wording < NEAR:
        return False
    for ours, theirs in comparison.changed:
        if any(w.span.start <= said.span.start < w.span.end for w in ours):
            others = [
                q
                for q in comparison.sentence.quantities
                if any(w.span.start <= q.span.start < w.span.end for w in theirs)
            ]
            return bool(others) and not any(same_value(said, q) for q in others)
    return False


def _negations(comparison: Comparison) -> Iterator[Conflict]:
    claim, sentence = comparison.claim, comparison.sentence
    ours = claim.negated & (sentence.content - sentence.negated)
    theirs = sentence.negated & (claim.content - claim.negated)
    if (not ours and not theirs) or comparison.covered_by_sentence < 0.3:
        return
    if _turned_by_words(comparison) or claim.negations == sentence.negations > 0:
        return
    # The word nearest to the negation is what a reader would look for.
    word = min(ours or theirs, key=lambda s: [w.stem for w in claim.words].index(s))
    shown = next(w.text for w in claim.words if w.stem == word)
    reason = (
        f"the claim negates “{shown}”, the abstract does not"
        if ours
        else f"the abstract negates “{shown}”, the claim does not"
    )
    near = comparison.wording >= NEAR
    yield Conflict(kind="negation", reason=reason, weight=4.0 if near else 1.5)


def _turned_by_words(comparison: Comparison) -> bool:
    """Whether a negation and an opposite word cancel out ("not worse" for "better")."""
    ours = {w.text for w in comparison.claim.words}
    theirs = {w.text for w in comparison.sentence.words}
    return any(opposites(a, b) for a in ours - theirs for b in theirs - ours if a not in NEGATIONS)


def _directions(comparison: Comparison) -> Iterator[Conflict]:
    claim, sentence = comparison.claim, comparison.sentence
    pair = _swapped_pair(comparison) or _missing_pair(comparison)
    if pair is None or comparison.covered_by_sentence < 0.3:
        return
    ours, theirs = pair
    if (ours.stem in claim.negated) != (theirs.stem in sentence.negated):
        return
    near = comparison.wording >= NEAR
    yield Conflict(
        kind="direction",
        reason=f"the claim says “{ours.text}”, the abstract says “{theirs.text}”",
        weight=4.0 if near else 1.5,
    )


def _swapped_pair(comparison: Comparison) -> tuple[Word, Word] | None:
    if comparison.wording < NEAR:
        return None
    for ours, theirs in comparison.changed:
        for word in ours:
            for other in theirs:
                if opposites(word.text, other.text):
                    return word, other
    return None


def _missing_pair(comparison: Comparison) -> tuple[Word, Word] | None:
    """A direction of the claim of which the sentence knows only the opposite."""
    claim, sentence = comparison.claim, comparison.sentence
    for axis, sign in sorted(claim.directions - sentence.directions):
        if (axis, -sign) in sentence.directions - claim.directions:
            for word in claim.words:
                for other in sentence.words:
                    if opposites(word.text, other.text):
                        return word, other
    return None


def _names(comparison: Comparison) -> Iterator[Conflict]:
    known = comparison.evidence.text.casefold()
    for name in dict.fromkeys(comparison.claim.names):
        if name.casefold() in known or _is_known(name, comparison.evidence):
            continue
        yield Conflict(kind="name", reason=f"“{name}” is not in the cited text", weight=2.0)
    if swapped := _swapped_name(comparison):
        ours, theirs = swapped
        yield Conflict(
            kind="name",
            reason=f"the claim says “{ours}” where the abstract says “{theirs}”",
            weight=2.5,
        )


def _swapped_name(comparison: Comparison) -> tuple[str, str] | None:
    if comparison.wording < NEAR:
        return None
    said = {part for name in comparison.claim.names for part in _parts(name)}
    names = {part for name in comparison.sentence.names for part in _parts(name)} - said
    for ours, theirs in comparison.changed:
        lost = [w for w in theirs if w.text in names and not _is_aside(comparison.sentence, w)]
        put = [w for w in ours if is_content(w.text) and w.stem not in comparison.sentence.content]
        if lost and put and len(theirs) <= len(ours) + 3:
            return _shown(comparison.claim, put[0]), _shown(comparison.sentence, lost[0])
    return None


def _is_aside(reading: Reading, word: Word) -> bool:
    """Whether a word opens a bracket; an abbreviation there may be left out."""
    return reading.text[: word.span.start].endswith("(")


def _shown(reading: Reading, word: Word) -> str:
    return reading.text[word.span.start : word.span.end]


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[-/+.]", name.casefold()) if part]


def _is_known(name: str, evidence: Reading) -> bool:
    parts = _parts(name)
    text = evidence.text.casefold()
    if len(parts) > 1 and all(p in text for p in parts):
        return True
    if read(name).content & evidence.content:
        return True
    if not name.isupper() or not 2 <= len(name) <= 6:
        return False
    initials = "".join(w.text[0] for w in evidence.words if w.text[0].isalnum())
    significant = "".join(w.text[0] for w in evidence.words if is_content(w.text))
    return name.casefold() in initials or name.casefold() in significant


def _terms(comparison: Comparison) -> Iterator[Conflict]:
    """Words that nothing cited says, in the place of others, in otherwise like wording."""
    if comparison.wording < NEAR:
        return
    claim, sentence = comparison.claim, comparison.sentence
    named = {part for name in (*claim.names, *sentence.names) for part in _parts(name)}
    for ours, theirs in comparison.changed:
        put = _foreign(ours, sentence)
        lost = [w for w in _foreign(theirs, claim) if not _is_label(sentence, w)]
        if not put or not lost or len(ours) > _SWAP or len(theirs) > len(ours) + _SWAP:
            continue
        if any(w.text in named for w in (*put, *lost)):
            continue  # names are told by themselves
        if any(opposites(a.text, b.text) for a in put for b in lost):
            continue
        yield Conflict(
            kind="name",
            reason=f"the claim says “{_shown(claim, put[0])}” where the abstract says "
            f"“{_shown(sentence, lost[0])}”",
            weight=1.0,
        )


def _is_label(reading: Reading, word: Word) -> bool:
    return _shown(reading, word) in SECTION_LABELS or _is_aside(reading, word)


def _foreign(words: Sequence[Word], other: Reading) -> list[Word]:
    return [w for w in words if is_content(w.text) and not is_said(w.stem, other.content)]


def _hedges(comparison: Comparison) -> Iterator[Conflict]:
    if comparison.wording < NEAR:
        return
    if strengthened := _strengthened(comparison):
        ours, theirs = strengthened
        yield Conflict(
            kind="hedge",
            reason=f"the claim says “{ours.text}”, the abstract only “{theirs.text}”",
            weight=2.5,
        )
    elif _drops_hedge(comparison):
        yield Conflict(
            kind="hedge",
            reason="the abstract says it with reserve, the claim as a fact",
            weight=1.5,
        )


def _strengthened(comparison: Comparison) -> tuple[Word, Word] | None:
    """A word that leaves no doubt, in the place of one that does."""
    said = {w.text for w in comparison.sentence.words}
    for ours, theirs in comparison.changed:
        sure = [w for w in ours if w.text in CERTAIN and w.text not in said]
        kept_back = [w for w in theirs if w.text in SOFT]
        if sure and kept_back and not any(w.text in SOFT for w in ours):
            return sure[0], kept_back[0]
    return None


def _drops_hedge(comparison: Comparison) -> bool:
    """Whether the claim leaves out a reserve; one before its first word may be made good later."""
    claim = comparison.claim
    for ours, theirs in comparison.changed:
        if not any(w.text in HEDGES for w in theirs):
            continue
        leads = not ours or ours[0] == claim.words[0]
        if not any(w.text in SOFT for w in (claim.words if leads else ours)):
            return True
    return False


def _clauses(comparison: Comparison) -> Iterator[Conflict]:
    text, coverage_all = weakest_clause(comparison)
    if coverage_all < 0.34 and comparison.covered - coverage_all > 0.25:
        yield Conflict(kind="clause", reason=f"nothing cited says “{text}”", weight=2.0)
    elif added := _added(comparison):
        yield Conflict(kind="clause", reason=f"nothing cited says “{added}”", weight=1.5)


def _added(comparison: Comparison) -> str:
    """Words put in where the sentence has none, of which some are nowhere in the text."""
    claim = comparison.claim
    repeated = comparison.wording * len(claim.words) / (len(comparison.sentence.words) or 1)
    if max(comparison.wording, repeated) < NEAR:
        return ""
    for ours, theirs in comparison.changed:
        if len(ours) < _CLAUSE_WORDS or ours[0] == claim.words[0]:
            continue
        if any(is_content(w.text) for w in theirs):
            continue
        if _foreign(ours, comparison.evidence):
            return claim.text[ours[0].span.start : ours[-1].span.end]
    return ""


def weakest_clause(comparison: Comparison) -> tuple[str, float]:
    """Return the part of the claim that the evidence covers least.

    Args:
        comparison: The claim beside a text.

    Returns:
        The clause, of three content words or more, and its coverage; the whole claim if it has
        no such parts.
    """
    clauses = [read(part.strip()) for part in _CLAUSE.split(comparison.claim.text)]
    counted = [c for c in clauses if len(c.content) >= 3]
    if not counted:
        return comparison.claim.text, comparison.covered
    worst = min(counted, key=lambda c: share_said(c, comparison.evidence.content))
    return worst.text, share_said(worst, comparison.evidence.content)


_CLAUSE = re.compile(r"[,;:]\s|\s(?:and|but|while|whereas|because|which|so that)\s")

# Set by hand, as the weights of the conflicts are: these rules work where no data has been seen.
_INTERCEPT, _COVERED, _COVERED_BY_SENTENCE, _WORDING = -3.2, 3.2, 1.6, 1.4


class RulesVerifier:
    """Judges by wording alone; strong near the cited words, weak on free paraphrases."""

    name = "rules"

    def judge(self, claim: str, evidence: Sequence[EvidenceText]) -> Judgement:
        """Say whether the evidence supports the claim.

        Args:
            claim: One sentence.
            evidence: The cited texts, in any order.

        Returns:
            The verdict, its probability and the sentence that decided.
        """
        if not read(claim).content:
            return nothing_claimed(self.name, "the sentence says nothing that could be checked")
        texts = readable(evidence)
        if not texts:
            return nothing_claimed(self.name, "nothing is cited")
        compared = [(compare(claim, text), text) for text in texts]
        comparison, text = max(compared, key=lambda item: support(item[0]))
        score = support(comparison)
        return Judgement(
            verdict=_verdict(score, comparison),
            score=score,
            reason=explain(comparison, score),
            verifier=self.name,
            paper_id=text.paper_id,
            span=comparison.span,
        )


def support(comparison: Comparison) -> float:
    """Return the rules' probability that the text supports the claim.

    Args:
        comparison: The claim beside the text.

    Returns:
        0-1; .99 for a quotation.
    """
    if comparison.verbatim:
        return 0.99
    odds = (
        _INTERCEPT
        + _COVERED * comparison.covered
        + _COVERED_BY_SENTENCE * comparison.covered_by_sentence
        + _WORDING * comparison.wording
        - sum(conflict.weight for conflict in comparison.conflicts)
    )
    return 1 / (1 + math.exp(-odds))


def _verdict(score: float, comparison: Comparison) -> Verdict:
    if score >= SUPPORTED_FROM:
        return Verdict.SUPPORTED
    turned = {c.kind for c in comparison.conflicts} & {
        "negation",
        "direction",
        "comparator",
        "unit",
    }
    if turned and comparison.wording >= NEAR and comparison.covered_by_sentence >= 0.7:
        return Verdict.CONTRADICTED
    return Verdict.UNSUPPORTED if score < UNSUPPORTED_BELOW else Verdict.UNCERTAIN


def explain(comparison: Comparison, score: float) -> str:
    """Return one phrase on what decided.

    Args:
        comparison: The claim beside the text that decided.
        score: The probability that is shown.

    Returns:
        The weightiest conflict if the score is low, else how near the wording is.
    """
    if comparison.verbatim:
        return "word for word in the abstract"
    conflict = comparison.conflicts[0].reason if comparison.conflicts else ""
    if conflict and score < SUPPORTED_FROM:
        return conflict
    share = round(100 * comparison.covered)
    near = comparison.wording >= 0.8 and comparison.covered_by_sentence >= 0.8
    shared = (
        "nearly word for word in the abstract"
        if near
        else f"{share} % of the claim's words are in the cited text"
    )
    return f"{shared}, but {conflict}" if conflict else shared
