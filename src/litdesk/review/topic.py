"""What a topic asks for: alternatives, each of concepts that belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.sentences import content_words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Topic", "read_topic"]

_LISTED = re.compile(r"\s*(?:,\s*(?:and|or)\b|,|;|\band\b|\bor\b|\bversus\b|\bvs\b\.?)\s*", re.I)
_RELATION = re.compile(
    r"(?:^|\s+)(?:for|with|in|of|on|to|from|by|via|using|under|through|within|without|at|during"
    r"|between|among)\s+",
    re.I,
)
_BETWEEN = re.compile(r"\b(?:between|among)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic as it was asked for, and what a paper may be about to belong to it."""

    text: str
    together: tuple[str, ...]
    """All concepts, such as `optimizers` and `language models`."""
    alternatives: tuple[tuple[str, ...], ...]
    """The concepts of each thing that the topic lists, if it lists several."""

    @property
    def queries(self) -> tuple[str, ...]:
        """The topic and the things that it lists, to search for."""
        return (self.text, *(" ".join(concepts) for concepts in self.alternatives))

    @property
    def concepts(self) -> tuple[str, ...]:
        """All concepts, each once."""
        every = (*self.together, *(c for some in self.alternatives for c in some))
        return tuple(dict.fromkeys(every))


def read_topic(text: str) -> Topic:
    """Return what a topic asks for.

    Args:
        text: Such as `length generalization and copying in transformers`.

    Returns:
        The topic; `[length generalization, transformers]` and `[copying, transformers]` are its
        alternatives, and the three concepts together what all of it is about.
    """
    head, colon, rest = text.partition(":")
    if not (colon and content_words(head) and content_words(rest)):
        head, rest = "", text
    shared = _concepts(head)
    pieces = [rest] if _BETWEEN.search(rest) else _LISTED.split(rest)
    pieces = [piece for piece in (p.strip(" :") for p in pieces) if content_words(piece)]
    together = tuple(dict.fromkeys((*shared, *(c for piece in pieces for c in _concepts(piece)))))
    alternatives = []
    if len(pieces) > 1:
        alternatives = [(*shared, *_concepts(whole)) for whole in _completed(pieces)]
    return Topic(
        text=text,
        together=together or (text,),
        alternatives=tuple(some for some in alternatives if _stands_alone(some)),
    )


def _completed(pieces: Sequence[str]) -> list[str]:
    """Give each thing of a list the words that it shares with the others.

    `A and B in C` is about `A in C` and `B in C`, `A in B and C` about `A in B` and `A in C`; but
    `A B and C of D` about `A B` and `C of D`.
    """
    ending = _RELATION.search(pieces[-1])
    completed: list[str] = []
    lead = ""
    for piece in pieces:
        relations = list(_RELATION.finditer(piece))
        if relations and relations[0].start() == 0:
            completed.append(f"{lead} {piece}".strip())
        elif relations:
            lead = piece[: relations[0].start()]
            completed.append(piece)
        elif lead:
            last = list(_RELATION.finditer(completed[-1]))[-1]
            completed.append(completed[-1][: last.end()] + piece)
        elif ending and (ending.group().strip().lower() != "of" or len(piece.split()) == 1):
            completed.append(piece + pieces[-1][ending.start() :])
        else:
            completed.append(piece)
    return completed


def _concepts(text: str) -> tuple[str, ...]:
    joined = _LISTED.sub(" and ", text) if _BETWEEN.search(text) else text
    found = (c.strip() for part in joined.split(" and ") for c in _RELATION.split(part))
    return tuple(concept for concept in found if content_words(concept))


def _stands_alone(concepts: Sequence[str]) -> bool:
    return sum(len(concept.split()) for concept in concepts) > 1
