"""Configuration, read once from the environment (`LITDESK_…`) and an optional `.env` file.

Sections nest with two underscores: `LITDESK_RETRIEVAL__PASSAGES=8`. Stages take plain arguments;
only the shells and `assistant` see a `Settings`.
"""

from __future__ import annotations

import os  # the one module that may read the environment
import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableError

from litdesk.errors import SettingsError
from litdesk.types import digest

__all__ = [
    "AnswerSettings",
    "AppSettings",
    "ChatSettings",
    "IndexSettings",
    "RetrievalSettings",
    "ReviewSettings",
    "Settings",
    "VerificationSettings",
    "load_settings",
]

PREFIX = "LITDESK_"
PACKAGED_EMBEDDING = "all-MiniLM-L6-v2"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IndexSettings(_Section):
    """How abstracts are cut and embedded."""

    embedding_model: str = Field(
        PACKAGED_EMBEDDING,
        description="Name or folder of a sentence-transformers model; the default is packaged.",
    )
    window: int = Field(1, ge=1, le=20, description="Sentences in a chunk.")
    stride: int = Field(1, ge=1, le=20, description="Sentences from one chunk to the next.")
    batch_size: int = Field(32, ge=1, le=1024, description="Chunks embedded at once.")


class RetrievalSettings(_Section):
    """How papers are found."""

    passages: int = Field(8, ge=1, le=50, description="Papers read for an answer.")
    dense_weight: float = Field(
        0.6, ge=0, le=1, description="Weight of the embedding beside BM25 in the fused score."
    )


class AnswerSettings(_Section):
    """How an answer is written, and when there is none."""

    max_sentences: int = Field(4, ge=1, le=20, description="Quoted sentences about one paper.")
    max_sentences_survey: int = Field(
        6, ge=1, le=40, description="Quoted sentences where several papers answer."
    )
    order: Literal["best-first", "best-last", "best-outside"] = Field(
        "best-first",
        description="Order in which a chat model reads the passages; best-outside has the best at "
        "both ends. The quoting writer answers alike in any.",
    )
    revise: bool = Field(
        default=False,
        description="Let a chat model draft once more where sentences fail, with the verdicts as "
        "feedback; the better draft is kept.",
    )
    language: str = Field(
        "",
        max_length=40,
        pattern=r"^[^\W\d_][\w ()'-]*$|^$",
        description="Language that a chat model answers in, such as German; quotations stay as "
        "they are. The model's choice if empty.",
    )


class VerificationSettings(_Section):
    """How sentences are checked, and what happens to those that fail."""

    unsupported: Literal["mark", "replace", "drop"] = Field(
        "mark", description="Mark an unsupported sentence, replace it by a quote, or drop it."
    )
    verifier: str = Field(
        "auto",
        pattern=r"^(auto|rules|nli:.+|chat:.+)(\+(auto|rules|nli:.+|chat:.+))*$",
        description="auto (rules with the trained judge where it is installed), rules, nli:MODEL "
        "(a sentence-transformers cross-encoder, by name or folder), chat:PROVIDER:NAME (a chat "
        "model), or several joined by +.",
    )
    judge: Path | None = Field(
        None, description="Folder of another trained judge than the packaged one."
    )

    @property
    def chat_models(self) -> tuple[str, ...]:
        """The chat models among the verifiers, named as in `model`."""
        return tuple(p.removeprefix("chat:") for p in self.parts if p.startswith("chat:"))

    @property
    def parts(self) -> tuple[str, ...]:
        """The verifiers that are named, one by one."""
        return tuple(re.split(r"\+(?=auto|rules|nli:|chat:)", self.verifier))


class ReviewSettings(_Section):
    """How a literature review is written."""

    max_papers: int = Field(
        60, ge=1, le=500, description="Papers cited in a review; others are listed as not used."
    )


class ChatSettings(_Section):
    """How a chat model is asked; time limits are in seconds."""

    temperature: float = Field(0.0, ge=0, le=2, description="Sampling temperature.")
    connect_timeout_s: float = Field(5, gt=0, description="Until a connection is open.")
    first_token_timeout_s: float = Field(60, gt=0, description="Until the first token.")
    gap_timeout_s: float = Field(30, gt=0, description="Between two tokens.")
    total_timeout_s: float = Field(300, gt=0, description="For a whole answer.")


class AppSettings(_Section):
    """The chat page."""

    host: Literal["127.0.0.1", "localhost", "::1"] = Field(
        "127.0.0.1", description="Loopback address of the page."
    )
    port: int = Field(7860, ge=0, le=65535, description="Port of the page; 0 for any free one.")


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        env_file=".env",
        frozen=True,
        extra="forbid",
    )

    library: Path | None = Field(
        None, description="Folder of the library; the platform's user data folder if not set."
    )
    database_url: str | None = Field(
        None, description="SQLAlchemy URL of the library's database, instead of a file in it."
    )
    chroma_url: str | None = Field(
        None, description="Address of a Chroma server, instead of the embedded index."
    )
    model: str | None = Field(
        None,
        description="Chat model that writes the answers, such as openai:NAME, anthropic:NAME, "
        "ollama:NAME or llamacpp:/path.gguf; the quoting writer if not set.",
    )
    base_url: str | None = Field(
        None,
        description="Address of the chat model's server, such as an OpenAI-compatible one for "
        "openai: models; the provider's own if not set.",
    )
    prices: Path | None = Field(
        None,
        description="TOML file with what chat models cost: a currency, and for each model, named "
        "as in --model, the price of a million input and output tokens.",
    )
    index: IndexSettings = IndexSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    verification: VerificationSettings = VerificationSettings()
    review: ReviewSettings = ReviewSettings()
    chat: ChatSettings = ChatSettings()
    app: AppSettings = AppSettings()

    @property
    def library_dir(self) -> Path:
        """The folder of the library, with the platform's default filled in."""
        if self.library is not None:
            return self.library.expanduser()
        from platformdirs import user_data_path

        return user_data_path("litdesk", appauthor=False)

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that change when a setting that shapes answers does."""
        shaping = self.model_dump_json(
            include={"model", "index", "retrieval", "answer", "verification", "chat"}
        )
        return digest(shaping, length=8)


def load_settings(**overrides: object) -> Settings:
    """Read the settings; what a shell was told on its command line wins.

    Args:
        **overrides: Fields of `Settings`; None means not given.

    Returns:
        The settings.

    Raises:
        SettingsError: If a variable is unknown or a value is out of bounds.
    """
    _refuse_unknown_variables()
    try:
        return Settings(**{k: v for k, v in overrides.items() if v is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"The setting {name} is wrong: {first['msg']}.",
            remedy="Correct it, or unset it to use the default.",
        ) from error
    except UnreadableError as error:
        section = re.search(r'field "(\w+)"', str(error))
        name = PREFIX + (section[1].upper() if section else "…")
        raise SettingsError(
            f"The setting {name} is a section, and its value is not JSON.",
            remedy=f"Set its parts one by one, as in {name}__NAME=VALUE.",
        ) from error


def _refuse_unknown_variables() -> None:
    """Catch a mistyped section, which pydantic-settings ignores in the process environment."""
    known = {name.upper() for name in Settings.model_fields}
    for variable in os.environ:
        if variable.startswith(PREFIX):
            name = variable.removeprefix(PREFIX).split("__", 1)[0]
            if name not in known:
                raise SettingsError(
                    f"The environment variable {variable} names no setting.",
                    remedy="Correct its name or unset it; known are "
                    + ", ".join(sorted(PREFIX + field for field in known))
                    + ".",
                )
