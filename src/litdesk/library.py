"""The record of everything that litdesk knows: papers, chunks and vectors, in one database.

SQLite in WAL mode with `synchronous=FULL` by default, any SQLAlchemy URL otherwise. What this
module has returned from is on disk; the search index is built from here and can always be again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import numpy as np
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.schema import CreateIndex, CreateTable

from litdesk.errors import (
    EmbeddingMismatchError,
    LibraryInUseError,
    LibraryMissingError,
    PaperMissingError,
    SettingsError,
    StoreError,
)
from litdesk.types import Chunk, Paper, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Library", "create_missing"]

SCHEMA_VERSION = "1"
_FILE = "library.sqlite3"
_BATCH = 500

_metadata = sa.MetaData()
_facts = sa.Table(
    "facts",
    _metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
_papers = sa.Table(
    "papers",
    _metadata,
    sa.Column("paper_id", sa.String, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)
_records = sa.Table(
    "records",
    _metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
)
_chunks = sa.Table(
    "chunks",
    _metadata,
    sa.Column("chunk_id", sa.String, primary_key=True),
    sa.Column("paper_id", sa.String, nullable=False, index=True),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
)
# Vectors are kept by the text that was embedded, so that nothing is embedded twice.
_vectors = sa.Table(
    "vectors",
    _metadata,
    sa.Column("text_digest", sa.String, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)


@cache
def _paper_json() -> TypeAdapter[Paper]:
    return TypeAdapter(Paper)


def create_missing(connection: sa.Connection, tables: sa.MetaData) -> None:
    """Create the tables that are not there yet, also where another thread does so just now.

    Args:
        connection: A transaction, from `Library.committing`.
        tables: The tables.
    """
    for table in tables.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


class Library:
    """The papers of one researcher."""

    def __init__(self, engine: sa.Engine, *, folder: Path) -> None:
        """Wrap an open database; use `Library.open` to get one.

        Args:
            engine: The database.
            folder: The folder of the library, for the writers' lock and the index beside it.
        """
        self._engine = engine
        self.folder = folder

    @classmethod
    def open(cls, folder: Path, *, url: str | None = None, create: bool = True) -> Self:
        """Open a library, or lay out an empty one.

        Args:
            folder: Folder of the library.
            url: SQLAlchemy URL of another database than the file in `folder`.
            create: Make what is not there; otherwise nothing is written.

        Returns:
            The library.

        Raises:
            LibraryMissingError: If there is none, and none is to be made.
            SettingsError: If the URL names no database that can be used here.
            StoreError: If the library cannot be read or written, or a newer litdesk made it.
        """
        engine = _engine(url or sa.URL.create("sqlite", database=str(folder / _FILE)))
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
                _metadata.create_all(engine)
            elif not _is_laid_out(engine):
                engine.dispose()
                raise LibraryMissingError(
                    f"There is no library in {folder}.",
                    remedy="Ingest some papers first: litdesk ingest FOLDER, or name another "
                    "library with --library.",
                )
        except (OSError, sa.exc.SQLAlchemyError) as error:
            engine.dispose()
            raise StoreError(
                f"The library in {folder} cannot be opened: {_first_line(error)}.",
                remedy="Check that it can be read and written, restore it from a copy, or name "
                "another with --library.",
            ) from error
        library = cls(engine, folder=folder)
        try:
            library._check_schema()
        except StoreError:
            library.close()
            raise
        return library

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _check_schema(self) -> None:
        found = self._fact("schema")
        if found is None:
            self._set_fact("schema", SCHEMA_VERSION)
        elif found != SCHEMA_VERSION:
            raise StoreError(
                f"The library in {self.folder} has layout {found}, this litdesk reads "
                f"{SCHEMA_VERSION}.",
                remedy="Upgrade litdesk, or ingest the files into a new --library.",
            )

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection to read from; damage is told as a StoreError.

        Yields:
            The connection.
        """
        with self._damage_told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def committing(self) -> Iterator[sa.Connection]:
        """Open a transaction, committed at the end; damage is told as a StoreError.

        Yields:
            Its connection.
        """
        with self._damage_told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _damage_told(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.SQLAlchemyError, ValidationError) as error:
            raise StoreError(
                f"The library in {self.folder} is damaged, or cannot be reached or written: "
                f"{_first_line(error)}.",
                remedy="Check the room on the disk, restore the library from a copy, or ingest "
                "the files into a new --library.",
            ) from error

    def _fact(self, name: str) -> str | None:
        with self.reading() as connection:
            query = sa.select(_facts.c.value).where(_facts.c.name == name)
            return connection.execute(query).scalar_one_or_none()

    def _set_fact(self, name: str, value: str) -> None:
        with self.committing() as connection:
            _write_fact(connection, name, value)

    def writing(self) -> AbstractContextManager[None]:
        """Hold the writers' lock; nobody else can write meanwhile, everybody can read.

        Returns:
            A context manager.

        Raises:
            LibraryInUseError: On entering, if another process holds the lock.
        """
        return _locked(self.folder / "writer.lock")

    def papers(self) -> list[Paper]:
        """Return every paper, in the order of their ids."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(_papers.c.content).order_by(_papers.c.paper_id))
            return [_paper_json().validate_json(content) for (content,) in rows]

    def paper(self, paper_id: str) -> Paper:
        """Return one paper.

        Args:
            paper_id: Its id.

        Returns:
            The paper.

        Raises:
            PaperMissingError: If there is none with this id.
        """
        query = sa.select(_papers.c.content).where(_papers.c.paper_id == paper_id)
        with self.reading() as connection:
            content = connection.execute(query).scalar_one_or_none()
            if content is not None:
                return _paper_json().validate_json(content)
        raise PaperMissingError(
            f"The library has no paper {paper_id}.",
            remedy="`litdesk papers` lists the ids that it has.",
        )

    def known_records(self) -> dict[str, str]:
        """Return the digest of every record that ever went in, with the paper that it joined."""
        with self.reading() as connection:
            rows = connection.execute(sa.select(_records.c.digest, _records.c.paper_id))
            return {row.digest: row.paper_id for row in rows}

    def chunks(self, paper_ids: Sequence[str] | None = None) -> list[Chunk]:
        """Return chunks, in the order of papers and of offsets.

        Args:
            paper_ids: The papers whose chunks are wanted; all if None.

        Returns:
            The chunks; empty if there are none.
        """
        query = sa.select(_chunks).order_by(_chunks.c.paper_id, _chunks.c.start, _chunks.c.end)
        if paper_ids is not None:
            query = query.where(_chunks.c.paper_id.in_(paper_ids))
        with self.reading() as connection:
            return [Chunk(**row) for row in connection.execute(query).mappings()]

    def count_papers(self) -> int:
        """Return the number of papers."""
        with self.reading() as connection:
            query = sa.select(sa.func.count()).select_from(_papers)
            return int(connection.execute(query).scalar_one())

    @property
    def revision(self) -> str:
        """A name that changes with each `save`, cheap to ask for."""
        return self._fact("revision") or "0"

    @property
    def fingerprint(self) -> str:
        """Digest of the papers' chunks and the embedding model; changes when a search could."""
        with self.reading() as connection:
            query = sa.select(_chunks.c.chunk_id).order_by(_chunks.c.chunk_id)
            ids = [row.chunk_id for row in connection.execute(query)]
        return digest(self._fact("embedding") or "", *ids)

    def claim_embedding(self, fingerprint: str) -> None:
        """Make sure that all vectors come from one embedding model, before some are added.

        Args:
            fingerprint: The model's; the first one claims the library.

        Raises:
            EmbeddingMismatchError: If the library was embedded with another model.
        """
        if self._fact("embedding") is None:
            self._set_fact("embedding", fingerprint)
        self.check_embedding(fingerprint)

    def check_embedding(self, fingerprint: str) -> None:
        """Make sure that the vectors do not come from another embedding model.

        Args:
            fingerprint: The model's.

        Raises:
            EmbeddingMismatchError: If the library was embedded with another model.
        """
        found = self._fact("embedding")
        if found is not None and found != fingerprint:
            raise EmbeddingMismatchError(
                f"The library in {self.folder} was embedded with another model "
                f"({found[:24]}…, not {fingerprint[:24]}…).",
                remedy="Set LITDESK_INDEX__EMBEDDING_MODEL back, or ingest the files into a new "
                "--library.",
            )

    def save(
        self,
        papers: Sequence[Paper],
        *,
        chunks: Sequence[Chunk],
        records: Sequence[tuple[str, str]],
    ) -> None:
        """Store papers with all their chunks, in one transaction.

        Args:
            papers: New and changed papers.
            chunks: All chunks of these papers; the old ones are replaced.
            records: Digest and paper id of each record that was read.
        """
        ids = [paper.paper_id for paper in papers]
        with self.committing() as connection:
            for table in (_papers, _chunks):
                for some in _batches(ids):
                    connection.execute(sa.delete(table).where(table.c.paper_id.in_(some)))
            _insert(connection, _papers, [_paper_row(paper) for paper in papers])
            _insert(connection, _chunks, [_chunk_row(chunk) for chunk in chunks])
            for some in _batches([name for name, _ in records]):
                connection.execute(sa.delete(_records).where(_records.c.digest.in_(some)))
            rows = {name: {"digest": name, "paper_id": paper_id} for name, paper_id in records}
            _insert(connection, _records, list(rows.values()))
            _write_fact(connection, "revision", uuid4().hex)

    def embed_missing(
        self,
        chunks: Sequence[Chunk],
        *,
        encode: Callable[[Sequence[str]], NDArray[np.float32]],
        progress: Callable[[int, int], None] | None = None,
        batch: int = 512,
    ) -> None:
        """Embed the texts that have no vector yet and store each batch as it is done.

        Args:
            chunks: The chunks that need vectors.
            encode: Texts to unit vectors of shape (number of texts, dimension).
            progress: Called with the number of texts done and their total.
            batch: Texts embedded between two commits; what is committed survives a crash.
        """
        wanted = {_text_digest(chunk): chunk.embedded_text for chunk in chunks}
        with self.reading() as connection:
            have = {row[0] for row in connection.execute(sa.select(_vectors.c.text_digest))}
        missing = sorted(
            (item for item in wanted.items() if item[0] not in have), key=lambda i: -len(i[1])
        )
        for begin in range(0, len(missing), batch):
            some = missing[begin : begin + batch]
            vectors = encode([text for _, text in some])
            rows = [
                {"text_digest": name, "vector": vector.astype("<f4").tobytes()}
                for (name, _), vector in zip(some, vectors, strict=True)
            ]
            with self.committing() as connection:
                _insert(connection, _vectors, rows)
            if progress:
                progress(begin + len(some), len(missing))

    def vectors(self, chunks: Sequence[Chunk]) -> NDArray[np.float32]:
        """Return the stored vectors of some chunks.

        Args:
            chunks: Chunks of this library.

        Returns:
            Unit vectors in the order of `chunks`, of shape (len(chunks), dimension).

        Raises:
            StoreError: If a chunk has no vector.
        """
        if not chunks:
            return np.empty((0, 0), dtype=np.float32)
        with self.reading() as connection:
            rows = connection.execute(sa.select(_vectors)).all()
        stored = {row.text_digest: row.vector for row in rows}
        try:
            blobs = [stored[_text_digest(chunk)] for chunk in chunks]
        except KeyError as error:
            raise StoreError(
                f"The library in {self.folder} lacks the vector of a chunk.",
                remedy="Ingest the files again; what is there is not embedded twice.",
            ) from error
        return np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(chunks), -1)


