"""What a sentence of an abstract does: ask, propose, name its data, find, leave open, dispute.

Rules over wording, in the manner of argumentative zoning (Teufel and Moens, “Summarizing
Scientific Articles”, Computational Linguistics 2002), for sentences as abstracts write them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from litdesk.sentences import split_sentences

if TYPE_CHECKING:
    from litdesk.types import Paper, Span

__all__ = ["HEADING", "Role", "Statement", "best_statement", "statements"]

_HEAD = (
    r"(?:AIMS?|APPROACH|BACKGROUND|CONCLUSIONS?|CONTEXT|CRITERIA|DATA|DESIGN|DISCUSSION|ELIGIBILITY"
    r"|EVALUATION|EVIDENCE|EXPOSURES?|EXTRACTION|FINDINGS?|FUNDING|HYPOTHESIS|IMPORTANCE"
    r"|INTERPRETATION|INTERVENTIONS?|INTRODUCTION|LIMITATIONS?|MAIN|MATERIALS?|MEASUREMENTS?"
    r"|MEASURES?|METHODOLOGY|METHODS?|OBJECTIVES?|OUTCOMES?|PARTICIPANTS?|PATIENTS?|POPULATION"
    r"|PRIMARY|PRINCIPAL|PROBLEM|PURPOSE|RATIONALE|REGISTRATION|RELEVANCE|RESEARCH|RESULTS?|REVIEW"
    r"|SELECTION|SETTINGS?|SIGNIFICANCE|SOURCES?|STUDY|SUBJECTS|SUMMARY|SYNTHESIS|TRIAL)"
)
HEADING = (
    rf"(?:{_HEAD}(?:(?:,? AND |, | & |/|-| ){_HEAD})*:?\s+|(?:Aims?|Background|Conclusions?|Design"
    r"|Findings?|Introduction|(?:Materials and )?Methods?|Objectives?|Purpose|Results?|Setting"
    r"):\s+)"
)
"""Pattern of the headings inside structured abstracts."""

Role = Literal["question", "method", "data", "finding", "code", "open", "disputes"]

_I = re.IGNORECASE
_CUES: dict[Role, tuple[tuple[float, re.Pattern[str]], ...]] = {
    "question": (
        (2.5, re.compile(
            r"\bwe (?:\w+ly )?(?:study|investigate|address|consider|examine|ask|aim|explore"
            r"|analy[sz]e"
            r"|focus|initiate|seek|tackle|revisit|characterize|set out|sought|assessed|evaluated"
            r"|aimed|tested)\b", _I)),
        (2.5, re.compile(r"\bthis (?:paper|work|study|article|note|review)\b(?! (?:provid"
                         r"|establish))"
                         r"|\bour (?:goal|aim|objective)|\b(?:goal|aim|objective)s? of this", _I)),
        (2.0, re.compile(r"\bhow (?:do|does|can|should)\b|\bleads us to ask\b|\?$", _I)),
        (3.0, re.compile(r"^(?:OBJECTIVES?|AIMS?|PURPOSE|CONTEXT)\b")),
        (1.0, re.compile(r"\b(?:question|whether|goal is|motivated by)\b", _I)),
    ),
    "method": (
        (3.0, re.compile(
            r"\bwe (?:\w+ly )?(?:propose|introduce|present|develop|design|construct|devise"
            r"|formulate"
            r"|extend|create)\b", _I)),
        (1.5, re.compile(
            r"\bwe (?:\w+ly )?(?:use|train|build|derive|provide|employ|adopt|combine|exhibit"
            r"|establish"
            r"|leverage|apply|learn|used|performed|conducted|generated)\b", _I)),
        (1.5, re.compile(r"\b(?:our|the proposed) (?:method|approach|framework|algorithm"
                         r"|architecture|technique|strategy|model)\b", _I)),
        (3.0, re.compile(r"^(?:METHODS?|DESIGN|METHODOLOGY|MATERIALS? AND METHODS?)\b")),
        (1.0, re.compile(r"\b(?:called|termed|named|dubbed|based on|which leverages|by (?:using"
                         r"|leveraging|combining))\b", _I)),
        (3.0, re.compile(r"^this (?:work|paper|study) (?:provides|establishes|presents)\b", _I)),
    ),
    "data": (
        (2.0, re.compile(
            r"\b(?:datasets?|data sets?|benchmarks?|corpus|corpora|cohorts?|participants"
            r"|patients|randomi[sz]ed|trials?|meta-analysis|mice|samples of|tweets|videos|Atari"
            r"|ImageNet(?:-\w+)?|MMLU|MNIST|CIFAR\S*|GSM8K|DeepMind Control|A/B test)\b")),
        (1.0, re.compile(r"\b(?:experiments?|empirical(?:ly)?|evaluat\w+|simulation stud\w+|tested"
                         r"|benchmark\w*|case stud\w+|real-world)\b", _I)),
        (1.0, re.compile(r"\b(?:across|on) (?:\w+ ){0,4}(?:tasks|games|datasets|models|scales"
                         r"|settings|domains|problems)\b", _I)),
        (1.0, re.compile(r"\b\d[\d,.]*\s?(?:[mb]\b|k\b|million|billion|FLOPs|models|parameters?"
                         r"|tokens|agents|patients|women|men|adults|years)", _I)),
        (2.5, re.compile(r"^(?:SETTING|PARTICIPANTS|DATA SOURCES?|POPULATION|PATIENTS)\b")),
    ),
    "finding": (
        (2.5, re.compile(
            r"\bwe (?:\w+ly )?(?:find|found|show|showed|prove|demonstrate|observe|observed"
            r"|conclude"
            r"|establish|reveal|report|identified)\b", _I)),
        (2.5, re.compile(
            r"\b(?:our|these|the) (?:main |central |primary |key |theoretical "
            r"|empirical )?(?:results?"
            r"|findings?|analys[ei]s|experiments?|study|work"
            r"|observations)\b.{0,40}?\b(?:show|suggest"
            r"|indicate|demonstrate|reveal|lead|establish|is|are|hold|highlight|imply"
            r"|challenge)", _I)),
        (1.5, re.compile(r"\b(?:outperform\w*|achiev\w+|improv\w+|reduc\w+|surpass\w*|superior"
                         r"|state-of-the-art|converge\w*|optimal|equivalent|insufficient)\b", _I)),
        (2.5, re.compile(
            r"(?:\band|,) (?:\w+ly )?(?:find|show|prove|demonstrate|observe)(?:ing)? that\b"
            r"|\band (?:\w+ly )?prove\b", _I)),
        (1.5, re.compile(r"\b(?:performance|percentage points?) gains\b|\bshowing\b", _I)),
        (1.0, re.compile(r"\d\s?(?:%|x\b|\u00d7)|\bpercent\b|\b[pP]\s?[<=]")),
        (3.0, re.compile(r"^(?:CONCLUSIONS?|INTERPRETATION|RESULTS?|FINDINGS?|MAIN RESULTS?)\b")),
        (1.5, re.compile(r"\b(?:was|were) (?:significantly |inversely |positively "
                         r"|not )*(?:associated"
                         r"|correlated|lower|higher|reduced|increased)\b", _I)),
    ),
    "code": (
        (3.0, re.compile(r"https?://(?:www\.)?(?:github|gitlab|huggingface|bitbucket)\S+", _I)),
        (2.0, re.compile(r"\b(?:code|implementation)s?\b.{0,40}\b(?:available|released?"
                         r"|found|open)"
                         r"|\bCode:|\bopen-sourced?\b.{0,30}\bcode|\brelease\b.{0,20}\bcode\b"
                         r"|\bProject (?:page|website)", _I)),
    ),
    "open": (
        (3.0, re.compile(
            r"\b(?:open (?:question|problem|challenge)s?|(?:remain\w*|is|are|was"
            r"|still) (?:\w+ )?(?:open"
            r"|unclear|unknown|elusive|unresolved|uncertain|unexplored)|not (?:well|fully"
            r"|yet|clear)[ -]?"
            r"(?:understood|clear|known)?|poorly understood|future (?:work|research|studies)"
            r"|further (?:research|studies|work|investigation) (?:is|are)"
            r"|(?:far |much )?less is known|little (?:is|was) known|under-?explored"
            r"|robustness remains|we leave|promising (?:new )?(?:direction|avenue)s?)\b", _I)),
    ),
    "disputes": (
        (3.0, re.compile(
            r"\b(?:challeng\w+ (?:the |this |a )?(?:prevailing|common|conventional|existing|widely"
            r"|traditional|notion|view|assumption|belief)\w*|contrary to|contradict\w*"
            r"|in contrast (?:to|with) (?:prior|previous|earlier|recent|existing|offline)"
            r"|(?:decisive )?negative resolution|refut\w+|call\w* into question|disput\w+"
            r"|while advocates of|inconsistent with (?:prior|previous|earlier)"
            r"|conflicting (?:results"
            r"|evidence|findings))\b", _I)),
    ),
}  # fmt: skip
_LEAST: dict[Role, float] = {
    "question": 2.0,
    "method": 1.5,
    "data": 1.5,
    "finding": 2.0,
    "code": 2.0,
    "open": 3.0,
    "disputes": 3.0,
}
_LEANING = re.compile(
    r"\b(?:these|this|those|such)\s+(?:two|approach|lines|procedure|sampling|analyses|theorems"
    r"|components|problem|challenge|issue|gap|limitation|question|phenomenon|insights?|an?)\b"
    r"|\b(?:between|of) the two\b|\bthe (?:former|latter)\b",
    re.IGNORECASE,
)
"""Words that lean on a sentence before, which a quotation leaves behind."""
_GENERAL = re.compile(r"\b(?:highlight|underscore|motivate|pav(?:e|ing)\b|offer)", re.IGNORECASE)
"""Words of a conclusion that says what findings are good for, not what they are."""
_SHORT, _LONG = 5, 60
_LATE, _LATE_FINDING = 0.6, 1.5
"""Near its end an abstract tells what was found, in weaker words, too."""
_SETTING_FROM = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence of an abstract; `place` runs from 0 at its first sentence to 1 at its last."""

    span: Span
    text: str
    place: float

    def strength(self, role: Role) -> float:
        """Return how strongly the wording speaks for a role.

        Args:
            role: What the sentence may do.

        Returns:
            0 where nothing does.
        """
        return sum(weight for weight, pattern in _CUES[role] if pattern.search(self.text))

    def plays(self, role: Role) -> bool:
        """Return whether the sentence plays a role.

        Args:
            role: What the sentence may do.

        Returns:
            True from the least strength that the role asks for.
        """
        least = _LEAST[role]
        proposes = self.strength("method") >= _CUES["method"][0][0]
        if role == "finding" and self.place >= _LATE and not proposes:
            least = _LATE_FINDING
        return self.strength(role) >= least


