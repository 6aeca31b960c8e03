"""Small libraries for tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from litdesk.assistant import Assistant
from litdesk.settings import Settings
from litdesk.types import AbstractVersion, Author, Paper

if TYPE_CHECKING:
    from pathlib import Path

BEES = {
    "title": "How Bees Dance",
    "authors": ["Ana Lima", "Dylan Foster"],
    "year": 2021,
    "abstract": "Honey bees dance to tell of flowers. Dancers waggled 35% longer with pollen. "
    "We filmed a hive for two summers.",
}
ANTS = {
    "title": "Scent Trails of Ants",
    "authors": ["Dean Foster", "Bo Zhou"],
    "year": 2023,
    "abstract": "Ants lay trails of scent to food. A scent trail fades within an hour.",
}
WASPS = {"title": "Wasps in Autumn", "authors": ["Zoë Ångström"], "year": 2019}
SOAP = {
    "title": "SOAP: Improving and Stabilizing Shampoo using Adam",
    "authors": ["Nikhil Vyas"],
    "abstract": "SOAP runs Adam in the eigenbasis of Shampoo's preconditioner. "
    "It reduces the number of iterations by 40 % compared to AdamW.",
}
RECORDS = (BEES, ANTS, WASPS)


def paper(paper_id: str, abstract: str = "", **fields: Any) -> Paper:
    """A paper by the names of its authors: `authors=("Ana Lima",)`."""
    names = [name.rpartition(" ") for name in fields.pop("authors", ())]
    return Paper(
        paper_id=paper_id,
        title=fields.pop("title", ""),
        authors=tuple(Author(given=given, family=family) for given, _, family in names),
        versions=(AbstractVersion(text=abstract),) if abstract else (),
        **fields,
    )


def write_records(path: Path, *records: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return path


def open_desk(folder: Path, *records: dict[str, Any], **options: Any) -> Assistant:
    """An assistant over records that are ingested first."""
    chat_model = options.pop("chat_model", None)
    settings = Settings(library=folder / "library", **options)
    assistant = Assistant.open(settings, chat_model=chat_model)
    assistant.ingest([write_records(folder / "papers.jsonl", *(records or RECORDS))])
    return assistant
