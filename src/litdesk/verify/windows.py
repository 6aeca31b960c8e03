"""Which part of a long text the trained judge reads: the same choice in training and in use."""

from __future__ import annotations

from functools import lru_cache

from litdesk.verify.reading import coverage, read, read_sentences

__all__ = ["MAX_WORDS", "best_windows", "pack"]

MAX_WORDS = 170


@lru_cache(maxsize=4096)
def pack(claim: str, title: str, text: str, *, max_words: int = MAX_WORDS) -> str:
    """Return the title and as much of the text as the judge reads, in the text's order.

    A longer text is cut to the sentences that, taken greedily, cover most of the claim's words.

    Args:
        claim: The sentence to be judged.
        title: Title of the paper; may be empty.
        text: The evidence.
        max_words: Room for words; the first sentence taken may exceed it.

    Returns:
        The evidence to read.
    """
    head = _headed(title, "")
    if len(f"{head} {text}".split()) <= max_words:
        return _headed(title, text)
    wanted = set(read(claim).content)
    sentences = read_sentences(text)
    sizes = [len(reading.text.split()) for _, reading in sentences]
    room = max_words - len(head.split())
    chosen: set[int] = set()
    while len(chosen) < len(sentences):
        gains = [
            (len(wanted & reading.content), len(read(claim).pairs & reading.pairs), -n)
            for n, (_, reading) in enumerate(sentences)
            if n not in chosen and (sizes[n] <= room or not chosen)
        ]
        if not gains:
            break
        best = -max(gains)[2]
        chosen.add(best)
        room -= sizes[best]
        wanted -= sentences[best][1].content
    return _headed(title, " ".join(sentences[n][1].text for n in sorted(chosen)))


def _headed(title: str, text: str) -> str:
    end = "" if not title or title.rstrip()[-1:] in ".?!" else "."
    return f"{title.rstrip()}{end} {text}".strip()


@lru_cache(maxsize=4096)
def best_windows(claim: str, title: str, text: str, *, limit: int = 1) -> tuple[str, ...]:
    """Return the sentences nearest to the claim, each with its neighbours and the title.

    Args:
        claim: The sentence to be judged.
        title: Title of the paper; may be empty.
        text: The evidence.
        limit: At most this many windows, the nearest first.

    Returns:
        The windows; empty for an empty text.
    """
    sentences = read_sentences(text)
    reading = read(claim)

    def closeness(place: int) -> tuple[float, int]:
        other = sentences[place][1]
        wording = len(reading.pairs & other.pairs) / (len(reading.pairs) or 1)
        return coverage(reading, other.content) + wording, -place

    order = sorted(range(len(sentences)), key=closeness, reverse=True)[:limit]
    return tuple(
        _headed(title, " ".join(r.text for _, r in sentences[max(0, n - 1) : n + 2])) for n in order
    )
