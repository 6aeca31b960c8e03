"""A chat model's reply, read as sentences with the numbers that they cite."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from litdesk.answer.plain import plain_text
from litdesk.sentences import split_sentences
from litdesk.types import DraftSentence, Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ABSTAINED", "abstains", "parse_reply", "stable_part"]

ABSTAINED = "NOT IN THE ABSTRACTS"
"""What the prompt asks a model to write where the passages do not answer."""

_KIND = r"(?:passages?|abstracts?|papers?|sources?|refs?\.?)"
_JOINT = r"\s*(?:,|;|and|&|-|\u2013|\u2014|to)\s*"
_NUMBERS = rf"(?:{_KIND}\s*)?\^?\d{{1,3}}(?:{_JOINT}(?:{_KIND}\s*)?\d{{1,3}})*"
_LOOSE = re.compile(rf"[\[【\uff3b]\s*({_NUMBERS})\s*(?:†[^\]】]*)?[\]】\uff3d]", re.I)
_ROUND = re.compile(r"\(\s*(\d{1,2}(?:\s*,\s*\d{1,2})*)\s*\)(?=\s*[.!?]?\s*$)")
_MARK = r"\[\d{1,3}(?:,\d{1,3})*\]"
_MARKS = re.compile(_MARK)
_AFTER_STOP = re.compile(rf"([.!?]+[\"”\u2019)]*)\s*((?:{_MARK}\s*)+)(?=\s|$|[A-Z])")
_LEADING = re.compile(rf"(?:{_MARK}[\s:.,-]*)+")
_MARK_LIST = re.compile(rf"{_MARK}(?:\s*(?:,|;|and|&)?\s*{_MARK})+")
_NAMED_MARK = re.compile(rf"(?<!\d )\b(?:the\s+)?{_KIND}\s+(?={_MARK})", re.I)
_NAMED = re.compile(
    rf"\b(?:the\s+)?{_KIND}\s+(?:number\s+|no\.\s+)?"
    rf"(\d{{1,2}}(?:(?:\s*,\s*|,?\s*(?:and|&)\s*)\d{{1,2}})*)\b(?!\s*%|\.\d)",
    re.I,
)
_VERB = (
    r"is|are|was|were|do|does|did|has|have|uses?|used|shows?|showed|finds?|found|reports?|reported"
    r"|proposes?|proposed|introduces?|introduced|presents?|presented|demonstrates?|demonstrated"
    r"|stud(?:y|ies|ied)|argues?|argued|suggests?|suggested|describes?|described|discuss(?:es|ed)?"
    r"|develops?|developed|compares?|compared|states?|stated|mentions?|mentioned|provides?|provided"
)
_AS_NOUN = re.compile(
    rf"\b((?:in|by|to|from|of|per|see|are|is)\s+)({_MARK})|^()({_MARK})(?=\s+(?:{_VERB})\b)"
    rf"|(^|\b(?:while|whereas|and|but|that)\s+)({_MARK})(?=\s+(?-i:[a-z]+(?:s|ed)\b))",
    re.I,
)
_ANSWER_LABEL = re.compile(r"^\s*(?:answer|response|reply)\s*:\s*", re.I)
_LABEL_ONLY = re.compile(r"^[^.!?]{0,100}:$")
_REFUSAL = re.compile(
    r"^(?:(?:i(?:'m| am)? (?:sorry|cannot|can't|could not|couldn't|do not|don't|am unable|unable))"
    r"|(?:there is no|no) (?:information|mention|data|answer|abstract|passage)"
    r"|(?:(?:the|this|these|none of the|neither of the) )?(?:given |provided |above )?"
    r"(?:abstracts?|passages?|text|question|information|context)\b.{0,60}?"
    r"\b(?:(?:do|does|did|is|are|was|were|can)(?: not|n't)|cannot|mentions?|contains?|provides?)\b"
    r".{0,80}?\b(?:mention|contain|provide|specif|state|answer|address|discuss|say|includ|report"
    r"|inform))",
    re.I | re.S,
)


def parse_reply(
    raw: str, passages: Sequence[Passage], *, max_sentences: int
) -> tuple[DraftSentence, ...]:
    """Return the sentences of a reply, with the numbers that they cite taken out of the text.

    Args:
        raw: The model's text.
        passages: What the numbers refer to, from 1.
        max_sentences: Sentences after this many are left out.

    Returns:
        Sentences in order, none twice; a number that names no passage stays among the markers.
    """
    links = frozenset(link for passage in passages if (link := passage.paper.link))
    found: list[DraftSentence] = []
    lines = plain_text(raw, own_links=links).split("\n")
    pieces = [p for line in lines for p in _split_line(_with_plain_marks(line, len(passages)))]
    for piece in _without_enumeration(pieces):
        _append(found, piece, passages)
    return tuple(found[:max_sentences])


def abstains(raw: str, sentences: Sequence[DraftSentence]) -> bool:
    """Return whether a reply says that the passages do not answer.

    Args:
        raw: The model's text.
        sentences: The same, parsed.

    Returns:
        True if it begins with the phrase that the prompt asks for, or consists of one uncited
        sentence that refuses in other words.
    """
    if re.match(rf"\W*(?:answer\W+)?{ABSTAINED}", raw, re.I):
        return True
    if not sentences or any(sentence.markers for sentence in sentences):
        return False
    return len(sentences) <= 2 and _REFUSAL.match(sentences[0].text) is not None


def stable_part(raw: str) -> str:
    """Return the beginning of an unfinished reply that can be parsed now.

    Args:
        raw: The model's text so far.

    Returns:
        `raw` before any bracket, tag or code that is still open; all its sentences but the last
        are as they will be in the end.
    """
    end = len(raw)
    for opening, closing in (("<", ">"), ("[", "]"), ("【", "】")):
        start = raw.rfind(opening)
        if start > raw.rfind(closing):
            end = min(end, start)
    if raw.count("`") % 2:
        end = min(end, raw.rfind("`"))
    return raw[:end]


def _with_plain_marks(line: str, n_passages: int) -> str:
    """Write every form of marker as `[1,2]`."""
    line = _LOOSE.sub(lambda m: _plain_mark(m.group(0), m.group(1)), line)
    line = _NAMED_MARK.sub("", line)
    line = _NAMED.sub(
        lambda m: (
            _plain_mark(m.group(0), m.group(1))
            if max(_numbers(m.group(1))) <= n_passages
            else m.group(0)
        ),
        line,
    )
    return _MARK_LIST.sub(lambda m: f"[{','.join(re.findall(r'[0-9]+', m.group()))}]", line)


def _plain_mark(whole: str, inner: str) -> str:
    numbers = _numbers(inner)
    return f"[{','.join(map(str, numbers))}]" if numbers and 0 not in numbers else whole


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in re.split(r",|;|and|&", re.sub(_KIND, "", text, flags=re.I)):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        if len(ends) == 2 and 0 < ends[1] - ends[0] < 20:
            ends = list(range(ends[0], ends[1] + 1))
        found.extend(n for n in ends if n not in found)
    return found


def _split_line(line: str) -> list[str]:
    line = _ANSWER_LABEL.sub("", line)
    if not _LEADING.match(line):
        line = _AFTER_STOP.sub(lambda m: f" {m.group(2).strip()}{m.group(1)} ", line)
    return [line[span.start : span.end] for span in split_sentences(line)]


def _without_enumeration(pieces: list[str]) -> list[str]:
    """Take leading numbers away where they only count the sentences: `[1] …. [2] …. [3] ….`.

    Small models do so; taken for citations, these numbers would name papers at random.
    """
    leads = [found.group() if (found := _LEADING.match(piece)) else "" for piece in pieces]
    counted = [f"[{n}]" for n in range(1, len(pieces) + 1)]
    if len(pieces) < 2 or [lead.strip(" :.,-") for lead in leads] != counted:
        return pieces
    return [piece[len(lead) :] for piece, lead in zip(pieces, leads, strict=True)]


def _append(found: list[DraftSentence], piece: str, passages: Sequence[Passage]) -> None:
    piece = _ROUND.sub(
        lambda m: (
            m.group(0)
            if max(_numbers(m.group(1))) > len(passages)
            else _plain_mark(m.group(0), m.group(1))
        ),
        piece,
    )
    markers = tuple(dict.fromkeys(n for m in _MARKS.findall(piece) for n in _numbers(m)))
    text = _without_marks(piece, passages)
    if not re.search(r"[^\W\d_]{2}", text):
        if found and markers:
            last = found[-1]
            found[-1] = DraftSentence(
                text=last.text, markers=tuple(dict.fromkeys(last.markers + markers))
            )
        return
    if _LABEL_ONLY.match(text) and not markers:
        return
    if text.upper().rstrip(".!") == ABSTAINED and found:
        return
    if re.search(r"\w$", text):
        text += "."
    if all(text != sentence.text for sentence in found):
        found.append(DraftSentence(text=text, markers=markers))


def _without_marks(piece: str, passages: Sequence[Passage]) -> str:
    """Take the markers out; one that a sentence needs as a noun becomes the paper's label."""
    piece = _AS_NOUN.sub(
        lambda m: (
            (m.group(1) or m.group(5) or "")
            + _label(m.group(2) or m.group(4) or m.group(6), passages)
        ),
        piece,
    )
    if leading := _LEADING.match(piece):
        piece = piece[leading.end() :]
    piece = _MARKS.sub(" ", piece)
    piece = re.sub(r"\(\s*[,;]?\s*\)", " ", piece)
    piece = re.sub(r"\s+([.,;:!?)])", r"\1", piece)
    piece = re.sub(r"[,;]+([.!?])", r"\1", piece)
    return re.sub(r"\s{2,}", " ", piece).strip(" ,;")


def _label(mark: str, passages: Sequence[Passage]) -> str:
    known = [passages[n - 1].paper.label for n in _numbers(mark) if 0 < n <= len(passages)]
    return " and ".join(known) or "another paper"
