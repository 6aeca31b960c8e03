"""Step 2: train the judge: teachers on hard labels, then a student on their mean and the labels.

The student is polished twice at a low rate, and the two results averaged.

python -m training.verifier.train --data out/verifier --base FOLDER --out out/verifier \
--teacher-base FOLDER

`FOLDER` holds a packaged encoder (`model.safetensors`, `config.json`, `tokenizer.json`): the one
that is shipped, and a larger one for the teachers. Models and readings that are already in `--out`
are not made again, so the step can be resumed.
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
    average,
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
    from collections.abc import Callable, Iterator, Sequence

    import torch

__all__ = ["Plan", "fit", "mixture", "say", "shares_of", "taught", "train"]

FILES = ("real", "abstracts", "wide", "errors", "composed")
SHARES = {
    "scifact": 4, "scifact_rat": 3, "checkcovid": 3, "fm2": 3, "wice": 4, "wice_tok": 2,
    "summedits": 2, "negnli": 2, "expertqa": 3, "ragtruth_sum": 3, "halu_dial": 1, "halu_qa": 1,
    "fever": 1.5, "scifact+error": 2, "checkcovid+error": 1.5, "scifact+view": 3, "title": 2,
    "fever+cited": 0.4, "halu_dial+cited": 0.3, "summedits+cited": 0.5, "fever+turned": 0.5,
    "fever+error": 0.7,
}  # fmt: skip
"""How often a source is shown in an epoch; every other source once."""
UNKNOWN = LABELS.index("unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polish:
    """A short second training."""

    rate: float
    hard: float
    human: float
    """Factor on the shares of the human-labelled pairs."""
    edited: float
    """Factor on the shares of the edited sentences."""


POLISHES = (
    Polish(rate=1e-4, hard=0.5, human=2, edited=0.3),
    Polish(rate=1.5e-4, hard=0.3, human=1, edited=1),
)
EDITED = {"abstracts", "wide"}
COMPOSED = {"title", "rest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast to train."""

    teachers: int = 2
    epochs: float = 1.35
    teacher_rate: float = 5e-5
    student_epochs: float = 4.5
    polish_epochs: float = 2
    batch: int = 256
    rate: float = 3e-4
    hard: float = 0.3
    """Share of the labels in the student's loss; the rest is the teachers'."""
    device: str = "cpu"
    limit_s: float = math.inf
    """End a model after this many seconds, its rate having fallen to zero by then."""


def mixture(folder: Path) -> list[Pair]:
    """Return the training pairs.

    Args:
        folder: What `prepare` wrote.

    Returns:
        Each pair once, in a fixed order.
    """
    return [pair for name in FILES for pair in read_pairs(folder / f"{name}.jsonl.gz")]


def shares_of(
    pairs: Sequence[Pair], *, labelled: bool, human: float = 1.0, edited: float = 1.0
) -> np.ndarray:
    """Return how often each pair is shown in an epoch.

    Args:
        pairs: Training pairs.
        labelled: Whether to leave out pairs of unknown label.
        human: Factor on the human-labelled pairs.
        edited: Factor on the edited sentences.

    Returns:
        Numbers; of a share such as .5, half the pairs are shown.
    """

    def share(pair: Pair) -> float:
        if labelled and pair.label == "unknown":
            return 0.0
        usual = SHARES.get(pair.source, 1.0)
        if pair.source in EDITED:
            return usual * edited
        return usual if "+" in pair.source or pair.source in COMPOSED else usual * human

    return np.array([share(pair) for pair in pairs])


def train(*, data: Path, base: Path, teacher_base: Path, out: Path, plan: Plan) -> Path:
    """Train teachers and student.

    Args:
        data: What `prepare` wrote.
        base: The packaged encoder that the student starts from.
        teacher_base: The one that the teachers start from.
        out: Where the models go.
        plan: How.

    Returns:
        The file of the student.
    """
    out.mkdir(parents=True, exist_ok=True)
    pairs = mixture(data)
    labels = np.array([LABELS.index(p.label) for p in pairs])
    items = encode(load_tokenizer(teacher_base), pairs)
    shares = shares_of(pairs, labelled=True)
    soft = taught(
        items, shares, judged(labels, None, hard=1.0),
        chances=_softmax, base=teacher_base, out=out, plan=plan,
    )  # fmt: skip
    items = encode(load_tokenizer(base), pairs)
    student, shares = out / "student-0.safetensors", shares_of(pairs, labelled=False)
    module = build(config_of(base))
    if not student.exists():
        start_from(module, base / "model.safetensors")
        fit(
            module, items, shares, judged(labels, soft, hard=plan.hard),
            plan=plan, seed=99, epochs=plan.student_epochs, rate=plan.rate,
        )  # fmt: skip
        store(module, student)
    polished = []
    for number, polish in enumerate(POLISHES, start=1):
        restore(module, student)
        shares = shares_of(pairs, labelled=False, human=polish.human, edited=polish.edited)
        fit(
            module, items, shares, judged(labels, soft, hard=polish.hard),
            plan=plan, seed=99, epochs=plan.polish_epochs, rate=polish.rate,
        )  # fmt: skip
        polished.append(out / f"student-{number}.safetensors")
        store(module, polished[-1])
    average(polished, out / "student.safetensors")
    return out / "student.safetensors"


