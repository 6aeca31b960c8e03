"""LaTeX markup of BibTeX fields as plain text; formulas stay as they are written."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from litdesk.ingest.document import clean

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped]

__all__ = ["plain_text"]

_MARKUP = re.compile(r"[\\{}~$%]|--|``|''")
_DOLLAR = re.compile(r"(?<!\\)\$")
# In a BibTeX field these are nearly always meant as characters; as LaTeX, a comment sign would
# swallow the rest of the line.
_BARE_SIGN = re.compile(r"(?<!\\)([%&#])")


def plain_text(latex: str) -> str:
    """Return the text of a BibTeX field, with accents, dashes and quotes as characters.

    Args:
        latex: The value without the braces around it. A formula between `$` stays as it is, and a
            lone `$` is taken for the currency.

    Returns:
        One clean line.
    """
    if not _MARKUP.search(latex):
        return clean(latex)
    escaped = _BARE_SIGN.sub(r"\\\1", latex)
    if len(_DOLLAR.findall(escaped)) % 2:
        escaped = _DOLLAR.sub(r"\\$", escaped)
    try:
        return clean(_decoder().latex_to_text(escaped))
    except (ValueError, IndexError, RecursionError):
        return clean(latex.replace("{", "").replace("}", ""))


@cache
def _decoder() -> LatexNodes2Text:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="verbatim", keep_comments=True)
