"""litdesk: answers from the abstracts of your papers, with a quotation behind every sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from litdesk.assistant import Assistant
    from litdesk.settings import Settings
    from litdesk.types import Answer

__all__ = ["Answer", "Assistant", "Settings"]

_HOMES = {"Answer": "types", "Assistant": "assistant", "Settings": "settings"}


def __getattr__(name: str) -> Any:  # noqa: ANN401 (the three names have three types)
    """Import a public name at its first use, so that `import litdesk` stays light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
