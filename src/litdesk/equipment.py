"""What the settings name, opened at first use: models, verifier, the log of their use."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from litdesk.types import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_core.language_models import BaseChatModel

    from litdesk.answer.model import ModelWriter
    from litdesk.embeddings import SentenceEmbeddings
    from litdesk.library import Library
    from litdesk.providers import Deadlines
    from litdesk.relevance import RelevanceModel
    from litdesk.settings import Settings
    from litdesk.usage import UsageLog
    from litdesk.verify.judge import Verifier

__all__ = ["Equipment"]


class Equipment:
    """The models that an assistant works with. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        library: Callable[[], Library],
        chat_model: BaseChatModel | None = None,
    ) -> None:
        """Keep the settings; nothing is opened yet.

        Args:
            settings: The settings.
            library: Returns the library that keeps the log of use.
            chat_model: Writes the answers instead of the model that the settings name.
        """
        self.settings = settings
        self._library = library
        self._chat_model = chat_model

    @cached_property
    def embeddings(self) -> SentenceEmbeddings:
        """The model of the vectors."""
        from litdesk.embeddings import SentenceEmbeddings

        options = self.settings.index
        return SentenceEmbeddings(options.embedding_model, batch_size=options.batch_size)

    @cached_property
    def writer(self) -> ModelWriter | None:
        """The chat model that writes.

        Returns:
            The writer; None for the quoting writer.

        Raises:
            SettingsError: If it cannot be opened.
        """
        name = self.settings.model
        if name is None and self._chat_model is None:
            return None
        from litdesk.answer.model import ModelWriter
        from litdesk.providers import leaves_machine, open_chat_model

        model = self._chat_model or open_chat_model(
            name or "",
            base_url=self.settings.base_url,
            temperature=self.settings.chat.temperature,
            deadlines=self._deadlines,
        )
        return ModelWriter(
            model=model,
            name=name or type(model).__name__,
            deadlines=self._deadlines,
            # Models on this machine are small, and read slowly.
            compact=name is not None and not leaves_machine(name, self.settings.base_url),
        )

    @cached_property
    def verifier(self) -> Verifier:
        """What judges sentences.

        Returns:
            The verifier.

        Raises:
            SettingsError: If it cannot be opened.
        """
        from litdesk.verify.combine import open_built_in
        from litdesk.verify.rules import RulesVerifier
        from litdesk.verify.several import open_verifier

        options = self.settings.verification
        return open_verifier(
            options.verifier,
            built_in={"auto": lambda: open_built_in(options.judge), "rules": RulesVerifier},
            open_chat=self._open_chat_judge,
        )

    @cached_property
    def relevance(self) -> RelevanceModel | None:
        """What reads a question or topic beside a text.

        Returns:
            The model; None, with the reason in the log, where its files are missing or damaged.
        """
        from litdesk.relevance import open_relevance

        return open_relevance()

    @cached_property
    def usage_log(self) -> UsageLog:
        """What chat models were asked, call by call.

        Returns:
            The log, kept in the library.

        Raises:
            SettingsError: If the prices that the settings name cannot be read.
        """
        from litdesk.usage import UsageLog, load_prices

        return UsageLog(self._library, prices=load_prices(self.settings.prices))

    def provenance(
        self, library: str, *, writer: ModelWriter | None, prompts: Mapping[str, str] | None = None
    ) -> Provenance:
        """Return where a result comes from.

        Args:
            library: Fingerprint of the library that was read.
            writer: What wrote it; None for the quoting writer.
            prompts: Digests by name of the prompts that were used besides the writer's own.

        Returns:
            The provenance.

        Raises:
            SettingsError: If the verifier cannot be opened.
        """
        return Provenance(
            writer="model" if writer else "quoting",
            model=writer.name if writer else None,
            embedding_model=self.embeddings.fingerprint,
            verifier=self.verifier.name,
            relevance=self.relevance.digest[:12] if self.relevance else "",
            prompts=dict(prompts or {}) | (writer.prompts if writer else {}),
            settings=self.settings.digest,
            library=library,
        )

    def _open_chat_judge(self, name: str) -> Verifier:
        from litdesk.providers import open_chat_model
        from litdesk.verify.chat_judge import ChatJudge

        model = open_chat_model(name, base_url=self.settings.base_url, deadlines=self._deadlines)
        return ChatJudge(
            model=model,
            name=f"chat:{name}",
            deadlines=self._deadlines,
            meter=partial(self.usage_log.record, purpose="judge"),
        )

    @cached_property
    def _deadlines(self) -> Deadlines:
        from litdesk.providers import Deadlines

        limits = self.settings.chat
        return Deadlines(
            connect_s=limits.connect_timeout_s,
            first_token_s=limits.first_token_timeout_s,
            gap_s=limits.gap_timeout_s,
            total_s=limits.total_timeout_s,
        )
