"""What determines the answers of a run, kept beside them, so that no run mixes two origins.

What is not seen: other versions of the packages that litdesk uses, and a model that changes behind
the same name.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import litdesk
from litdesk.errors import CaseFileError
from litdesk.prompts import prompt_folder
from litdesk.relevance import relevance_folder
from litdesk.types import digest
from litdesk.verify.trained import model_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litdesk.assistant import Assistant

__all__ = ["code_digest", "judge_digest", "origin_of", "read_origin", "refuse_other_origin"]

_PACKAGE = Path(litdesk.__file__).parent
_NOT_ANSWERING = {
    "_app",
    "_models",
    "_prompts",
    "cli",
    "conversations.py",
    "doctor.py",
    "eval",
    "evaluate",
    "export.py",
    "review",
    "reviewing.py",
    "verifying",
}
"""Parts of the package, and first words of the names of prompts, that shape no answer."""
_DIGITS = 12


def origin_of(assistant: Assistant) -> dict[str, str]:
    """Return what the answers of an assistant are determined by.

    Args:
        assistant: Open on a library that is not empty.

    Returns:
        Version and digest of litdesk's code, and what is set, by name.
    """
    made = assistant.provenance
    server = assistant.settings.base_url if made.model else None
    return {
        "litdesk": version("litdesk"),
        "code": code_digest(),
        "settings": made.settings,
        "library": made.library,
        "embedding_model": made.embedding_model,
        "writer": made.writer,
        "model": made.model or "",
        # an address may carry a password
        "server": digest(server, length=8) if server else "",
        "verifier": made.verifier,
        "relevance": made.relevance,
        **{f"prompt {name}": value for name, value in sorted(made.prompts.items())},
    }


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return a digest of all of litdesk that can change an answer.

    Returns:
        Digits that change with the sources of the package (the shells, the reviews and the evals
        left out), the prompts and the trained models.
    """
    sources = (
        path
        for path in _PACKAGE.rglob("*.py")
        if path.relative_to(_PACKAGE).parts[0] not in _NOT_ANSWERING
    )
    prompts = (
        path
        for path in prompt_folder().glob("*.md")
        if path.stem.partition("_")[0] not in _NOT_ANSWERING
    )
    models = (folder / "manifest.json" for folder in (model_folder(), relevance_folder()))
    return _digest_of([*sources, *prompts, *models])


def judge_digest(folder: Path | None = None) -> str:
    """Return a digest of all of litdesk that can change a verdict.

    Args:
        folder: Folder of another trained judge than the packaged one.

    Returns:
        Digits that change with the sources of the verifiers, the judge's prompt and the trained
        judge.
    """
    manifest = (folder or model_folder()) / "manifest.json"
    sources = [*(_PACKAGE / "verify").glob("*.py"), _PACKAGE / "sentences.py"]
    return _digest_of([*sources, prompt_folder() / "judge.md", manifest])


def _digest_of(paths: Iterable[Path]) -> str:
    """Digest of names and contents; the order of the file system does not matter."""
    whole = sha256()
    for path in sorted(paths, key=lambda path: (path.parent.name, path.name)):
        if path.is_file():
            whole.update(f"{path.parent.name}/{path.name}\0".encode())
            whole.update(sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:_DIGITS]


def read_origin(path: Path) -> dict[str, str]:
    """Read what an earlier run was made by.

    Args:
        path: Its `run.json`.

    Returns:
        As `origin_of`; empty if there is no such file, or it is none.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def refuse_other_origin(path: Path, origin: dict[str, str]) -> None:
    """Refuse to add answers to a run that was made otherwise.

    Args:
        path: The `run.json` of the earlier run.
        origin: What answers would be made by now.

    Raises:
        CaseFileError: If the two differ, or the earlier run does not say.
    """
    before = read_origin(path)
    names = [n for n in {**origin, **before} if origin.get(n, "") != before.get(n, "")]
    if not names:
        return
    told = "; ".join(
        f"{n} {before.get(n) or 'not set'}, now {origin.get(n) or 'not set'}" for n in names
    )
    raise CaseFileError(
        f"{path.parent} holds answers that were made otherwise: {told}."
        if before
        else f"{path.parent} holds answers that do not say what made them.",
        remedy="Name another folder with -o, or ask everything again with --fresh.",
    )
