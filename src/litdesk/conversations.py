"""Conversations, kept in the library beside the papers.

An answer is kept whole, as its JSON: its citations name the version of the abstract that they
quote, so that they stay true when a newer abstract arrives. What failed is never kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from litdesk.errors import ConversationMissingError
from litdesk.library import create_missing
from litdesk.types import Action, Answer, AnswerStatus, Turn, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litdesk.library import Library
    from litdesk.types import Reference, Sentence

__all__ = ["Conversation", "ConversationEntry", "Conversations", "as_markdown"]

_TITLE_CHARS = 80
_ID_DIGITS = 8

_metadata = sa.MetaData()
_conversations = sa.Table(
    "conversations",
    _metadata,
    sa.Column("conversation_id", sa.String, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("created", sa.String, nullable=False),
    sa.Column("updated", sa.String, nullable=False),
)
_exchanges = sa.Table(
    "exchanges",
    _metadata,
    sa.Column("conversation_id", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("answer", sa.Text, nullable=False),
)


class ConversationEntry(BaseModel):
    """A conversation in a list. Times are ISO 8601, in UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation_id: str
    title: str
    created: str
    updated: str
    exchanges: int
    """How many questions were answered in it."""


class Conversation(BaseModel):
    """A conversation with its answers, the oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation_id: str
    title: str
    created: str
    updated: str
    answers: tuple[Answer, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What the next question may refer to."""
        return tuple(answer.as_turn() for answer in self.answers)


class Conversations:
    """The conversations of one library. Each change is one transaction."""

    def __init__(self, library: Library) -> None:
        """Take the library; its tables for conversations are made with the first of them.

        Args:
            library: An open library.
        """
        self._library = library

    def entries(self) -> list[ConversationEntry]:
        """Return every conversation, the one that was last added to first.

        Returns:
            The entries; empty if there are none.

        Raises:
            StoreError: If the library cannot be read.
        """
        count = sa.func.count(_exchanges.c.number).label("exchanges")
        query = (
            sa.select(*_conversations.c, count)
            .join_from(
                _conversations,
                _exchanges,
                _conversations.c.conversation_id == _exchanges.c.conversation_id,
            )
            .group_by(*_conversations.c)
            .order_by(_conversations.c.updated.desc(), _conversations.c.conversation_id)
        )
        with self._library.reading() as connection:
            if not _is_laid_out(connection):
                return []
            rows = connection.execute(query).mappings()
            return [ConversationEntry.model_validate(dict(row)) for row in rows]

    def read(self, conversation_id: str) -> Conversation:
        """Return one conversation.

        Args:
            conversation_id: Its id.

        Returns:
            The conversation with its answers.

        Raises:
            ConversationMissingError: If there is none with this id.
            StoreError: If the library cannot be read.
        """
        answers = (
            sa.select(_exchanges.c.answer)
            .where(_exchanges.c.conversation_id == conversation_id)
            .order_by(_exchanges.c.number)
        )
        with self._library.reading() as connection:
            head = _head(connection, conversation_id)
            found = connection.execute(answers).scalars()
            return Conversation(
                **head, answers=tuple(Answer.model_validate_json(text) for text in found)
            )

    def add(self, answer: Answer, *, to: str | None = None) -> str | None:
        """Keep an answer at the end of a conversation.

        Args:
            answer: A finished answer or abstention; one that failed is not kept.
            to: Id of the conversation; a new one, named by the question, if None.

        Returns:
            The conversation's id; for a failed answer what was given as `to`.

        Raises:
            ConversationMissingError: If there is no conversation with the id.
            StoreError: If the library cannot be written.
        """
        if answer.status is AnswerStatus.FAILED:
            return to
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with self._library.committing() as connection:
            create_missing(connection, _metadata)
            conversation_id = to or _begin(connection, answer.question, now)
            changed = connection.execute(_only(sa.update(_conversations), conversation_id, now))
            if not changed.rowcount:
                raise _missing(conversation_id)
            last = sa.select(sa.func.max(_exchanges.c.number)).where(
                _exchanges.c.conversation_id == conversation_id
            )
            number = (connection.execute(last).scalar_one_or_none() or 0) + 1
            connection.execute(
                sa.insert(_exchanges).values(
                    conversation_id=conversation_id,
                    number=number,
                    answer=answer.model_dump_json(),
                )
            )
        return conversation_id

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title.

        Args:
            conversation_id: Its id.
            title: The title; spaces are normalised.

        Raises:
            ConversationMissingError: If there is none with this id.
            StoreError: If the library cannot be written.
        """
        with self._library.committing() as connection:
            _head(connection, conversation_id)
            connection.execute(
                sa.update(_conversations)
                .where(_conversations.c.conversation_id == conversation_id)
                .values(title=" ".join(title.split()))
            )

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation and its answers.

        Args:
            conversation_id: Its id.

        Raises:
            ConversationMissingError: If there is none with this id.
            StoreError: If the library cannot be written.
        """
        with self._library.committing() as connection:
            _head(connection, conversation_id)
            for table in (_exchanges, _conversations):
                connection.execute(
                    sa.delete(table).where(table.c.conversation_id == conversation_id)
                )


