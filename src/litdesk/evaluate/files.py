"""Reading and writing files of JSON lines.

Nothing is dropped: a line that does not fit stops the reading, with file, line and field.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from litdesk.errors import CaseFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["SHOWN_FAULTS", "Record", "faulty", "read_lines", "write_json", "write_lines"]

SHOWN_FAULTS = 10


class Record(BaseModel):
    """What every line of a file is: frozen, strict, and of known fields only."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def line(self) -> str:
        """The record as a line of a file; what has its default is left out."""
        return self.model_dump_json(exclude_defaults=True) + "\n"


Line = TypeVar("Line", bound=BaseModel)


def read_lines(path: Path, model: type[Line]) -> list[tuple[int, Line]]:
    """Read a file of JSON lines.

    Args:
        path: The file.
        model: What each line must be.

    Returns:
        Line number, from 1, and content, in order; blank lines are passed over.

    Raises:
        CaseFileError: If the file cannot be read, is empty, or has a line that does not fit.
    """
    found: list[tuple[int, Line]] = []
    faults: list[str] = []
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if number == 1:
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                if not raw.strip():
                    continue
                try:
                    found.append((number, model.model_validate_json(raw)))
                except ValidationError as error:
                    faults += [f"{path}:{number}: {_said(e, raw)}" for e in error.errors()]
                    if len(faults) > SHOWN_FAULTS or (number == 1 and _opens_list(raw)):
                        break
    except OSError as error:
        raise CaseFileError(
            f"{path} cannot be read: {error.strerror}.", remedy="Name a file of JSON lines."
        ) from error
    if faults:
        raise faulty(faults)
    if not found:
        raise CaseFileError(
            f"{path} is empty.", remedy="Put one JSON object on each line; see evals/README.md."
        )
    return found


def _said(error: Any, raw: bytes) -> str:  # noqa: ANN401 (pydantic's ErrorDetails)
    """Name the field and say what is wrong with it, in words."""
    place = ".".join(str(part) for part in error["loc"])
    kind, message = error["type"], error["msg"][0].lower() + error["msg"][1:]
    if kind == "json_invalid":
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as found:
            return f"byte {found.start + 1} is not UTF-8"
        if _opens_list(raw):
            return "a list, where one JSON object a line is wanted"
        return f"no JSON object: {message}"
    if kind == "missing":
        return f"field {place} is missing"
    if kind == "extra_forbidden":
        return f"field {place} is not known"
    return f"field {place}: {message}" if place else message


def _opens_list(raw: bytes) -> bool:
    return raw.lstrip().startswith(b"[")


def faulty(faults: Sequence[str]) -> CaseFileError:
    """Return the error that names faults, up to ten.

    Args:
        faults: What is wrong, each with file, line and field.

    Returns:
        The error, to be raised.
    """
    shown = "; ".join(faults[:SHOWN_FAULTS])
    more = "; and more" if len(faults) > SHOWN_FAULTS else ""
    return CaseFileError(
        f"{shown}{more}.",
        remedy="Correct the lines; evals/README.md lists the fields.",
    )


def write_lines(path: Path, records: Iterable[Record]) -> None:
    """Write records in the place of whatever the file holds, all or nothing.

    Args:
        path: The file; its folder is made if it is not there.
        records: What to write, a line each.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.writelines(record.line for record in records)
    part.replace(path)


def write_json(path: Path, document: object) -> None:
    """Write a JSON document.

    Args:
        path: The file; its folder is made if it is not there.
        document: What JSON knows; NaN is refused.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
