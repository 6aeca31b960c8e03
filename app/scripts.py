"""The scripts of the page, each run once in the component that it belongs to."""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_script"]


def read_script(name: str) -> str:
    """Return a script.

    Args:
        name: Its file beside this module.

    Returns:
        Its text.
    """
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