def taught(  # noqa: PLR0913 (what to learn, and how)
    items: Sequence[tuple[np.ndarray, int]],
    shares: np.ndarray,
    loss_of: Callable[[torch.Tensor, np.ndarray], torch.Tensor],
    *,
    chances: Callable[[np.ndarray], np.ndarray],
    base: Path,
    out: Path,
    plan: Plan,
    seed: int = 0,
) -> np.ndarray:
    """Train the teachers and let each read all pairs.

    Args:
        items: Encoded pairs.
        shares: How often each is shown in an epoch.
        loss_of: The loss of logits of the pairs at some places.
        chances: Turns logits into probabilities.
        base: The packaged encoder that they start from.
        out: Where their weights and what they read are kept.
        plan: How, and how many.
        seed: Of the first; each other's is one higher.

    Returns:
        Their mean probabilities for each pair.
    """

    def teach(number: int) -> np.ndarray:
        read, kept = out / f"soft-{number}.npy", out / f"teacher-{number}.safetensors"
        if not read.exists():
            module = build(config_of(base))
            if kept.exists():
                restore(module, kept)
                module.to(plan.device)
            else:
                start_from(module, base / "model.safetensors")
                fit(
                    module, items, shares, loss_of,
                    plan=plan, seed=seed + number, epochs=plan.epochs, rate=plan.teacher_rate,
                )  # fmt: skip
                store(module, kept)
            logits = logits_of(module, items, device=plan.device)
            np.save(read, chances(logits).astype(np.float16))
        return np.asarray(np.load(read), dtype=np.float32)

    return np.asarray(np.mean([teach(number) for number in range(plan.teachers)], axis=0))


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
    shares: np.ndarray,
    loss_of: Callable[[torch.Tensor, np.ndarray], torch.Tensor],
    *,
    plan: Plan,
    seed: int,
    epochs: float,
    rate: float,
) -> None:
    """Train a judge in place.

    Args:
        module: The judge.
        items: Encoded pairs.
        shares: How often each pair is shown in an epoch.
        loss_of: The loss of logits of the pairs at some places.
        plan: Batch, device and time.
        seed: Seed of the order and of what is dropped out.
        epochs: How many.
        rate: The highest learning rate.
    """
    import torch

    torch.manual_seed(seed)
    module.to(plan.device).train()
    started = time.monotonic()
    batches = list(_batches([len(ids) for ids, _ in items], shares, plan.batch, epochs, seed))
    decayed = [p for p in module.parameters() if p.ndim > 1]
    plain = [p for p in module.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    cuda = plan.device.startswith("cuda")
    optimizer = torch.optim.AdamW(groups, lr=rate, fused=cuda)
    kind = plan.device.split(":")[0]
    for step, rows in enumerate(batches):
        spent = max(step / len(batches), (time.monotonic() - started) / plan.limit_s)
        if spent >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate * _rate(spent)
        with torch.autocast(kind, torch.bfloat16, enabled=cuda):
            logits = module(*batch_of([items[n] for n in rows], plan.device))
        loss = loss_of(logits.float(), rows)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 0:
            say(f"step {step} of {len(batches)}, loss {float(loss.detach()):.3f}", started)


def judged(
    labels: np.ndarray, soft: np.ndarray | None, *, hard: float
) -> Callable[[torch.Tensor, np.ndarray], torch.Tensor]:
    """Return the loss of a judge's logits.

    Args:
        labels: Index into `LABELS` for each pair.
        soft: The teachers' probabilities for each; None to learn from the labels alone.
        hard: Share of the labels where there are teachers.

    Returns:
        A function of logits and the places of their pairs.
    """

    def loss_of(logits: torch.Tensor, rows: np.ndarray) -> torch.Tensor:
        import torch

        target = torch.from_numpy(labels[rows]).to(logits.device)
        teacher = None if soft is None else torch.from_numpy(soft[rows]).to(logits.device)
        return _loss(logits, target, teacher, hard=hard)

    return loss_of


def _rate(spent: float) -> float:
    return max(0.01, spent / 0.06) if spent < 0.06 else (1 - spent) / 0.94


def _batches(
    lengths: Sequence[int], shares: np.ndarray, size: int, epochs: float, seed: int
) -> Iterator[np.ndarray]:
    """Shuffled batches of pairs of like length, which wastes little on padding."""
    chance = np.random.default_rng(seed)
    sizes = np.asarray(lengths)
    for epoch in range(math.ceil(epochs)):
        part = min(1.0, epochs - epoch)
        counts = np.floor(shares * part + chance.random(len(shares))).astype(int)
        order = chance.permutation(np.repeat(np.arange(len(sizes)), counts))
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
    nothing = torch.zeros_like(either)
    wanted = torch.cat([log_p, either, nothing], dim=1).gather(1, labels[:, None])[:, 0]
    known = (labels != UNKNOWN).float()
    # a little smoothing, since the sources disagree on what "supported" means
    told = known * (0.95 * wanted + 0.05 * log_p.mean(1))
    if teacher is None:
        return -told.mean()
    share = hard * known
    return -(hard * told + (1 - share) * (teacher * log_p).sum(1)).mean()


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), dtype=np.float32)


def main() -> None:
    """Run the step from the command line."""
    usual = Plan()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("out/verifier"))
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--teacher-base", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("out/verifier"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--teachers", type=int, default=usual.teachers)
    parser.add_argument("--epochs", type=float, default=usual.epochs)
    parser.add_argument("--student-epochs", type=float, default=usual.student_epochs)
    parser.add_argument("--limit-s", type=float, default=math.inf)
    given = parser.parse_args()
    plan = Plan(
        teachers=given.teachers,
        epochs=given.epochs,
        student_epochs=given.student_epochs,
        device=given.device,
        limit_s=given.limit_s,
    )
    train(
        data=given.data, base=given.base, teacher_base=given.teacher_base, out=given.out, plan=plan
    )


if __name__ == "__main__":
    main()
