from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from litdesk import errors
from litdesk.errors import LitdeskError, MissingExtraError, ProviderError

CLASSES = [
    c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__
]


def test_every_error_is_one_of_ours_is_exported_and_is_drawn_in_the_tree():
    assert {c.__name__ for c in CLASSES} == set(errors.__all__)
    for one in CLASSES:
        assert issubclass(one, LitdeskError)
        assert one.__name__ in (errors.__doc__ or "")


def make(kind):
    match kind.__name__:
        case "MissingExtraError":
            return kind("langchain-openai", "openai")
        case "IngestError" | "UnsupportedFormatError" | "UnreadableDocumentError":
            return kind(Path("a.txt"), "is odd.", remedy="Fix it.")
        case "MalformedOutputError":
            return kind("No JSON.", raw="{", remedy="Fix it.")
        case _:
            return kind("It broke.", remedy="Fix it.")


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_reads_as_what_went_wrong_and_what_to_do(kind):
    error = make(kind)
    assert str(error) == f"{error.message} {error.remedy}"
    assert error.exit_code in (1, 2, 3)


def test_retrying_is_for_errors_that_may_pass():
    retryable = {c.__name__ for c in CLASSES if issubclass(c, ProviderError) and c.retryable}
    assert retryable == {"ProviderTimeoutError", "ProviderDownError", "RateLimitedError"}


def test_a_missing_extra_is_an_import_error_that_says_how_to_install_it():
    error = MissingExtraError("langchain-openai", "openai")
    assert isinstance(error, ImportError)
    assert "litdesk[openai]" in str(error)
