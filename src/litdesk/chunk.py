"""Abstracts to windows of sentences."""

from __future__ import annotations

from litdesk.sentences import split_sentences
from litdesk.types import Chunk, Paper, digest

__all__ = ["split_paper"]


def split_paper(paper: Paper, *, window: int, stride: int) -> list[Chunk]:
    """Cut the newest abstract of a paper into windows of whole sentences.

    Args:
        paper: The paper; one with no abstract gives a single chunk with no text, so that its title
            can be found.
        window: Sentences in a chunk, 1 or more.
        stride: Sentences from the start of one chunk to the start of the next, 1 or more.

    Returns:
        Chunks in order, with `paper.abstract[chunk.start:chunk.end] == chunk.text`; empty for a
        paper with neither abstract nor title.
    """
    abstract = paper.abstract
    sentences = split_sentences(abstract)
    if not sentences:
        return [_chunk(paper, 0, 0)] if paper.title else []
    starts = range(0, max(1, len(sentences) - window + stride), stride)
    return [
        _chunk(paper, sentences[i].start, sentences[min(i + window, len(sentences)) - 1].end)
        for i in starts
        if i < len(sentences)
    ]


def _chunk(paper: Paper, start: int, end: int) -> Chunk:
    text = paper.abstract[start:end]
    content = digest(paper.title, paper.version, str(start), str(end))
    return Chunk(
        chunk_id=f"{paper.paper_id}/{content}",
        paper_id=paper.paper_id,
        version=paper.version,
        text=text,
        start=start,
        end=end,
        title=paper.title,
    )
