"""The sentences of a text, each with what it cites, and the entries of its list of references."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from litdesk.errors import CitedTextError, UnreadableDocumentError
from litdesk.ingest.document import decode_text, read_bytes
from litdesk.sentences import split_sentences
from litdesk.verifying.blocks import AT, Block, blocks_of_docx, blocks_of_markdown, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["CitedSentence", "CitedText", "Entry", "load_cited_text", "parse_blocks"]

_KEY = r"\{[^{}\s]+\}|[^\W_](?:[\w:.#$%&+?<>~/-]*\w)?|_\w+"
_NOTE = (
    r"(?:,?\s*(?:pp?\.|pages?|sect?\.|section|ch\.|chapter|chap\.|fig\.|figure|thm\.?|theorem|§|table)"
    r"[^\[\]]*)"
)
_NUMBERS = r"\d{1,3}(?:\s*[,;\u2013\u2014-]\s*\d{1,3})*"
_LEAD = r"(?:see(?: also)?|cf\.?|e\.g\.,?|compare)?\s*"
_CITATION = re.compile(
    rf"(?P<keys>\[[^\[\]@]{{0,300}}@(?>{_KEY})[^\[\]]{{0,900}}\])"
    rf"|(?P<round>\(\s*{_LEAD}-?@(?>{_KEY})(?:\s*[;,]\s*-?@(?>{_KEY})){{0,50}}\s*\))"
    rf"|(?P<name>(?<![\w@./])-?@(?>{_KEY})(?:\s\[[^\[\]@]*\d[^\[\]@]*\])?)"
    rf"|(?P<numbers>\[\s*{_NUMBERS}{_NOTE}?\s*\]|\[\?\])"
    rf"|(?P<round_numbers>\(\s*{_LEAD}\[\s*{_NUMBERS}{_NOTE}?\s*\]\s*\))"
    r"|(?P<notes>\[\^[\w-]+\])",
    re.IGNORECASE,
)
_ONE_KEY = re.compile(rf"@({_KEY})")
_ONE_NUMBER = re.compile(r"(\d{1,3})(?:\s*[\u2013\u2014-]\s*(\d{1,3}))?")
_WIDEST_RANGE = 50
_LOOK_BACK = 60
"""Characters before a citation that tell whether it stands for a noun."""
_STANDS_AS_NOUN = re.compile(
    r"(?:[:;,]\s+|\b(?:in|by|of|from|to|see|following|per|than|like|unlike|and)\s+)\Z",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\s+[a-z]|\s*$|\s*[.,;]")
_PAPER = "the paper"
_OWN_REMARK = re.compile(
    r"\s*\((?:contradicted|unsupported|uncertain|unchecked)(?::(?:[^()]|\([^()]*\))*)?\)"
)
_LIST_HEADING = re.compile(
    r"(?:\d+\.?\s*)?(?:references?|bibliography|literature(?: cited)?|works cited|sources"
    r"|cited works|reference list|list of references|notes|literatur(?:verzeichnis)?)\W*",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"\[(\d{1,3})\]:?\s+(?=\S)|\[(\^[\w-]+)\]:\s*(?=\S)")
_PLAIN_ENTRY = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_LOOKS_LIKE_ENTRY = re.compile(
    rf"\b(?:1[89]|20)\d\d[a-z]?\b|\b10\.\d{{4,}}/|https?://|arxiv|et al|[@{AT}]", re.IGNORECASE
)
_ENTRY_KEY = re.compile(rf"(?:@|{AT})({_KEY})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedSentence:
    """A sentence of a text."""

    text: str
    """As a reader sees it, its citations left in."""
    claim: str
    """What it says, its citations taken out or, where one is a noun, called `the paper`."""
    line: int
    cited: tuple[str, ...] = ()
    """Labels in order, each once: `@key`, `1`, `^note`; `?` for a number that litdesk marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a list of references, or a note."""

    label: str
    """`1`, `^note` or `@key`; empty where the list has none."""
    text: str
    line: int
    cited: tuple[str, ...] = ()
    """Keys that the entry itself names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """A text as it is checked."""

    name: str
    unit: str
    """What `line` counts: `line`, or `paragraph` of a Word document."""
    sentences: tuple[CitedSentence, ...]
    entries: tuple[Entry, ...]

    @property
    def cites(self) -> bool:
        """Whether any sentence cites something."""
        return any(sentence.cited for sentence in self.sentences)


