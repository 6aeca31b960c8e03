"""References in the formats that other programs read: BibTeX, RIS and CSL-JSON.

The citation key is the paper's id everywhere, so that `[@vyas2024soap]` in a text finds its entry.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from litdesk.types import Author, Paper

__all__ = ["FORMATS", "Format", "export_papers", "save_papers", "to_bibtex", "to_csl", "to_ris"]

Format = Literal["bib", "ris", "json"]
FORMATS: dict[str, Format] = {".bib": "bib", ".ris": "ris", ".json": "json"}

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "$": r"\$",
}  # fmt: skip
_FORMULA = re.compile(r"(\$[^$\n]*\$)")
_CAPITALS = re.compile(r"\b\w+[A-Z]\w*")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def export_papers(papers: Sequence[Paper], form: Format) -> str:
    """Return papers in a format.

    Args:
        papers: The papers, in the order of the file.
        form: `bib`, `ris` or `json` (CSL-JSON).

    Returns:
        The text of the file.
    """
    return {"bib": to_bibtex, "ris": to_ris, "json": to_csl}[form](papers)


def save_papers(papers: Sequence[Paper], path: Path) -> None:
    """Write papers as a file, in the format that its ending names.

    Args:
        papers: The papers, in the order of the file.
        path: A file that ends in one of `FORMATS`; replaced if it is there.

    Raises:
        OSError: If it cannot be written.
    """
    text = export_papers(papers, FORMATS[path.suffix.lower()])
    path.write_text(text, encoding="utf-8", newline="")


def to_bibtex(papers: Sequence[Paper]) -> str:
    """Return papers as BibTeX, LaTeX's special characters escaped, text in UTF-8.

    Args:
        papers: The papers.

    Returns:
        One entry a paper.
    """
    return "\n".join(_entry(paper) for paper in papers)


def _entry(paper: Paper) -> str:
    names = " and ".join(_bibtex_name(author) for author in paper.authors)
    if names and not paper.authors_complete:
        names += " and others"
    date = (paper.date or "").split("-")
    fields = {
        "title": _protected(paper.title),
        "author": names,
        "year": str(paper.year) if paper.year else "",
        "month": _MONTHS[int(date[1]) - 1] if len(date) > 1 and _is_month(date[1]) else "",
        "journal" if paper.venue else "note": _latex(paper.venue or ""),
        "doi": paper.doi or "",
        "eprint": paper.arxiv_id or "",
        "archiveprefix": "arXiv" if paper.arxiv_id else "",
        "url": (paper.link or "").replace("{", "%7B").replace("}", "%7D"),
    }
    kind = "article" if paper.venue else "misc"
    lines = [f"  {name} = {_value(name, value)}," for name, value in fields.items() if value]
    return "\n".join((f"@{kind}{{{paper.paper_id},", *lines, "}", ""))


def _value(name: str, value: str) -> str:
    return value if name == "month" else f"{{{value}}}"


def _is_month(text: str) -> bool:
    return text.isdigit() and 1 <= int(text) <= len(_MONTHS)


def _bibtex_name(author: Author) -> str:
    family = _latex(author.family)
    if not author.given:
        return f"{{{family}}}"  # a group's name is never cut into parts
    return f"{family}, {_latex(author.given)}"


def _latex(text: str) -> str:
    parts = _FORMULA.split(" ".join(text.split()))
    # A formula is kept only if its braces are in pairs; an entry must not break.
    return "".join(
        part
        if n % 2 and part.count("{") == part.count("}")
        else "".join(_LATEX.get(c, c) for c in part)
        for n, part in enumerate(parts)
    )


def _protected(title: str) -> str:
    """Braces around words with capitals inside, which styles would write small."""
    return "".join(
        part if n % 2 else _CAPITALS.sub(lambda m: f"{{{m[0]}}}", part)
        for n, part in enumerate(_FORMULA.split(_latex(title)))
    )


def to_ris(papers: Sequence[Paper]) -> str:
    """Return papers as RIS.

    Args:
        papers: The papers.

    Returns:
        One record a paper, with CRLF line ends as the format asks for.
    """
    lines: list[str] = []
    for paper in papers:
        fields = [
            ("TY", "JOUR" if paper.venue else "GEN"),
            ("ID", paper.paper_id),
            ("TI", paper.title),
            *(("AU", f"{a.family}, {a.given}".rstrip(", ")) for a in paper.authors),
            ("PY", str(paper.year or "")),
            ("JO", paper.venue or ""),
            ("AB", paper.abstract),
            ("DO", paper.doi or ""),
            ("UR", paper.link or ""),
        ]
        lines += [f"{tag}  - {' '.join(value.split())}" for tag, value in fields if value]
        lines += ["ER  - ", ""]
    return "\r\n".join(lines)


def to_csl(papers: Sequence[Paper]) -> str:
    """Return papers as CSL-JSON, for citeproc and pandoc.

    Args:
        papers: The papers.

    Returns:
        A JSON array.
    """
    return json.dumps([_csl(paper) for paper in papers], ensure_ascii=False, indent=2) + "\n"


def _csl(paper: Paper) -> dict[str, object]:
    item: dict[str, object] = {
        "id": paper.paper_id,
        "type": "article-journal" if paper.venue else "article",
        "title": paper.title,
        "author": [
            {"family": a.family, "given": a.given} if a.given else {"literal": a.family}
            for a in paper.authors
        ],
        "issued": _csl_date(paper),
        "container-title": paper.venue,
        "DOI": paper.doi,
        "URL": paper.link,
        "abstract": paper.abstract,
    }
    return {name: value for name, value in item.items() if value}


def _csl_date(paper: Paper) -> dict[str, list[list[int]]] | None:
    if not paper.year or not paper.date:
        return None
    parts = [int(part) for part in paper.date.split("-") if part.isdigit()]
    return {"date-parts": [parts]}
