"""Speed of the verifier on this machine: pairs a second, an answer of five sentences, loading.

python benchmarks/verifier.py
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from litdesk.sentences import split_sentences
from litdesk.verify.combine import CombinedVerifier
from litdesk.verify.judge import EvidenceText
from litdesk.verify.trained import TrainedJudge, model_folder

SEEDS = Path(__file__).parents[1] / "seeds"
WORDS_OF_128_TOKENS = 88
ROUNDS = 7


def abstracts() -> list[str]:
    """Return the long lines of the seed papers.

    Returns:
        Abstracts, each once.
    """
    lines = (line for path in sorted(SEEDS.glob("*.txt")) for line in path.read_text().splitlines())
    return list(dict.fromkeys(line.strip() for line in lines if len(line) > 700))


def main() -> None:
    """Print the figures."""
    start = time.perf_counter()
    judge = TrainedJudge.load()
    print(f"load: {time.perf_counter() - start:.2f} s with the import")
    start = time.perf_counter()
    judge = TrainedJudge.load()
    print(f"load: {time.perf_counter() - start:.2f} s again")
    size = sum(path.stat().st_size for path in model_folder().iterdir())
    print(f"files: {size / 1e6:.1f} MB")
    texts = abstracts()
    rates = []
    for _ in range(ROUNDS):
        judge = TrainedJudge.load()
        start = time.perf_counter()
        judge.read(
            [("The method works well.", " ".join(t.split()[:WORDS_OF_128_TOKENS])) for t in texts]
        )
        rates.append(len(texts) / (time.perf_counter() - start))
    print(f"pairs a second at about 128 tokens: {statistics.median(rates):.0f}")
    print(f"answer of five sentences: {1000 * answer_s(texts):.0f} ms")


def answer_s(texts: list[str]) -> float:
    """Return the median time for five reworded sentences, each with its abstract.

    Args:
        texts: Five abstracts or more.

    Returns:
        Seconds.
    """
    times = []
    for first in range(min(ROUNDS, len(texts) - 4)):
        verifier = CombinedVerifier.load()
        verifier.judge("Warm up the session.", [EvidenceText(paper_id="w", title="", text="Warm.")])
        chosen = texts[first : first + 5]
        start = time.perf_counter()
        for number, text in enumerate(chosen):
            spans = split_sentences(text)
            span = spans[number % len(spans)]
            claim = "They say that " + text[span.start : span.end].lower()
            verifier.judge(claim, [EvidenceText(paper_id=str(number), title="", text=text)])
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
