"""Reading a question: what may be asked, misspelt words, and what a follow-up refers to."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.errors import QuestionError
from litdesk.sentences import content_words, stem, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from litdesk.types import Paper, Turn

__all__ = [
    "StandAlone", "check_question", "correct_spelling", "papers_of", "stand_alone", "take_up",
]  # fmt: skip

MAX_CHARS = 4_000
_MIN_LETTERS = 4
_MIN_LETTERS_ONE_EDIT = 5
_MIN_LETTERS_TWO_EDITS = 9
# Letters beside a digit are part of a name.
_TOKEN = re.compile(r"(?<![\w-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w-])")

_EXPAND = re.compile(
    r"\b(?:expand|elaborate|more|detail|details|explain|summari[sz]e|about|open|show)\b[^\[\]]*"
    r"\[(\d{1,3})\]",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|he|she|his|her|this|these|those|that|ones?"
    r"|the (?:paper|papers|authors?|method|approach|model|study|work|result|results|attack|same)"
    r"|there|such|else|previous|former|latter|above)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^\W*(?:and|or|but|also|so|then|what about|how about|what if|why|why not|how so|really"
    r"|which one|which ones|in what way|compared (?:to|with)|versus|vs\.?)\b",
    re.IGNORECASE,
)
_NEW_TOPIC = re.compile(
    r"^\W*(?:ok(?:ay)?|now|well|thanks|thank you|great)?[\s,.;:!-]*"
    r"(?:something else|(?:a )?(?:new|another|different) (?:topic|question)"
    r"|on another note|changing (?:the )?(?:topic|subject)|by the way)\b[\s,.;:!-]*",
    re.IGNORECASE,
)
_FEW_WORDS = 2
# Of 60 questions that are off topic, each after 37 turns, one in 250 has so many.
_TAKEN_UP_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StandAlone:
    """A question that can be read without the conversation before it."""

    text: str
    """What is searched for."""
    asked: str
    """The new part alone, which decides what kind of answer is wanted."""
    focus: tuple[str, ...] = ()
    """Papers that the conversation is about, by id."""
    only_focus: bool = False
    """True if no other paper is asked about (`expand [2]`)."""


def check_question(question: str) -> str:
    """Return a question in its normal form.

    Args:
        question: What the reader typed.

    Returns:
        The question in NFC with single spaces.

    Raises:
        QuestionError: If it is empty, too long, or holds control characters.
    """
    if len(question) > MAX_CHARS:
        raise QuestionError(
            f"The question has {len(question):,} characters.",
            remedy=f"Ask in at most {MAX_CHARS:,}.",
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r" for c in question):
        raise QuestionError(
            "The question holds control characters.", remedy="Type it again as plain text."
        )
    text = " ".join(unicodedata.normalize("NFC", question).split())
    if not any(c.isalnum() for c in text):
        raise QuestionError("The question is empty.", remedy="Type a question about your papers.")
    return text


def correct_spelling(
    question: str, *, vocabulary: Collection[str], is_word: Callable[[str], bool]
) -> str:
    """Replace words that are no words by the nearest word of the library.

    Acronyms and inflections stay: what nobody has seen is more often a name than a mistake, and
    `unlearning` is not `learning`.

    Args:
        question: A question.
        vocabulary: The words of the papers, in lower case.
        is_word: Whether a word in lower case is a word of the language; such words stay.

    Returns:
        The question; a word without a near neighbour stays.
    """

    def corrected(match: re.Match[str]) -> str:
        word = match.group().lower()
        if len(word) < _MIN_LETTERS or not match.group()[1:].islower():
            return match.group()
        if word in vocabulary or is_word(word):
            return match.group()
        return _nearest(word, vocabulary) or match.group()

    return _TOKEN.sub(corrected, question)


def _nearest(word: str, vocabulary: Collection[str]) -> str | None:
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    allowed = 1 if len(word) < _MIN_LETTERS_TWO_EDITS else 2
    near = extract(
        word,
        [w for w in vocabulary if w[0] == word[0] and abs(len(w) - len(word)) <= allowed],
        scorer=OSA.distance,
        score_cutoff=allowed,
        limit=8,
    )
    if len(word) < _MIN_LETTERS_ONE_EDIT:
        near = [hit for hit in near if sorted(hit[0]) == sorted(word)]
    best = min(near, key=lambda hit: (hit[1], hit[0]), default=None)
    return str(best[0]) if best and stem(best[0]) != stem(word) else None


def stand_alone(question: str, history: Sequence[Turn]) -> StandAlone:
    """Read a question in the light of the conversation, by rules.

    Args:
        question: The new question.
        history: The turns before it, oldest first.

    Returns:
        The question with what it takes from its thread: the words that began it, its last papers.
    """
    if opening := _NEW_TOPIC.match(question):
        rest = question[opening.end() :]
        return StandAlone(text=rest or question, asked=rest or question)
    if not history:
        return StandAlone(text=question, asked=question)
    last = history[-1]
    if wanted := _EXPAND.search(question):
        number, numbered = int(wanted.group(1)), papers_of(history)
        if 0 < number <= len(numbered):
            rest = question[: wanted.start()] + question[wanted.end() :]
            text = rest if content_words(rest) else last.question
            focus = (numbered[number - 1],)
            return StandAlone(text=text, asked=text, focus=focus, only_focus=True)
    if not _continues(question):
        return StandAlone(text=question, asked=question)
    return _follow(question, history)


def take_up(question: str, history: Sequence[Turn], papers: Collection[Paper]) -> StandAlone | None:
    """Read a question that finds nothing by itself as one about the papers of the last turn.

    `Which parts need the adaptivity?` says by no word of its own that it goes on.

    Args:
        question: The question.
        history: The turns before it, oldest first.
        papers: The papers of the last turn.

    Returns:
        The question with the words and the papers of the last turn; None unless these papers have
        half of its words, and two.
    """
    asked = [stem(word) for word in content_words(question)]
    present = {s for paper in papers for s in stems(f"{paper.title} {paper.abstract}")}
    found = sum(word in present for word in asked)
    if found < max(_FEW_WORDS, _TAKEN_UP_SHARE * len(asked)) or _NEW_TOPIC.match(question):
        return None
    return _follow(question, history)


def _follow(question: str, history: Sequence[Turn]) -> StandAlone:
    """Read a question with the one that began its thread, and the last papers of that thread."""
    start = len(history) - 1
    while start > 0 and _goes_on(history[start], history[start - 1]):
        start -= 1
    papers = next((turn.paper_ids for turn in reversed(history[start:]) if turn.paper_ids), ())
    return StandAlone(text=f"{history[start].question} {question}", asked=question, focus=papers)


def _goes_on(turn: Turn, before: Turn) -> bool:
    """Return whether a turn asks on about the paper of the one before: `and its memory?`."""
    same = turn.paper_ids[:1] == before.paper_ids[:1]
    return _continues(turn.question) and (same or not turn.paper_ids or not before.paper_ids)


def _continues(question: str) -> bool:
    return bool(
        _CONTINUES.match(question)
        or _REFERS_BACK.search(question)
        or len(content_words(question)) <= _FEW_WORDS
    )


def papers_of(history: Sequence[Turn]) -> list[str]:
    """Return the papers of a conversation in the order of their reference numbers.

    Args:
        history: The turns, oldest first.

    Returns:
        Ids; the first is `[1]` throughout the conversation.
    """
    return list(dict.fromkeys(paper_id for turn in history for paper_id in turn.paper_ids))