def _engine(url: str | sa.URL) -> sa.Engine:
    try:
        engine = sa.create_engine(url)
    except ImportError as error:
        raise SettingsError(
            f"The database of LITDESK_DATABASE_URL needs the package {error.name}.",
            remedy=f"Install it: pip install {error.name}, or unset LITDESK_DATABASE_URL.",
        ) from error
    except (sa.exc.ArgumentError, ValueError) as error:
        raise SettingsError(
            "LITDESK_DATABASE_URL is no address of a database that SQLAlchemy knows.",
            remedy="Write it as postgresql+psycopg://USER:PASSWORD@HOST/NAME, or unset it.",
        ) from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _configure_sqlite)
    return engine


def _is_laid_out(engine: sa.Engine) -> bool:
    # SQLite makes the file of whatever it connects to.
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").is_file():
        return False
    return sa.inspect(engine).has_table(_facts.name)


def _text_digest(chunk: Chunk) -> str:
    return digest(chunk.embedded_text)


def _paper_row(paper: Paper) -> dict[str, Any]:
    return {"paper_id": paper.paper_id, "content": _paper_json().dump_json(paper).decode()}


def _chunk_row(chunk: Chunk) -> dict[str, Any]:
    return {column.name: getattr(chunk, column.name) for column in _chunks.columns}


def _write_fact(connection: sa.Connection, name: str, value: str) -> None:
    connection.execute(sa.delete(_facts).where(_facts.c.name == name))
    connection.execute(sa.insert(_facts).values(name=name, value=value))


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(items), _BATCH):
        yield items[begin : begin + _BATCH]


def _configure_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 (a DBAPI object)
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise LibraryInUseError(
            f"Another process is writing to the library in {path.parent}.",
            remedy="Wait until it has finished, or name another --library.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"The library in {path.parent} cannot be written: {error.strerror or error}.",
            remedy="Correct the folder's permissions, or name another --library.",
        ) from error
    try:
        yield
    finally:
        lock.release()
