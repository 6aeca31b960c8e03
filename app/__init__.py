"""The chat page: Gradio around an `Assistant`, on loopback only."""

from __future__ import annotations

from .server import build_app, serve
from .ui import build_ui

__all__ = ["build_app", "build_ui", "serve"]
