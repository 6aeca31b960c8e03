"""A chat model's text as plain sentences: no HTML, images, links, headings, code or bibliography.

The model repeats what it reads, and what it reads may be hostile; so nothing that a page or a
terminal would act on leaves this module.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["plain_text"]

_ROUNDS = 5
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.S | re.I)
_ACTIVE = re.compile(
    r"<(script|style|svg|iframe|object|template|noscript)\b.*?(?:</\1\s*>|\Z)", re.S | re.I
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")
_CUT_TAG = re.compile(
    r"</?(?:a|audio|base|body|button|div|embed|form|h[1-6]|head|html|img|input|link|meta|p|source"
    r"|span|table|textarea|track|video)(?:[\s/][^<>]*)?\Z",
    re.I,
)
_STRAY_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\)?|\[[^\]]*\])?")
_LINK = re.compile(r"(\[[^\[\]]+\])\((?![\d\s,]*\))[^)\n]*\)?")
_DEFINITION = re.compile(r"^\s*\[[^\]\n]+\]:\s*\S+(?:\s+[\"'(][^\n]*)?\s*$", re.M)
_REFERENCE_LINK = re.compile(r"\[([^\[\]]+)\]\[(?![\d\s,;\u2013-]*\])[^\]]*\]")
_ADDRESS = re.compile(
    r"""(?:\b[a-z][a-z0-9+.-]{1,20}://|//(?=[\w-]+\.\w)|\bwww\.|\b(?:javascript|vbscript|data|mailto
    |file|tel|blob|cid):(?=\S))[^\s<>\[\]"'“”]*
    |\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+
    |\b(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>\[\]"'“”]*
    |\b(?:[a-z0-9-]+\.)+(?:com|net|org|edu|gov|info|biz|xyz|io|ai|app|dev|site|online|top|shop|ru
    |cn|uk|de)\b""",
    re.I | re.X,
)
_OMITTED = "(link omitted)"
_BIBLIOGRAPHY = re.compile(
    r"^[\s#*_]*(?:references?|sources?|bibliography|citations?|works cited)[\s*_]*(?::|$).*\Z",
    re.I | re.M | re.S,
)
_RULE = re.compile(r"^[\s|:=*_~-]{3,}$")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_TITLE_LINE = re.compile(r"^\s*(\*\*|__)[^*_]{1,80}\1\s*$|^\s*(\*\*|__)[^*_]{1,80}:\2\s*$")
_LEAD = re.compile(r"^\s*(?:>\s*)*(?:[-*+•‣\u2013]\s+|\d{1,2}[.)]\s+)?")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])")
_CODE = re.compile(r"`+([^`\n]*)`+")
_FORMULA = re.compile(r"(\$[^$\n]+\$)")


def plain_text(raw: str, *, own_links: frozenset[str] = frozenset()) -> str:
    """Return the prose of a model's reply.

    Args:
        raw: The text as it came.
        own_links: Addresses of the papers themselves, which may stay.

    Returns:
        Lines of prose; markers such as `[1]` stay.
    """
    text = _without_hidden_characters(raw)
    for _ in range(_ROUNDS):
        stripped = _without_markup(text)
        if stripped == text:
            break
        text = stripped
    text = _STRAY_TAG.sub("< ", text)
    text = _BIBLIOGRAPHY.sub("", text)
    text = _ADDRESS.sub(lambda found: _kept_address(found.group(), own_links), text)
    lines = (_plain_line(line) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _without_hidden_characters(raw: str) -> str:
    """Drop control, format and private characters: they hide text, or turn its direction."""
    text = raw.replace("\r\n", "\n").replace("\t", " ")
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        character
        for character in text
        if character == "\n" or not unicodedata.category(character).startswith("C")
    )


def _without_markup(text: str) -> str:
    text = _without_hidden_characters(html.unescape(text))
    for pattern in (_THINKING, _ACTIVE, _COMMENT, _TAG, _CUT_TAG, _IMAGE, _DEFINITION):
        text = pattern.sub("", text)
    text = _LINK.sub(lambda found: _link_text(found.group(1)), text)
    return _REFERENCE_LINK.sub(r"\1", text)


def _link_text(bracketed: str) -> str:
    inner = bracketed[1:-1]
    return bracketed if re.fullmatch(r"[\d\s,;\u2013-]+", inner) else inner


def _kept_address(address: str, own_links: frozenset[str]) -> str:
    bare = address.rstrip(".,;:!?)")
    tail = address[len(bare) :]
    return address if bare in own_links else _OMITTED + tail


def _plain_line(line: str) -> str:
    if any(pattern.match(line) for pattern in (_RULE, _FENCE, _HEADING, _TITLE_LINE)):
        return ""
    line = _LEAD.sub("", line, count=1)
    if line.startswith("|"):
        line = line.replace("|", " ")
    parts = _FORMULA.split(line)
    parts[::2] = [_without_emphasis(part) for part in parts[::2]]
    return re.sub(r" {2,}", " ", "".join(parts)).strip()


def _without_emphasis(text: str) -> str:
    for pattern, kept in ((_STRONG, r"\2"), (_EMPHASIS, r"\1"), (_CODE, r"\1")):
        text = pattern.sub(kept, text)
    return text
