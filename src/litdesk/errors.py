"""Every error that litdesk raises on purpose.

LitdeskError
├─ SettingsError              fix the configuration
│  ├─ MissingExtraError       an optional package is not installed (also ImportError)
│  └─ MissingKeyError         a provider needs a key that is not set
├─ QuestionError              the question cannot be asked as it is
├─ CaseFileError              a file of eval cases or answers cannot be used as it is
├─ CitedTextError             a text to verify cannot be used as it is
├─ PromptError                unknown prompt, or a missing or extra variable
├─ IngestError(path)          nothing could be read from a file
│  ├─ UnsupportedFormatError  no reader knows the layout
│  └─ UnreadableDocumentError the bytes cannot be read as text
├─ StoreError                 the library cannot serve
│  ├─ LibraryMissingError     nothing has been ingested yet
│  ├─ LibraryInUseError       another process is writing
│  ├─ PaperMissingError       no paper has this id
│  ├─ ConversationMissingError no conversation has this id
│  └─ EmbeddingMismatchError  the library was embedded with another model
├─ ProviderError              a chat or embedding model failed; `retryable` says if again may help
│  ├─ ProviderTimeoutError
│  ├─ ProviderDownError       it cannot be reached, or failed itself (5xx)
│  ├─ RateLimitedError
│  ├─ RefusedError            it declined: the key, the model's name or the content
│  └─ BadReplyError           the reply is cut short, empty, or no reply at all
└─ MalformedOutputError(raw)  the model's text does not parse
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BadReplyError",
    "CaseFileError",
    "CitedTextError",
    "ConversationMissingError",
    "EmbeddingMismatchError",
    "IngestError",
    "LibraryInUseError",
    "LibraryMissingError",
    "LitdeskError",
    "MalformedOutputError",
    "MissingExtraError",
    "MissingKeyError",
    "PaperMissingError",
    "PromptError",
    "ProviderDownError",
    "ProviderError",
    "ProviderTimeoutError",
    "QuestionError",
    "RateLimitedError",
    "RefusedError",
    "SettingsError",
    "StoreError",
    "UnreadableDocumentError",
    "UnsupportedFormatError",
]


class LitdeskError(Exception):
    """An error with one sentence that says what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        """Keep the message and the remedy apart, so that a shell can lay them out.

        Args:
            message: What went wrong, naming the file, record or setting it is about.
            remedy: One sentence that says what to do.
        """
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


class SettingsError(LitdeskError):
    """A setting is wrong or missing."""

    exit_code = 2


class MissingExtraError(SettingsError, ImportError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        """Name the package and the extra that brings it.

        Args:
            package: The package that could not be imported.
            extra: The extra of litdesk that installs it.
        """
        super().__init__(
            f"The package {package} is not installed.",
            remedy=f"Install it with: pip install 'litdesk[{extra}]'.",
        )


class MissingKeyError(SettingsError):
    """A provider needs a key that is not set."""


class QuestionError(LitdeskError):
    """The question cannot be asked as it is."""

    exit_code = 2


class CaseFileError(LitdeskError):
    """A file of eval cases or answers cannot be used as it is."""

    exit_code = 2


class CitedTextError(LitdeskError):
    """A text to verify cannot be used as it is."""

    exit_code = 2


class PromptError(LitdeskError):
    """A prompt is unknown, or its variables do not fit."""


class IngestError(LitdeskError):
    """Nothing could be read from a file."""

    def __init__(self, path: Path, message: str, *, remedy: str) -> None:
        """Name the file in the message.

        Args:
            path: The file that was read.
            message: What is wrong with it, continuing a sentence that begins with its name.
            remedy: One sentence that says what to do.
        """
        super().__init__(f"{path}: {message}", remedy=remedy)
        self.path = path


class UnsupportedFormatError(IngestError):
    """No reader knows the layout of the file."""


class UnreadableDocumentError(IngestError):
    """The file cannot be opened, or its bytes are not text."""


class StoreError(LitdeskError):
    """The library cannot serve."""


class LibraryMissingError(StoreError):
    """Nothing has been ingested yet."""


class LibraryInUseError(StoreError):
    """Another process is writing to the library."""

    exit_code = 3


class PaperMissingError(StoreError):
    """No paper has this id."""


class ConversationMissingError(StoreError):
    """No conversation has this id."""


class EmbeddingMismatchError(StoreError):
    """The library was embedded with another model."""


class ProviderError(LitdeskError):
    """A chat or embedding model failed."""

    retryable: ClassVar[bool] = False


class ProviderTimeoutError(ProviderError):
    """The provider did not answer within its deadline."""

    retryable = True


class ProviderDownError(ProviderError):
    """The provider cannot be reached, or failed itself."""

    retryable = True


class RateLimitedError(ProviderError):
    """The provider asks to wait."""

    retryable = True


class RefusedError(ProviderError):
    """The provider declined to answer."""


class BadReplyError(ProviderError):
    """The reply is cut short, empty, or no reply at all."""


class MalformedOutputError(LitdeskError):
    """The model's text does not parse."""

    def __init__(self, message: str, *, raw: str, remedy: str) -> None:
        """Keep the raw text for whoever debugs the model.

        Args:
            message: What does not parse.
            raw: The model's text as it came.
            remedy: One sentence that says what to do.
        """
        super().__init__(message, remedy=remedy)
        self.raw = raw
