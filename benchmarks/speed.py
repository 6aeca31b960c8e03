"""Start-up, ingest, opening and answering, with SciFact as the library: `make bench-speed DATA=…`.

With `--library FOLDER` the library is kept between runs, and with `--answers` nothing but answering
is measured.

Ingest is compared with a plain loop of `SentenceTransformer.encode` over the same texts, sorted by
length; both run in processes of their own, in turn, on a sample of the corpus, imports not counted.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.report import machine
from benchmarks.scifact import corpus_file, opened_corpus
from litdesk.assistant import Assistant
from litdesk.settings import VerificationSettings, load_settings
from litdesk.verify.judge import EvidenceText

if TYPE_CHECKING:
    from collections.abc import Callable


def chunk_texts(path: Path) -> list[str]:
    """Return the texts that an ingest of a file embeds.

    Args:
        path: A file of papers.

    Returns:
        One text a chunk.
    """
    from litdesk.chunk import split_paper
    from litdesk.ingest import read_paths
    from litdesk.sameness import resolve_records

    records = read_paths([path]).records
    papers = resolve_records(records, papers=[]).added
    return [c.embedded_text for p in papers for c in split_paper(p, window=1, stride=1)]


def time_ingest(path: Path) -> dict[str, float]:
    """Ingest a file into a new library.

    Args:
        path: A file of papers.

    Returns:
        Seconds and peak memory in MiB.
    """
    _import_everything()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with Assistant.open(load_settings(library=Path(folder))) as assistant:
            assistant.ingest([path])
        return _spent(begin)


def time_plain_loop(path: Path) -> dict[str, float]:
    """Encode the same texts with sentence-transformers alone, sorted by length.

    Args:
        path: A file of papers.

    Returns:
        Seconds (without reading and cutting the file) and peak memory in MiB.
    """
    from sentence_transformers import SentenceTransformer

    from litdesk.embeddings import SentenceEmbeddings

    texts = sorted(chunk_texts(path), key=len, reverse=True)
    begin = time.perf_counter()
    model = SentenceTransformer(str(SentenceEmbeddings().folder), device="cpu")
    model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    return _spent(begin)


def _import_everything() -> None:
    """Load what the first use would; imports are no part of the figures."""
    for name in (
        "chromadb",
        "sentence_transformers",
        "litdesk.embeddings",
        "litdesk.index",
        "litdesk.ingest",
        "litdesk.retrieve",
        "litdesk.sameness",
    ):
        importlib.import_module(name)


def _spent(begin: float) -> dict[str, float]:
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - begin, "mib": mib}


def measure_ingest(data: Path, *, sample: int, rounds: int) -> None:
    """Print ingest beside the plain loop.

    Args:
        data: Folder with SciFact in BEIR layout.
        sample: Abstracts to ingest.
        rounds: Pairs of runs.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.jsonl"
        lines = corpus_file(data).read_text("utf-8").splitlines()[:sample]
        path.write_text("\n".join(lines), encoding="utf-8")
        chunks = len(chunk_texts(path))
        runs: dict[str, list[dict[str, float]]] = {"ingest": [], "plain": []}
        for _ in range(rounds):
            for name, found in runs.items():
                found.append(_in_own_process(name, path))
    seconds = {name: [run["seconds"] for run in found] for name, found in runs.items()}
    ratios = [a / b for a, b in zip(seconds["ingest"], seconds["plain"], strict=True)]
    for name, found in runs.items():
        middle = statistics.median(seconds[name])
        peak = max(run["mib"] for run in found)
        print(
            f"{name:7s} {middle:6.1f} s for {sample} abstracts, {chunks} chunks: "
            f"{sample / middle:.1f} abstracts/s, {chunks / middle:.0f} chunks/s, {peak:.0f} MiB"
        )
    print(
        f"ingest / plain: median {statistics.median(ratios):.3f}, "
        f"from {min(ratios):.3f} to {max(ratios):.3f} (n = {rounds} pairs)"
    )