def statements(paper: Paper) -> tuple[Statement, ...]:
    """Return the sentences of a paper's abstract.

    Args:
        paper: The paper.

    Returns:
        Statements in order.
    """
    return _statements(paper.abstract)


@lru_cache(maxsize=2048)
def _statements(abstract: str) -> tuple[Statement, ...]:
    spans = split_sentences(abstract)
    last = max(1, len(spans) - 1)
    return tuple(
        Statement(span=span, text=abstract[span.start : span.end], place=n / last)
        for n, span in enumerate(spans)
    )


def best_statement(
    paper: Paper, role: Role, *, taken: frozenset[Span] = frozenset(), bonus: dict[int, float]
) -> Statement | None:
    """Return the sentence that plays a role best.

    Args:
        paper: The paper.
        role: What the sentence is to do.
        taken: Sentences that stand elsewhere already.
        bonus: Start of a sentence to what speaks for it besides its wording, in [0, 1].

    Returns:
        The sentence, or None where none plays the role.
    """
    ranked = [
        (s.strength(role) + _fit(s, role) + bonus.get(s.span.start, 0.0), -s.place, s)
        for s in statements(paper)
        if s.span not in taken and s.plays(role) and s.strength(role) + _fit(s, role) > 0
    ]
    return max(ranked, key=lambda item: item[:2])[2] if ranked else None


def _fit(statement: Statement, role: Role) -> float:
    length = len(statement.text.split())
    awkward = -0.7 if length > _LONG else -2.0 if length < _SHORT and role != "code" else 0.0
    awkward -= 4.0 if _LEANING.search(statement.text) else 0.0
    late = statement.place - 0.5
    match role:
        case "finding":
            return late + awkward - (1.0 if _GENERAL.search(statement.text) else 0.0)
        case "question" | "method":
            return -late + awkward
        case "data":
            return awkward - (1.5 if statement.place < _SETTING_FROM else 0.0)
        case _:
            return awkward
