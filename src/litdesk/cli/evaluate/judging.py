"""The judge and its card, as the options of several commands name them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from litdesk.errors import CaseFileError
from litdesk.settings import Settings, load_settings

if TYPE_CHECKING:
    from litdesk.evaluate.judge_card import JudgeCard
    from litdesk.evaluate.judging import Judge

__all__ = ["JudgeFolder", "JudgeName", "judge_settings", "open_judge", "read_card"]

_PANEL = "Who judges"

JudgeName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--judge",
        metavar="SPEC",
        help="auto (rules with the trained judge where it is installed), rules, nli:MODEL, "
        "chat:PROVIDER:NAME, or several joined by +. Default: the verifier of the settings.",
        rich_help_panel=_PANEL,
    ),
]
JudgeFolder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--judge-folder",
        metavar="DIR",
        help="Folder of another trained judge.",
        rich_help_panel=_PANEL,
    ),
]


def judge_settings(
    name: str | None,
    folder: Path | None,
    *,
    base_url: str | None = None,
    library: Path | None = None,
) -> Settings:
    """Return the settings, with the judge that the options name for a verifier.

    Args:
        name: What `--judge` was given.
        folder: What `--judge-folder` was given.
        base_url: What `--base-url` was given, for chat models.
        library: What `--library` was given.

    Returns:
        The settings; what the options do not name stays as it is.
    """
    named = {"verifier": name, "judge": folder}
    given = {part: value for part, value in named.items() if value is not None}
    return load_settings(base_url=base_url, library=library, verification=given)


def open_judge(settings: Settings) -> "Judge":
    """Open the verifier of the settings as a judge of answers.

    Args:
        settings: As `judge_settings` returns them.

    Returns:
        The judge.

    Raises:
        SettingsError: If there is none of this name, or it cannot be opened.
    """
    from litdesk.assistant import Assistant
    from litdesk.evaluate.judging import Judge
    from litdesk.evaluate.origin import judge_digest

    return Judge(Assistant(settings).verifier, digest=judge_digest(settings.verification.judge))


def read_card(path: Path, judge: "Judge") -> "JudgeCard":
    """Read a judge card, and make sure that it is this judge's.

    Args:
        path: The file.
        judge: Who judges here.

    Returns:
        The card.

    Raises:
        CaseFileError: If it is no card, or that of another judge.
    """
    from litdesk.evaluate.judge_card import JudgeCard

    try:
        card = JudgeCard.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CaseFileError(
            f"{path} is no judge card.", remedy="Make one: litdesk eval judge -o FILE."
        ) from error
    if (card.judge, card.digest) != (judge.name, judge.digest):
        version = "another version of " if card.judge == judge.name else ""
        raise CaseFileError(
            f"{path} is the card of {version}the judge {card.judge}, and {judge.name} judges here.",
            remedy="Make one for this judge: litdesk eval judge -o FILE.",
        )
    return card
