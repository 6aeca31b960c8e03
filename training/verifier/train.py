"""Step 2: train the judge: teachers on hard labels, then a student on their mean and the labels.

python -m training.verifier.train --data out/verifier --base FOLDER --out out/verifier

`FOLDER` holds the packaged encoder (`model.safetensors`, `config.json`, `tokenizer.json`). Models
and readings that are already in `--out` are not made again, so the step can be resumed.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.verifier.data import LABELS, Pair, read_pairs
from training.verifier.model import (
    batch_of,
    build,
    config_of,
    encode,
    load_tokenizer,
    logits_of,
    restore,
    start_from,
    store,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

__all__ = ["Plan", "mixture", "train"]

REPEATS = {
    "scifact": 4, "scifact_rat": 3, "checkcovid": 3, "fm2": 3, "wice": 4, "wice_tok": 2,
    "summedits": 2, "negnli": 2, "expertqa": 3, "ragtruth_sum": 3, "halu_dial": 1, "halu_qa": 1,
    "fever": 2, "scifact+error": 3, "scifact_rat+error": 2, "checkcovid+error": 2,
}  # fmt: skip
"""How often a human-labelled source is shown in an epoch; every other source once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to train."""

    teachers: int = 3
    epochs: int = 2
    student_epochs: int = 2
    batch: int = 256
    rate: float = 3e-4
    hard: float = 0.4
    """Share of the labels in the student's loss; the rest is the teachers'."""
    device: str = "cpu"
    limit_s: float = math.inf
    """Begin no further model after this many seconds."""


def mixture(folder: Path) -> list[Pair]:
    """Return the training pairs with the human-labelled ones repeated.

    Args:
        folder: What `prepare` wrote.

    Returns:
        All pairs of an epoch, in a fixed order.
    """
    pairs = []
    for name in ("real", "abstracts", "wide", "errors"):
        for pair in read_pairs(folder / f"{name}.jsonl.gz"):
            pairs += [pair] * REPEATS.get(pair.source, 1)
    return pairs


def train(*, data: Path, base: Path, out: Path, plan: Plan) -> Path:
    """Train teachers and student.

    Args:
        data: What `prepare` wrote.
        base: The packaged encoder.
        out: Where the models go.
        plan: How.

    Returns:
        The file of the last model: the student, or the only teacher.
    """
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    pairs = mixture(data)
    tokenizer = load_tokenizer(base)
    items = encode(tokenizer, pairs)
    labels = np.array([LABELS.index(p.label) for p in pairs])
    say(f"{len(pairs)} pairs, {sum(len(i) for i, _ in items)} tokens", started)
    soft: list[np.ndarray] = []
    last = out / "teacher-0.safetensors"
    for number in range(plan.teachers):
        read = out / f"soft-{number}.npy"
        if read.exists():
            soft.append(np.load(read).astype(np.float32))
            continue
        last = out / f"teacher-{number}.safetensors"
        module = build(config_of(base))
        if last.exists():
            restore(module, last)
            module.to(plan.device)
        elif time.monotonic() - started < plan.limit_s:
            start_from(module, base / "model.safetensors")
            fit(module, items, labels, None, plan=plan, seed=number, epochs=plan.epochs)
            store(module, last)
        else:
            break
        say(f"teacher {number} done", started)
        if plan.teachers > 1:
            soft.append(_softmax(logits_of(module, items, device=plan.device)))
            np.save(read, soft[-1].astype(np.float16))
            say(f"teacher {number} read the pairs", started)
    if len(soft) < 2:
        return last
    module = build(config_of(base))
    start_from(module, base / "model.safetensors")
    mean = np.mean(soft, axis=0)
    fit(module, items, labels, mean, plan=plan, seed=99, epochs=plan.student_epochs)
    store(module, out / "student.safetensors")
    say("student done", started)
    return out / "student.safetensors"


def say(text: str, started: float) -> None:
    """Print what is done, and when.

    Args:
        text: What.
        started: When the step began.
    """
    print(f"{time.monotonic() - started:7.1f} s  {text}", flush=True)  # noqa: T201 (progress)


def fit(  # noqa: PLR0913 (what to learn, and how)
    module: torch.nn.Module,
    items: Sequence[tuple[np.ndarray, int]],
    labels: np.ndarray,
    soft: np.ndarray | None,
    *,
    plan: Plan,
    seed: int,
    epochs: int,
) -> None:
    """Train a judge in place.

    Args:
        module: The judge.
        items: Encoded pairs.
        labels: Index into `LABELS` for each.
        soft: The teachers' probabilities for each; None to learn from the labels alone.
        plan: How.
        seed: Seed of the order and of what is dropped out.
        epochs: How often each pair is seen.
    """
    import torch

    torch.manual_seed(seed)
    module.to(plan.device).train()
    steps = epochs * math.ceil(len(items) / plan.batch)
    decayed = [p for p in module.parameters() if p.ndim > 1]
    plain = [p for p in module.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    cuda = plan.device.startswith("cuda")
    optimizer = torch.optim.AdamW(groups, lr=plan.rate, fused=cuda)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: _rate(s, steps))
    kind = plan.device.split(":")[0]
    for rows in _batches([len(ids) for ids, _ in items], plan.batch, epochs, seed):
        with torch.autocast(kind, torch.bfloat16, enabled=cuda):
            logits = module(*batch_of([items[n] for n in rows], plan.device))
        target = torch.from_numpy(labels[rows]).to(plan.device)
        teacher = None if soft is None else torch.from_numpy(soft[rows]).to(plan.device)
        loss = _loss(logits.float(), target, teacher, hard=plan.hard)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()


def _rate(step: int, steps: int) -> float:
    warm = max(1, int(0.06 * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))


def _batches(lengths: Sequence[int], size: int, epochs: int, seed: int) -> Iterator[np.ndarray]:
    """Shuffled batches of pairs of like length, which wastes little on padding."""
    chance = np.random.default_rng(seed)
    sizes = np.asarray(lengths)
    for _ in range(epochs):
        order = chance.permutation(len(sizes))
        batches = []
        for start in range(0, len(order), 64 * size):
            pool = order[start : start + 64 * size]
            pool = pool[np.argsort(sizes[pool], kind="stable")]
            batches += [pool[n : n + size] for n in range(0, len(pool), size)]
        for place in chance.permutation(len(batches)):
            yield batches[place]


def _loss(
    logits: torch.Tensor, labels: torch.Tensor, teacher: torch.Tensor | None, *, hard: float
) -> torch.Tensor:
    import torch

    log_p = torch.log_softmax(logits, dim=1)
    either = torch.logsumexp(log_p[:, 1:], dim=1, keepdim=True)
    wanted = torch.cat([log_p, either], dim=1).gather(1, labels[:, None])[:, 0]
    # a little smoothing, since the sources disagree on what "supported" means
    loss = -(0.95 * wanted + 0.05 * log_p.mean(1)).mean()
    if teacher is None:
        return loss
    return hard * loss - (1 - hard) * (teacher * log_p).sum(1).mean()


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), dtype=np.float32)


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("out/verifier"))
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("out/verifier"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--teachers", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--student-epochs", type=int, default=2)
    parser.add_argument("--limit-s", type=float, default=math.inf)
    given = parser.parse_args()
    plan = Plan(
        teachers=given.teachers,
        epochs=given.epochs,
        student_epochs=given.student_epochs,
        device=given.device,
        limit_s=given.limit_s,
    )
    train(data=given.data, base=given.base, out=given.out, plan=plan)


if __name__ == "__main__":
    main()