def as_markdown(conversation: Conversation) -> str:
    """Return a conversation as Markdown for people; the text of papers in it is inert.

    Args:
        conversation: Any conversation.

    Returns:
        Questions as headings, answers with their verdicts, and the references.
    """
    lines = [f"# {_inert(conversation.title)}", "", f"{conversation.updated[:10]}, litdesk", ""]
    for answer in conversation.answers:
        lines += [f"## {_inert(answer.question)}", "", _prose(answer), ""]
        lines += [_reference(reference) for reference in answer.references]
        lines += [""] if answer.references else []
    return "\n".join(lines)


def _is_laid_out(connection: sa.Connection) -> bool:
    return sa.inspect(connection).has_table(_conversations.name)


def _head(connection: sa.Connection, conversation_id: str) -> dict[str, str]:
    query = sa.select(_conversations).where(_conversations.c.conversation_id == conversation_id)
    found = connection.execute(query).mappings().first() if _is_laid_out(connection) else None
    if found is None:
        raise _missing(conversation_id)
    return dict(found)


def _begin(connection: sa.Connection, question: str, now: str) -> str:
    conversation_id = uuid4().hex[:_ID_DIGITS]
    title = question if len(question) <= _TITLE_CHARS else f"{question[: _TITLE_CHARS - 1]}…"
    connection.execute(
        sa.insert(_conversations).values(
            conversation_id=conversation_id, title=title, created=now, updated=now
        )
    )
    return conversation_id


def _only(update: sa.Update, conversation_id: str, now: str) -> sa.Update:
    return update.where(_conversations.c.conversation_id == conversation_id).values(updated=now)


def _missing(conversation_id: str) -> ConversationMissingError:
    return ConversationMissingError(
        f"The library has no conversation {conversation_id}.",
        remedy="`litdesk conversations list` lists the ids that it has.",
    )


def _prose(answer: Answer) -> str:
    if not answer.sentences:
        return _inert(answer.answer)
    return "".join(_pieces(answer)).strip()


def _pieces(answer: Answer) -> Iterator[str]:
    """The text of an answer; a sentence that is not supported is followed by its verdict."""
    at = 0
    kept = [s for s in answer.sentences if s.action is not Action.DROPPED]
    for sentence in sorted(kept, key=lambda s: s.start):
        yield _inert(answer.answer[at : sentence.end])
        yield _remark(sentence)
        at = sentence.end
    yield _inert(answer.answer[at:])


def _remark(sentence: Sentence) -> str:
    if sentence.verdict is Verdict.SUPPORTED:
        return ""
    reason = f": {_inert(sentence.reason)}" if sentence.reason else ""
    return f" *({sentence.verdict.value}{reason})*"


def _reference(reference: Reference) -> str:
    plain = re.fullmatch(r"https?://[^\s<>]+", reference.url or "")
    link = f" <{plain.group()}>" if plain else ""
    return f"- \\[{reference.marker}\\] {_inert(reference.formatted)}{link}"


def _inert(text: str) -> str:
    """The text as Markdown that shows it and does nothing else: no link, image or HTML."""
    one_line = " ".join(text.split())
    escaped = re.sub(r"([\\`*_{}\[\]<>#|!&$~@])", r"\\\1", one_line)
    return re.sub(r"(:)(?=//)|(?<=www)(\.)", lambda m: f"\\{m.group()}", escaped, flags=re.I)
