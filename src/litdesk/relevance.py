"""Whether a text answers a question, or is about a topic: a small model that reads both."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from math import exp, log
from typing import TYPE_CHECKING, Any, Protocol

from litdesk.cross_encoder import CrossEncoder, shipped_folder
from litdesk.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "Relevance",
    "RelevanceModel",
    "RelevanceReader",
    "log_odds",
    "open_relevance",
    "relevance_folder",
    "titled",
]

_log = logging.getLogger(__name__)
_HEADS = ("answers", "about", "denies")
_FURTHEST = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """Probabilities for one query and one text."""

    answers: float
    """That the text answers the question."""
    about: float
    """That the text is about the topic."""
    denies: float
    """That the text says the opposite of what the question takes for granted."""


class RelevanceReader(Protocol):
    """Anything that reads a query beside texts as the relevance model does."""

    def scores(self, query: str, texts: Sequence[str]) -> list[Relevance]:
        """Return what holds for each text.

        Args:
            query: A question or a topic.
            texts: What `titled` made of sentences or whole abstracts.

        Returns:
            One value a text, in the same order.
        """
        ...


class RelevanceModel:
    """The relevance model that comes with litdesk."""

    def __init__(self, encoder: CrossEncoder) -> None:
        """Take the model that reads pairs.

        Args:
            encoder: A model of three logits that has been calibrated.

        Raises:
            SettingsError: If it has no calibration.
        """
        if encoder.calibration is None or not set(_HEADS) <= encoder.calibration.keys():
            raise SettingsError(
                "The relevance model has no calibration.", remedy="Install litdesk again."
            )
        self._encoder = encoder
        self._lines = [_line(encoder.calibration[head]) for head in _HEADS]

    @classmethod
    def load(cls, folder: Path | None = None) -> RelevanceModel:
        """Open a model after checking that its files are those of its manifest.

        Args:
            folder: Folder with `manifest.json` and the files that it names; by default the one
                that comes with litdesk.

        Returns:
            The model.

        Raises:
            SettingsError: If a file is missing or is another than the manifest says.
        """
        return cls(CrossEncoder.load(folder or relevance_folder(), name="relevance model"))

    @property
    def digest(self) -> str:
        """SHA-256 of the model's file."""
        return self._encoder.digest

    def scores(self, query: str, texts: Sequence[str]) -> list[Relevance]:
        """Read a query beside each of some texts, one on each core at a time.

        Args:
            query: A question or a topic.
            texts: What `titled` made of sentences or whole abstracts.

        Returns:
            One value a text, in the same order; a pair that was read lately is not read again.
        """
        found = self._encoder.read([(query, text) for text in texts])
        return [
            Relevance(**{
                head: _chance(slope * logit + offset)
                for head, logit, (slope, offset) in zip(_HEADS, row, self._lines, strict=True)
            })
            for row in found
        ]  # fmt: skip


def relevance_folder() -> Path:
    """Return the folder of the relevance model that comes with litdesk.

    Returns:
        The packaged folder, or the checkout's.
    """
    return shipped_folder("relevance")


def open_relevance(folder: Path | None = None) -> RelevanceModel | None:
    """Open the relevance model if it can be used.

    Args:
        folder: As for `RelevanceModel.load`.

    Returns:
        The model; None, with the reason in the log, where its files are missing or damaged.
    """
    try:
        return RelevanceModel.load(folder)
    except SettingsError as error:
        _log.warning("The relevance model is not used. %s", error)
        return None


def titled(title: str, text: str) -> str:
    """Return a sentence or an abstract as the relevance model reads it.

    Args:
        title: Of the paper; may be empty.
        text: One sentence, or the whole abstract.

    Returns:
        Both, joined.
    """
    return f"{title}. {text}" if title else text


def log_odds(chance: float, *, furthest: float) -> float:
    """Return the log-odds of a probability, within bounds.

    Args:
        chance: The probability; 0 and 1 are allowed.
        furthest: The bound on either side of 0.

    Returns:
        A number in [-furthest, furthest].
    """
    if not 0 < chance < 1:
        return furthest if chance > 0 else -furthest
    return max(-furthest, min(furthest, log(chance / (1 - chance))))


def _line(told: dict[str, Any]) -> tuple[float, float]:
    return float(told["slope"]), float(told["offset"])


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-min(max(odds, -_FURTHEST), _FURTHEST)))