def _in_own_process(what: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed", "--run", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure_answers(data: Path, library: Path | None, *, n: int) -> None:
    """Print how long opening and warm answers take on the whole corpus.

    Args:
        data: Folder with SciFact in BEIR layout.
        library: Where the library is kept between runs.
        n: Questions of each figure; no question is asked twice.
    """
    lines = (data / "queries.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["text"] for line in lines[: 2 * n + 1]]
    with opened_corpus(data, library) as filled:
        settings = filled.settings
        filled.close()
        _import_everything()
        begin = time.perf_counter()
        with Assistant.open(settings) as assistant:
            assistant.ask(questions[0])
            print(f"open to first answer, imports done: {time.perf_counter() - begin:.2f} s")
            _print_times("warm ask", [_ask(assistant, q) for q in questions[1 : n + 1]])
        by_rules = settings.model_copy(
            update={"verification": VerificationSettings(verifier="rules")}
        )
        with Assistant.open(by_rules) as assistant:
            assistant.warm_up()
            asked = [_ask(assistant, q, judge=True) for q in questions[n + 1 :]]
            _print_times("warm ask, each quotation judged by rules", asked)


def _ask(assistant: Assistant, question: str, *, judge: bool = False) -> float:
    """Return the seconds of an answer.

    Args:
        assistant: An assistant that quotes.
        question: The question.
        judge: Let its verifier judge the quotations too, which their offsets alone prove.

    Returns:
        Seconds.
    """
    begin = time.perf_counter()
    answer = assistant.ask(question)
    for sentence in answer.sentences if judge else ():
        papers = [assistant.paper(c.paper_id) for c in sentence.citations if c.paper_id]
        assistant.verifier.judge(
            sentence.citations[0].quote if papers else sentence.text,
            [EvidenceText(paper_id=p.paper_id, title=p.title, text=p.abstract) for p in papers],
        )
    return time.perf_counter() - begin


def _print_times(what: str, seconds: list[float]) -> None:
    p50, p95 = np.quantile(seconds, [0.5, 0.95]) * 1000
    low, high = _interval_of_median(seconds)
    print(
        f"{what}: p50 {p50:.0f} ms [{low:.0f}, {high:.0f}], p95 {p95:.0f} ms (n = {len(seconds)})"
    )


def _interval_of_median(seconds: list[float]) -> tuple[float, float]:
    """The 95 % interval of the median in milliseconds, from the order of the values."""
    ordered, half = sorted(seconds), 1.96 * len(seconds) ** 0.5 / 2
    middle = len(seconds) / 2
    low, high = max(0, int(middle - half)), min(len(seconds) - 1, int(middle + half))
    return ordered[low] * 1000, ordered[high] * 1000


def measure_start(*, rounds: int) -> None:
    """Print how long `litdesk --help` takes.

    Args:
        rounds: Runs after one that is not counted.
    """
    command = [sys.executable, "-m", "litdesk", "--help"]
    times = [
        _timed(lambda: subprocess.run(command, check=True, capture_output=True))
        for _ in range(rounds + 1)
    ][1:]
    print(
        f"litdesk --help: median {statistics.median(times):.2f} s, "
        f"from {min(times):.2f} to {max(times):.2f} (n = {rounds})"
    )


def _timed(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="SciFact in BEIR layout")
    parser.add_argument("--library", type=Path, help="keep the library here between runs")
    parser.add_argument("--answers", action="store_true", help="measure answering alone")
    parser.add_argument("--sample", type=int, default=300, help="abstracts in the ingest figure")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of ingest runs")
    parser.add_argument("--run", choices=("ingest", "plain"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run = time_ingest if options.run == "ingest" else time_plain_loop
        print(json.dumps(run(options.data)))
        return
    print(machine())
    if not options.answers:
        measure_start(rounds=5)
        measure_ingest(options.data, sample=options.sample, rounds=options.rounds)
    measure_answers(options.data, options.library, n=200)


if __name__ == "__main__":
    main()