def load_cited_text(path: Path, *, raw: bytes | None = None) -> CitedText:
    """Read a text: Markdown, plain text (`.txt`) or Word (`.docx`).

    Args:
        path: The file, or a name for what was given as `raw`.
        raw: The bytes of a text that is in no file.

    Returns:
        The text.

    Raises:
        CitedTextError: If it cannot be read, is empty, or has no sentence.
    """
    if raw is None and path.suffix.lower() == ".docx":
        _ = _bytes_of(path)
        return _with_sentences(
            parse_blocks(blocks_of_docx(path), path.name, unit="paragraph"), path
        )
    try:
        text = decode_text(path, _bytes_of(path) if raw is None else raw)
    except UnreadableDocumentError as error:
        binary = "binary" in error.message
        remedy = "Give a text in Markdown, plain text or .docx." if binary else error.remedy
        raise CitedTextError(error.message, remedy=remedy) from error
    if not text.strip():
        raise CitedTextError(f"{path} is empty.", remedy="Give a text with sentences that cite.")
    plain = path.suffix.lower() in (".txt", ".text")
    return _with_sentences(parse_blocks(blocks_of_markdown(text, plain=plain), path.name), path)


def _bytes_of(path: Path) -> bytes:
    try:
        return read_bytes(path)
    except UnreadableDocumentError as error:
        raise CitedTextError(error.message, remedy=error.remedy) from error


def _with_sentences(text: CitedText, path: Path) -> CitedText:
    if not text.sentences:
        raise CitedTextError(
            f"{path} has no sentence: nothing but headings, code, tables or references.",
            remedy="Give a text with sentences that cite.",
        )
    return text


def parse_blocks(blocks: Sequence[Block], name: str, *, unit: str = "line") -> CitedText:
    """Return the sentences and references of some blocks.

    Args:
        blocks: The blocks of a text in order.
        name: What the text is called.
        unit: What their lines count.

    Returns:
        The text. Numbers in brackets are citations where a list gives them a meaning, or where
        nothing is cited by key.
    """
    prose, entries = _apart(blocks)
    numbered = any(entry.label.isdigit() for entry in entries)
    by_key = any(m["keys"] or m["round"] for b in prose for m in _CITATION.finditer(b.text))
    sentences = [
        sentence
        for block in prose
        for sentence in _sentences(block, by_number=numbered or not by_key)
    ]
    return CitedText(name=name, unit=unit, sentences=tuple(sentences), entries=tuple(entries))


def _apart(blocks: Sequence[Block]) -> tuple[list[Block], list[Entry]]:
    """Part what is said from what is listed."""
    prose: list[Block] = []
    entries: list[Entry] = []
    list_level = 0
    for block in blocks:
        if block.kind == "heading":
            if _LIST_HEADING.fullmatch(shown(block.text)):
                list_level = block.level
            elif block.level <= list_level or not list_level:
                list_level = 0
        elif block.kind == "definition":
            entries.append(_entry(block.label, block.text, block.line))
        elif _LIST_HEADING.fullmatch(shown(block.text)) and block.kind == "prose":
            list_level = 7  # a line "References" in plain text, until a heading comes
        elif list_level:
            entries += _entries(block)
        else:
            rest, found = _without_entries(block)
            entries += found
            prose += rest
    return prose, entries


def _entries(block: Block) -> Iterator[Entry]:
    """The entries in a block of a list of references: one, or one for each numbered line."""
    for piece in _pieces(block, _ENTRY if _ENTRY.match(block.text) else _PLAIN_ENTRY):
        yield _as_entry(piece)


def _as_entry(piece: Block) -> Entry:
    found = _ENTRY.match(piece.text) or _PLAIN_ENTRY.match(piece.text)
    if found:
        label = next(group for group in found.groups() if group)
        return _entry(label.casefold(), piece.text[found.end() :], piece.line)
    return _entry(piece.label, piece.text, piece.line)


def _entry(label: str, text: str, line: int) -> Entry:
    keys = tuple(dict.fromkeys(f"@{m[1]}" for m in _ENTRY_KEY.finditer(text)))
    return Entry(label=label or next(iter(keys), ""), text=shown(text), line=line, cited=keys)


def _pieces(block: Block, begins: re.Pattern[str]) -> Iterator[Block]:
    """A block cut before each line that begins an entry."""
    start = line = 0
    lines = block.text.split("\n")
    for number in range(1, len(lines) + 1):
        if number == len(lines) or begins.match(lines[number]):
            text = "\n".join(lines[start:number])
            yield replace(block, text=text, line=block.line + line)
            start = line = number


