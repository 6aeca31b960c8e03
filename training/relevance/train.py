# ruff: noqa: S311 (chance that can be repeated)
"""Step 2: train the relevance model: teachers on labels, then a student on both.

python -m training.relevance.train --data out/relevance --base FOLDER --teacher-base FOLDER \
--out out/relevance

`FOLDER` holds a packaged encoder (`model.safetensors`, `config.json`, `tokenizer.json`): the one
that is shipped, and a larger one for the teachers. `--start` names weights of a judge of the same
shape, such as the verifier's, that the student starts from instead. What is in `--out` is not made
again, so the step can be resumed.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from litdesk.relevance import titled
from training.relevance.data import HEADS, read_documents, read_queries
from training.relevance.pairs import Example, beside_topics, examples_of, mined, pair_of
from training.verifier.model import (
    build,
    config_of,
    encode,
    load_tokenizer,
    restore,
    start_from,
    store,
)
from training.verifier.train import Plan, fit, say, taught

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    from training.relevance.data import Document, Query

__all__ = ["Recipe", "pairs_to_learn", "train"]

_SEED = 11
_SMOOTH = 0.03
_OWN_RANK = 2
"""A generated question is kept if its sentence is among so many nearest of its document."""
_SEARCHED = 300
"""… and if its document is among those of so many sentences nearest to it."""
_FROM_PAPERS = {"authored", "generated", "premise", "detail", "keyword"}
_MINED = {"authored", "generated", "detail", "squad", "pubmedqa"}
"""Sources whose questions are read beside sentences of other papers; of the last two, none tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How long and how fast to train."""

    teacher: Plan
    student: Plan
    start: Path | None = None
    """Weights of a judge that the student starts from; the packaged encoder if None."""


def embed(base: Path, texts: Sequence[str], *, device: str) -> np.ndarray:
    """Return unit vectors of texts by the packaged encoder.

    Args:
        base: Its folder.
        texts: The texts.
        device: Where it runs.

    Returns:
        One row a text.
    """
    import torch

    module = build(config_of(base))
    start_from(module, base / "model.safetensors")
    encoder = module.encoder.to(device).eval()  # type: ignore[union-attr]
    tokenizer = load_tokenizer(base)
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding(length=None)
    order = sorted(range(len(texts)), key=lambda n: len(texts[n]))
    vectors = np.zeros((len(texts), config_of(base)["hidden_size"]), dtype=np.float32)
    kind = device.split(":")[0]
    half = kind == "cuda"
    with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=half):
        for start in range(0, len(order), 1024):
            rows = order[start : start + 1024]
            encoded = tokenizer.encode_batch_fast([texts[n] for n in rows])
            ids = torch.tensor([e.ids for e in encoded], device=device)
            mask = torch.tensor([e.attention_mask for e in encoded], device=device)
            hidden = encoder(
                input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)
            ).last_hidden_state.float()
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            vectors[rows] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
    return vectors


def pairs_to_learn(
    queries: Sequence[Query], documents: Mapping[str, Document], *, base: Path, device: str
) -> list[Example]:
    """Return the examples of the training part: labelled, and mined by likeness.

    Args:
        queries: All queries.
        documents: The documents by id.
        base: The packaged encoder, which finds what is alike.
        device: Where it runs.

    Returns:
        The examples; generated questions that their sentence does not fit are left out.
    """
    rng = random.Random(_SEED)
    asked = [q for q in queries if q.part == "train"]
    searched = {q.doc_id for q in asked if q.source in _FROM_PAPERS}
    places = [(i, n) for i in sorted(searched) for n in range(len(documents[i].sentences))]
    where = {place: n for n, place in enumerate(places)}
    texts = [titled(documents[i].title, documents[i].sentences[n]) for i, n in places]
    vectors = embed(base, texts, device=device)
    mining = [q for q in asked if q.source in _MINED and q.kind != "topic"]
    wanted = embed(base, [q.query for q in mining], device=device)
    found, near = _nearest(vectors, wanted, device=device)
    own = np.full(len(mining), math.nan)
    fits = np.ones(len(mining), dtype=bool)
    for n, query in enumerate(mining):
        if query.doc_id not in searched:
            own[n] = math.inf
            continue
        rows = [where[query.doc_id, k] for k in range(len(documents[query.doc_id].sentences))]
        cosines = vectors[rows] @ wanted[n]
        if query.answers:
            own[n] = cosines[list(query.answers)].max()
        if query.source == "generated":
            known = any(places[k][0] == query.doc_id for k in found[n])
            fits[n] = known and (cosines > own[n]).sum() < _OWN_RANK
    misfits = {id(query) for query, fit_ in zip(mining, fits, strict=True) if not fit_}
    labelled = examples_of([q for q in asked if id(q) not in misfits], documents, rng)
    kept = np.flatnonzero(fits)
    others = mined([mining[n] for n in kept], own[kept], places, found[kept], near[kept], rng)
    topics = {q.query: q for q in asked if q.source == "authored" and q.kind == "topic"}
    firsts = [n for n, (_, place) in enumerate(places) if place == 0]
    means = np.add.reduceat(vectors, firsts, axis=0)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    likeness = embed(base, list(topics), device=device) @ means.T
    unread = beside_topics(topics, likeness, [places[n][0] for n in firsts], rng)
    return [*labelled, *others, *unread]


def _nearest(
    vectors: np.ndarray, wanted: np.ndarray, *, device: str, count: int = _SEARCHED
) -> tuple[np.ndarray, np.ndarray]:
    import torch

    table = torch.from_numpy(vectors).to(device)
    found, near = [], []
    for start in range(0, len(wanted), 512):
        cosines = torch.from_numpy(wanted[start : start + 512]).to(device) @ table.T
        best = cosines.topk(min(count, len(vectors)), dim=1)
        found.append(best.indices.cpu().numpy())
        near.append(best.values.cpu().numpy())
    return np.concatenate(found), np.concatenate(near)


def told(
    targets: np.ndarray, soft: np.ndarray | None, heads: np.ndarray, *, hard: float
) -> Callable[[torch.Tensor, np.ndarray], torch.Tensor]:
    """Return the loss of a model's logits.

    Args:
        targets: For each pair and head 0 or 1, NaN where it is not known.
        soft: The teachers' mean probabilities; None to learn from the labels alone.
        heads: For each pair and head whether the teacher is asked.
        hard: Share of the labels where there is a teacher.

    Returns:
        A function of logits and the places of their pairs.
    """

    def loss_of(logits: torch.Tensor, rows: np.ndarray) -> torch.Tensor:
        import torch

        against = torch.nn.functional.binary_cross_entropy_with_logits
        wanted = torch.from_numpy(targets[rows]).to(logits.device)
        known = (~torch.isnan(wanted)).float()
        smooth = torch.nan_to_num(wanted) * (1 - 2 * _SMOOTH) + _SMOOTH
        label_loss = against(logits, smooth, reduction="none") * known
        if soft is None:
            return label_loss.sum() / known.sum().clamp_min(1)
        asked = torch.from_numpy(heads[rows]).to(logits.device).float()
        taught = against(logits, torch.from_numpy(soft[rows]).to(logits.device), reduction="none")
        share = hard * known
        both = share * label_loss + (asked - share).clamp_min(0) * taught
        return both.sum() / asked.sum().clamp_min(1)

    return loss_of


def heads_of(examples: Sequence[Example]) -> np.ndarray:
    """Return for each example and head whether the head has something to say.

    Args:
        examples: The examples.

    Returns:
        A topic is only about something; a question is answered or denied.
    """
    topic = np.array([e.query.about is not None for e in examples])
    return np.stack([~topic, topic, ~topic], axis=1)


def train(*, data: Path, base: Path, teacher_base: Path, out: Path, recipe: Recipe) -> Path:
    """Train the teachers and the student.

    Args:
        data: What `prepare` wrote.
        base: The packaged encoder that the student starts from, and that mines.
        teacher_base: The one that the teachers start from.
        out: Where the models go.
        recipe: How.

    Returns:
        The file of the student.
    """
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    documents = read_documents(data / "documents.jsonl.gz")
    queries = read_queries(data / "queries.jsonl.gz")
    examples = pairs_to_learn(queries, documents, base=base, device=recipe.student.device)
    pairs = [pair_of(e, documents) for e in examples]
    targets = np.array([e.targets for e in examples], dtype=np.float32)
    counts = {
        h: (int((targets[:, n] == 1).sum()), int((targets[:, n] == 0).sum()))
        for n, h in enumerate(HEADS)
    }
    say(f"{len(pairs)} pairs, yes and no: {counts}", started)
    shares = np.array([e.share for e in examples])
    labelled = shares * ~np.isnan(targets).all(axis=1)
    soft = taught(
        encode(load_tokenizer(teacher_base), pairs), labelled,
        told(targets, None, targets, hard=1.0),
        chances=_sigmoid, base=teacher_base, out=out, plan=recipe.teacher, seed=_SEED,
    )  # fmt: skip
    say("taught", started)
    items = encode(load_tokenizer(base), pairs)
    module = build(config_of(base))
    if recipe.start is None:
        start_from(module, base / "model.safetensors")
    else:
        restore(module, recipe.start)
    plan = recipe.student
    fit(
        module, items, shares, told(targets, soft, heads_of(examples), hard=plan.hard),
        plan=plan, seed=_SEED, epochs=plan.student_epochs, rate=plan.rate,
    )  # fmt: skip
    student = out / "student.safetensors"
    store(module, student)
    say("student", started)
    return student


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logits)))


def main() -> None:
    """Run the step from the command line."""
    usual = Plan()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("out/relevance"))
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--teacher-base", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/relevance"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--teachers", type=int, default=4)
    parser.add_argument("--epochs", type=float, default=1.5)
    parser.add_argument("--student-epochs", type=float, default=usual.student_epochs)
    parser.add_argument("--teacher-limit-s", type=float, default=math.inf)
    parser.add_argument("--student-limit-s", type=float, default=math.inf)
    given = parser.parse_args()
    recipe = Recipe(
        teacher=Plan(
            teachers=given.teachers,
            epochs=given.epochs,
            device=given.device,
            limit_s=given.teacher_limit_s,
        ),
        student=Plan(
            student_epochs=given.student_epochs, device=given.device, limit_s=given.student_limit_s
        ),
        start=given.start,
    )
    train(
        data=given.data, base=given.base, teacher_base=given.teacher_base, out=given.out,
        recipe=recipe,
    )  # fmt: skip


if __name__ == "__main__":
    main()
