"""A file as text, and the cleaning that every reader applies to what it finds there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litdesk.errors import UnreadableDocumentError
from litdesk.types import IngestFailure, Source

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Document",
    "clean",
    "decode_text",
    "iso_date",
    "load_document",
    "read_bytes",
    "tidy_arxiv_id",
    "tidy_doi",
]

# Invisible characters that can hide or reorder text; joiners stay, since some scripts need them.
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_SPACE = re.compile(r"\s+")
_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ARXIV = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5}|[a-z][a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The text of a file, with line feeds for line ends."""

    path: Path
    text: str

    @property
    def lines(self) -> list[tuple[int, str]]:
        """The lines that are not blank, cleaned, each with its number from 1."""
        numbered = enumerate(self.text.split("\n"), start=1)
        return [(number, line) for number, raw in numbered if (line := clean(raw))]

    def source(self, *, record: int, line: int) -> Source:
        """Return the place of a record.

        Args:
            record: Its number, from 1.
            line: Its first line, from 1.

        Returns:
            The place, under the file's own name without its folder.
        """
        return Source(file=self.path.name, record=record, line=line)

    def failure(self, reason: str, *, record: int, line: int) -> IngestFailure:
        """Return the report of a record that cannot go in.

        Args:
            reason: What is wrong, and what to do.
            record: Its number, from 1.
            line: Its first line, from 1.

        Returns:
            The failure.
        """
        return IngestFailure(path=str(self.path), record=record, line=line, reason=reason)


def load_document(path: Path) -> Document:
    """Read a file as UTF-8 text, with or without a byte order mark.

    Args:
        path: An existing file.

    Returns:
        The text, with every line end as a line feed.

    Raises:
        UnreadableDocumentError: If the file cannot be opened or is not UTF-8 text.
    """
    return Document(path=path, text=decode_text(path, read_bytes(path)))


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Args:
        path: An existing file.

    Returns:
        Its bytes.

    Raises:
        UnreadableDocumentError: If it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocumentError(
            path,
            f"cannot be opened ({error.strerror}).",
            remedy="Check that it exists and that you may read it.",
        ) from error


def decode_text(path: Path, raw: bytes) -> str:
    """Return bytes as text, with or without a byte order mark.

    Args:
        path: Where they come from, for messages.
        raw: UTF-8.

    Returns:
        The text, with every line end as a line feed.

    Raises:
        UnreadableDocumentError: If they are not UTF-8 text.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong_encoding(path, "UTF-16", "it begins with its byte order mark")
    if b"\x00" in raw:
        raise UnreadableDocumentError(
            path,
            "is a binary file, not text.",
            remedy="Export the records as BibTeX, JSONL or text, and ingest that.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        where = f"line {line} has the byte 0x{raw[error.start]:02X}"
        raise _wrong_encoding(path, "WINDOWS-1252", where) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _wrong_encoding(path: Path, guess: str, why: str) -> UnreadableDocumentError:
    also = " (Latin-1)" if guess == "WINDOWS-1252" else ""
    return UnreadableDocumentError(
        path,
        f"is not UTF-8 text: {why}; it may be {guess}{also}.",
        remedy=f"Save it as UTF-8, for instance with: iconv -f {guess} -t UTF-8.",
    )


def clean(text: str) -> str:
    """Return a text in NFC, without control or hidden characters, white space collapsed.

    Args:
        text: As a file gives it.

    Returns:
        One line of text.
    """
    visible = _INVISIBLE.sub("", _CONTROL.sub("", text))
    return _SPACE.sub(" ", unicodedata.normalize("NFC", visible)).strip()


def iso_date(text: str) -> str | None:
    """Return the ISO 8601 date that a text begins with, or else the first year in it.

    Args:
        text: Such as `2024-09-17T10:00Z`, `2024/9`, or `Spring 2021`.

    Returns:
        As many parts as are stated and possible, or None if no year is.
    """
    match = _DATE.match(text.strip())
    if match is None or not 1000 <= int(match[1]) <= 2999:
        year = _YEAR.search(text)
        return year.group() if year else None
    parts = [match[1]]
    for value, most in ((match[2], 12), (match[3], 31)):
        if value is None or not 1 <= int(value) <= most:
            break
        parts.append(f"{int(value):02d}")
    return "-".join(parts)


def tidy_doi(text: str) -> str | None:
    """Return the bare DOI in a text, in lower case.

    Args:
        text: Such as `https://doi.org/10.1000/ABC` or `doi:10.1000/abc`.

    Returns:
        Such as `10.1000/abc`, or None if there is none.
    """
    match = _DOI.search(text)
    return match.group().rstrip(".,;}").lower() if match else None


def tidy_arxiv_id(text: str) -> str | None:
    """Return the bare arXiv identifier in a text, without its version.

    Args:
        text: Such as `arXiv:2409.11321v2` or `math.OC/0701001`.

    Returns:
        Such as `2409.11321`, or None if there is none.
    """
    match = _ARXIV.search(text)
    return match.group(1) if match else None
