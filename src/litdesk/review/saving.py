"""A review as a file, in the format that its ending names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from litdesk.review.docx import save_docx
from litdesk.review.markdown import to_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from litdesk.review.results import Review

__all__ = ["save_review"]


def save_review(review: Review, path: Path) -> None:
    """Write a review; a file that is there is replaced.

    Args:
        review: Any review.
        path: The file: `.docx` and `.json` as they say, Markdown for any other ending.

    Raises:
        OSError: If the file cannot be written.
    """
    match path.suffix.lower():
        case ".docx":
            save_docx(review, path)
        case ".json":
            path.write_text(review.model_dump_json(indent=2) + "\n", encoding="utf-8")
        case _:
            path.write_text(to_markdown(review), encoding="utf-8")