def _without_entries(block: Block) -> tuple[list[Block], list[Entry]]:
    """Find the entries of a list that has no heading, and notes."""
    rest: list[Block] = []
    found: list[Entry] = []
    for piece in _pieces(block, _ENTRY):
        begin = _ENTRY.match(piece.text)
        is_note = begin is not None and begin[2] is not None
        if begin and (is_note or _LOOKS_LIKE_ENTRY.search(piece.text, begin.end())):
            found.append(_as_entry(piece))
        else:
            rest.append(piece)
    return rest, found


@dataclass(frozen=True, slots=True)
class _Marked:
    """A claim under construction: its text, and what was taken out of it where."""

    text: str
    places: tuple[int, ...]
    """For each character, its place in the block."""
    citations: tuple[tuple[int, int, tuple[str, ...]], ...]
    """Place in the text, end in the block, labels."""


def _sentences(block: Block, *, by_number: bool) -> Iterator[CitedSentence]:
    marked = _mark(block.text, by_number=by_number)
    spans = split_sentences(marked.text)
    cited: list[list[str]] = [[] for _ in spans]
    ends = [0] * len(spans)
    starts = [span.start for span in spans]
    for at, end, labels in marked.citations if spans else ():
        # one after a full stop belongs to the sentence before, one at the very start to the next
        n = max(0, bisect_left(starts, at) - 1)
        if n + 1 < len(spans) and spans[n].end < at and starts[n + 1] == at:
            n += 1
        cited[n] += labels
        ends[n] = max(ends[n], end)
    for span, named, end in zip(spans, cited, ends, strict=True):
        first = marked.places[span.start]
        last = max(end, marked.places[span.end - 1] + 1)
        claim = shown(marked.text[span.start : span.end])
        if any(c.isalnum() for c in claim):
            yield CitedSentence(
                text=shown(block.text[first:last]),
                claim=claim,
                line=block.line + block.text.count("\n", 0, first),
                cited=tuple(dict.fromkeys(named)),
            )


def _mark(text: str, *, by_number: bool) -> _Marked:
    characters: list[str] = []
    places: list[int] = []
    citations: list[tuple[int, int, tuple[str, ...]]] = []

    def keep(start: int, end: int) -> None:
        characters.extend(text[start:end])
        places.extend(range(start, end))

    at = 0
    for found in _OWN_REMARK_OR_CITATION.finditer(text):
        labels = _labels(found)
        if not by_number and (found["numbers"] or found["round_numbers"]):
            continue
        keep(at, found.start())
        at = found.end()
        if not labels:
            continue
        before = "".join(characters[-_LOOK_BACK:])
        if _is_noun(found, text, before):
            noun = _PAPER.capitalize() if _begins(before) else _PAPER
            characters.extend(noun)
            places.extend([found.start()] * len(noun))
        else:
            while characters and characters[-1].isspace():
                characters.pop()
                places.pop()
        citations.append((len(characters), found.end(), labels))
    keep(at, len(text))
    return _Marked("".join(characters), tuple(places), tuple(citations))


_OWN_REMARK_OR_CITATION = re.compile(
    rf"(?P<own>{_OWN_REMARK.pattern})|{_CITATION.pattern}", re.IGNORECASE
)


def _is_noun(found: re.Match[str], text: str, before: str) -> bool:
    """Whether the sentence needs the citation: `@key shows`, `in [1]`, `[1] shows`."""
    if found["name"]:
        return True
    if found["round"] or found["round_numbers"] or found["notes"]:
        return False
    if _begins(before):
        return re.match(r"\s+[a-z]", text[found.end() :]) is not None
    return (
        _STANDS_AS_NOUN.search(before) is not None
        and _GOES_ON.match(text[found.end() :]) is not None
    )


def _begins(before: str) -> bool:
    """Whether a sentence may begin after a text."""
    if re.search(r"\bal\.\s*\Z", before):
        return False
    return not before.strip() or before.rstrip(' \n"”’)')[-1:] in (".", "!", "?")


def _labels(found: re.Match[str]) -> tuple[str, ...]:
    if found["own"]:
        return ()
    if by_key := found["keys"] or found["round"] or found["name"]:
        return tuple(f"@{m[1].strip('{}')}" for m in _ONE_KEY.finditer(by_key))
    if found["notes"]:
        return (found["notes"][1:-1].casefold(),)
    if found.group() == "[?]":
        return ("?",)
    numbers = re.search(_NUMBERS, found.group())
    return tuple(_expanded(numbers.group())) if numbers else ()


def _expanded(numbers: str) -> Iterator[str]:
    for found in _ONE_NUMBER.finditer(numbers):
        first, last = int(found[1]), int(found[2] or found[1])
        if first <= last < first + _WIDEST_RANGE:
            yield from map(str, range(first, last + 1))
        else:
            yield from (str(first), str(last))
