"""Reading files of papers: each format turns a file into records, or into named failures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from litdesk.errors import IngestError, UnreadableDocumentError, UnsupportedFormatError
from litdesk.ingest.document import load_document
from litdesk.ingest.registry import READERS, SUFFIXES, Reader, find_reader
from litdesk.types import IngestFailure, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["READERS", "Reader", "Reading", "read_paths"]

_NOT_PAPERS = ("readme", "license", "licence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found in some files. A file that cannot be read at all is one failure."""

    records: tuple[Record, ...]
    failures: tuple[IngestFailure, ...]
    files: int
    """How many files were looked into."""


def read_paths(paths: Sequence[Path]) -> Reading:
    """Read files, and the files of folders that a reader may know, in the order of their names.

    In folders, hidden files, files named README or LICENSE, and files of other suffixes are passed
    over. A file that is named twice is read once.

    Args:
        paths: Files and folders.

    Returns:
        The records and failures, in the order of the files.

    Raises:
        UnreadableDocumentError: If a path does not exist, or the only file is not text.
        UnsupportedFormatError: If a folder holds no file to read, or the only file is of a layout
            that no reader knows.
        IngestError: If not one record could be read.
    """
    files = list(dict.fromkeys(file for path in paths for file in _files(path)))
    records: list[Record] = []
    failures: list[IngestFailure] = []
    errors: list[IngestError] = []
    for file in files:
        try:
            document = load_document(file)
            items = list(find_reader(document).read(document))
        except IngestError as error:
            errors.append(error)
            failures.append(IngestFailure(path=str(file), reason=_reason(error)))
            continue
        records += (item for item in items if isinstance(item, Record))
        failures += (item for item in items if isinstance(item, IngestFailure))
    if not records:
        raise _nothing_read(paths, failures, errors)
    return Reading(records=tuple(records), failures=tuple(failures), files=len(files))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if _is_wanted(file, below=path))
        if not found:
            raise UnsupportedFormatError(
                path,
                "the folder holds no file of papers.",
                remedy=f"Name a folder with files in one of {', '.join(sorted(SUFFIXES))}.",
            )
        yield from found
    elif path.exists():
        yield path
    else:
        raise UnreadableDocumentError(path, "does not exist.", remedy="Check the spelling.")


def _is_wanted(file: Path, *, below: Path) -> bool:
    return (
        file.suffix.lower() in SUFFIXES
        and not file.name.lower().startswith(_NOT_PAPERS)
        and not any(part.startswith(".") for part in file.relative_to(below).parts)
        and file.is_file()
    )


def _reason(error: IngestError) -> str:
    return f"{error.message.removeprefix(f'{error.path}: ')} {error.remedy}"


def _nothing_read(
    paths: Sequence[Path], failures: Sequence[IngestFailure], errors: Sequence[IngestError]
) -> IngestError:
    if len(failures) == len(errors) == 1:
        return errors[0]
    if not failures:
        where = paths[0] if paths else Path()
        return UnsupportedFormatError(
            where, "no record is in it.", remedy="Name a file or a folder of papers."
        )
    first = failures[0]
    place = first.path if first.line is None else f"{first.path}, line {first.line}"
    count = f"none of {len(failures):,} records" if len(failures) > 1 else "no record"
    return IngestError(
        paths[0], f"{count} could be read; the first failed at {place}.", remedy=first.reason
    )
