"""What is installed, what is in use, and what to do about each problem.

Nothing here loads the weights of a model, asks a server for an answer or makes a folder.
"""

from __future__ import annotations

import ipaddress
import json
import os
import platform
import re
import shutil
from contextlib import closing
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, computed_field

from litdesk.errors import LibraryMissingError, LitdeskError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from litdesk.library import Library
    from litdesk.settings import Settings

__all__ = ["Diagnosis", "Problem", "examine", "what_leaves"]

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)[^;]*(?:;.*\bextra == ['\"](?P<extra>[\w-]+)['\"])?")
_DATABASE = "library.sqlite3"
_INGEST = "Read some in: litdesk ingest FOLDER."
_LITTLE_SPACE = 500_000_000
_NO_SPACE = 20_000_000


IndexCondition: TypeAlias = Literal["ready", "built at the next question", "empty", "unknown"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(_Part):
    """Something that is not as it should be, and what to do about it."""

    message: str
    remedy: str
    stops: bool
    """Whether litdesk cannot work until it is solved."""


class ExtraState(_Part):
    """An optional part of litdesk; packages that are not installed have no version."""

    installed: bool
    packages: dict[str, str | None]


class EmbeddingState(_Part):
    """The model that turns texts into vectors; no fingerprint where it cannot be read."""

    model: str
    folder: str | None
    fingerprint: str | None


class WriterState(_Part):
    """Who writes the answers."""

    kind: Literal["quoting", "model"]
    model: str | None
    base_url: str | None


class VerifierState(_Part):
    """What judges sentences; bytes and digest are None where its files cannot be read."""

    setting: str
    judge: str
    """Who judges as things stand."""
    folder: str
    """Of the trained judge."""
    bytes: int | None
    sha256: str | None
    """Of its weights, as checked against its manifest."""
    calibrated: bool
    condition: Literal["sound", "missing", "damaged", "not calibrated", "not used"]


class RelevanceState(_Part):
    """The model that reads questions and topics beside abstracts."""

    folder: str
    sha256: str | None
    """None where its files cannot be read."""


class LibraryState(_Part):
    """The library; counts are None where it cannot be read."""

    folder: str
    store: str
    exists: bool
    papers: int | None
    chunks: int | None
    bytes_used: int
    bytes_free: int
    writable: bool


class IndexState(_Part):
    """The search index, which can be built again from the library at any time."""

    store: str
    state: IndexCondition


class Diagnosis(_Part):
    """Everything that `litdesk doctor` says; its JSON form is an interface."""

    litdesk: str
    python: str
    platform: str
    packages: dict[str, str | None]
    extras: dict[str, ExtraState]
    writer: WriterState
    embedding: EmbeddingState
    verifier: VerifierState
    relevance: RelevanceState
    library: LibraryState
    index: IndexState
    leaves_machine: tuple[str, ...]
    """What is sent to other machines, a sentence each; empty if nothing is."""
    problems: tuple[Problem, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ok(self) -> bool:
        """Whether litdesk can work."""
        return not any(problem.stops for problem in self.problems)


def examine(settings: Settings) -> Diagnosis:
    """Look at the installation and the library without changing either.

    Args:
        settings: What is to be used.

    Returns:
        What is there, and every problem that was found.
    """
    problems: list[Problem] = []
    packages, extras = _installed()
    problems += _missing(packages)
    writer = WriterState(
        kind="model" if settings.model else "quoting",
        model=settings.model,
        base_url=_without_password(settings.base_url) if settings.base_url else None,
    )
    embedding, found = _embedding(settings)
    problems += found
    problems += _writer_problems(settings)
    verifier, found = _verifier(settings)
    problems += found
    relevance, found = _relevance()
    problems += found
    library, index, found = _library(settings, fingerprint=embedding.fingerprint)
    problems += found
    return Diagnosis(
        litdesk=version("litdesk"),
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages=packages,
        extras=extras,
        writer=writer,
        embedding=embedding,
        verifier=verifier,
        relevance=relevance,
        library=library,
        index=index,
        leaves_machine=what_leaves(settings),
        problems=tuple(problems),
    )


def _installed() -> tuple[dict[str, str | None], dict[str, ExtraState]]:
    """Versions of the packages that litdesk names as its own, from its metadata."""
    packages: dict[str, str | None] = {}
    extras: dict[str, dict[str, str | None]] = {}
    for line in requires("litdesk") or ():
        if match := _REQUIREMENT.match(line):
            group = extras.setdefault(match["extra"], {}) if match["extra"] else packages
            group[match["name"]] = _version(match["name"])
    states = {
        extra: ExtraState(installed=None not in group.values(), packages=group)
        for extra, group in sorted(extras.items())
    }
    return dict(sorted(packages.items())), states


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _missing(packages: dict[str, str | None]) -> list[Problem]:
    missing = [name for name, found in packages.items() if found is None]
    if not missing:
        return []
    return [
        Problem(
            message=f"Not installed: {', '.join(missing)}.",
            remedy="Install litdesk again, with all that it requires: pip install litdesk.",
            stops=True,
        )
    ]


def _embedding(settings: Settings) -> tuple[EmbeddingState, list[Problem]]:
    name = settings.index.embedding_model
    folder = fingerprint = None
    problems = []
    try:
        from litdesk.embeddings import SentenceEmbeddings

        embeddings = SentenceEmbeddings(name)
        folder = embeddings.folder
        fingerprint = embeddings.fingerprint
    except LitdeskError as error:
        problems.append(_as_problem(error))
    except ImportError as error:
        problems.append(_broken(error))
    state = EmbeddingState(
        model=name, folder=str(folder) if folder else None, fingerprint=fingerprint
    )
    return state, problems


def _verifier(settings: Settings) -> tuple[VerifierState, list[Problem]]:
    """Look at the files of the trained judge, without loading it."""
    from litdesk.verify.combine import Calibration
    from litdesk.verify.trained import checked_manifest, model_folder

    options = settings.verification
    folder = options.judge or model_folder()
    state = VerifierState(
        setting=options.verifier,
        judge=options.verifier,
        folder=str(folder),
        bytes=None,
        sha256=None,
        calibrated=False,
        condition="not used",
    )
    if "auto" not in options.parts:
        return state, []
    there = (folder / "manifest.json").is_file()
    try:
        manifest = checked_manifest(folder)
        state = state.model_copy(
            update={"bytes": _size(folder), "sha256": manifest["sha256"]["model.onnx"]}
        )
        calibrated = "calibration.json" in manifest["sha256"]
        Calibration.from_json(
            json.loads((folder / "calibration.json").read_bytes()) if calibrated else None
        )
    except LitdeskError as error:
        condition = "not calibrated" if state.sha256 else "damaged" if there else "missing"
        judge = "+".join("rules" if part == "auto" else part for part in options.parts)
        problem = _verifier_problem(error, named=options.judge is not None)
        return state.model_copy(update={"condition": condition, "judge": judge}), [problem]
    judge = "+".join("rules+trained" if part == "auto" else part for part in options.parts)
    sound = {"condition": "sound", "calibrated": True, "judge": judge}
    return state.model_copy(update=sound), []


def _verifier_problem(error: LitdeskError, *, named: bool) -> Problem:
    if named:
        return _as_problem(error)
    return Problem(
        message=f"{error.message} Until then the rules judge alone, which see less.",
        remedy=error.remedy,
        stops=False,
    )


def _relevance() -> tuple[RelevanceState, list[Problem]]:
    """Look at the files of the relevance model, without loading it."""
    from litdesk.cross_encoder import checked_manifest
    from litdesk.relevance import relevance_folder

    folder = relevance_folder()
    try:
        manifest = checked_manifest(folder, name="relevance model")
    except LitdeskError as error:
        problem = Problem(
            message=f"{error.message} Until then likeness alone decides what is answered and what "
            "belongs to a review.",
            remedy="Install litdesk again.",
            stops=False,
        )
        return RelevanceState(folder=str(folder), sha256=None), [problem]
    digest = manifest["sha256"]["model.onnx"]
    return RelevanceState(folder=str(folder), sha256=digest), []


def _writer_problems(settings: Settings) -> list[Problem]:
    if settings.model is None:
        return []
    try:
        from litdesk.providers import open_chat_model

        open_chat_model(settings.model, base_url=settings.base_url)
    except LitdeskError as error:
        return [_as_problem(error)]
    except ImportError as error:
        return [_broken(error)]
    return []


def what_leaves(settings: Settings) -> tuple[str, ...]:
    """Return what goes to other machines, and where.

    Args:
        settings: What is to be used.

    Returns:
        A sentence each; none if everything stays on this machine.
    """
    return tuple(_leaving(settings))


def _leaving(settings: Settings) -> Iterable[str]:
    def receiver(model: str) -> str:
        if settings.base_url:
            return _without_password(settings.base_url)
        return model.partition(":")[0]

    if settings.model is not None and _model_is_elsewhere(settings.model, settings.base_url):
        where = receiver(settings.model)
        yield f"Questions, and the abstracts that are read for them, go to {where}."
    for judge in settings.verification.chat_models:
        if _model_is_elsewhere(judge, settings.base_url):
            where = receiver(judge)
            yield f"Sentences of answers, and the abstracts that they cite, go to {where}."
    if settings.chroma_url and _is_elsewhere(settings.chroma_url):
        yield f"Vectors of abstracts and questions go to {_without_password(settings.chroma_url)}."
    if settings.database_url and _is_elsewhere(settings.database_url):
        yield f"The library is kept in {_without_password(settings.database_url)}."
    from langsmith.utils import tracing_is_enabled

    if tracing_is_enabled():
        yield "LangChain's tracing is switched on: prompts and answers go to LangSmith."


def _model_is_elsewhere(model: str, base_url: str | None) -> bool:
    from litdesk.providers import leaves_machine

    try:
        return leaves_machine(model, base_url)
    except LitdeskError:  # no such provider, so nothing is sent; told as a problem of the writer
        return False


def _is_elsewhere(url: str) -> bool:
    host = urlsplit(url).hostname
    if host is None or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _library(
    settings: Settings, *, fingerprint: str | None
) -> tuple[LibraryState, IndexState, list[Problem]]:
    folder = settings.library_dir
    exists = settings.database_url is not None or (folder / _DATABASE).is_file()
    free, writable = _room(folder)
    contents, problems = _NOTHING, _room_problems(folder, free=free, writable=writable)
    if exists:
        contents, found = _contents(settings, fingerprint=fingerprint)
        problems += found
    if contents.papers == 0:
        message, remedy = f"The library in {folder} holds no papers yet.", _INGEST
        problems.append(Problem(message=message, remedy=remedy, stops=False))
    library = LibraryState(
        folder=str(folder),
        store=_without_password(settings.database_url) if settings.database_url else "SQLite",
        exists=exists,
        papers=contents.papers,
        chunks=contents.chunks,
        bytes_used=_size(folder),
        bytes_free=free,
        writable=writable,
    )
    store = _without_password(settings.chroma_url) if settings.chroma_url else "Chroma, embedded"
    return library, IndexState(store=store, state=contents.condition), problems


class _Contents(NamedTuple):
    papers: int | None
    chunks: int | None
    condition: IndexCondition


_NOTHING = _Contents(0, 0, "empty")
_UNREADABLE = _Contents(None, None, "unknown")


def _contents(settings: Settings, *, fingerprint: str | None) -> tuple[_Contents, list[Problem]]:
    from sqlalchemy.exc import SQLAlchemyError

    from litdesk.library import Library

    try:
        with closing(
            Library.open(settings.library_dir, url=settings.database_url, create=False)
        ) as library:
            return _counted(settings, library), _vector_problems(library, fingerprint)
    except LibraryMissingError:
        return _NOTHING, []
    except LitdeskError as error:
        return _UNREADABLE, [_as_problem(error)]
    except ImportError as error:
        return _UNREADABLE, [_broken(error)]
    except SQLAlchemyError as error:
        message = f"The library in {settings.library_dir} is damaged ({type(error).__name__})."
        remedy = "Restore its folder from a copy, or ingest the files into a new --library."
        return _UNREADABLE, [Problem(message=message, remedy=remedy, stops=True)]


def _counted(settings: Settings, library: Library) -> _Contents:
    chunks = len(library.chunks())
    return _Contents(library.count_papers(), chunks, _index_condition(settings, library))


def _vector_problems(library: Library, fingerprint: str | None) -> list[Problem]:
    try:
        library.vectors(library.chunks())
        if fingerprint:
            library.check_embedding(fingerprint)
    except StoreError as error:
        return [_as_problem(error)]
    return []


def _index_condition(settings: Settings, library: Library) -> IndexCondition:
    if settings.chroma_url:
        return "unknown"
    generation = settings.library_dir / "index" / library.fingerprint
    return "ready" if generation.is_dir() else "built at the next question"


def _room(folder: Path) -> tuple[int, bool]:
    """Bytes free where the folder is or would be, and whether it can be written."""
    there = next(
        place for place in (folder.absolute(), *folder.absolute().parents) if place.exists()
    )
    return shutil.disk_usage(there).free, there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _room_problems(folder: Path, *, free: int, writable: bool) -> list[Problem]:
    problems = []
    if not writable:
        message = f"The folder of the library, {folder}, cannot be written."
        remedy = "Correct its permissions, or name another with --library or LITDESK_LIBRARY."
        problems.append(Problem(message=message, remedy=remedy, stops=True))
    if free < _LITTLE_SPACE:
        message = f"Only {free / 1e6:.0f} MB are free where the library is, {folder}."
        remedy = "Free some room, or keep the library elsewhere with LITDESK_LIBRARY."
        problems.append(Problem(message=message, remedy=remedy, stops=free < _NO_SPACE))
    return problems


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _as_problem(error: LitdeskError) -> Problem:
    return Problem(message=error.message, remedy=error.remedy, stops=True)


def _broken(error: ImportError) -> Problem:
    return Problem(
        message=f"A package cannot be loaded: {error}.",
        remedy="Install it, or litdesk again with all that it requires: pip install litdesk.",
        stops=True,
    )
