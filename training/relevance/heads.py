# ruff: noqa: S311 (chance that can be repeated)
"""Step 2 of what is shipped: new heads on the verifier's encoder, which stays as it is.

python -m training.relevance.heads --data out/relevance --verifier models/verifier \
--out models/relevance

The encoder is run once for each pair, so that two CPU cores do it in minutes. `train` is the larger
recipe, which trains an encoder of its own and wants a GPU.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from litdesk.cross_encoder import checked_manifest
from training.relevance.data import HEADS, read_documents, read_queries
from training.relevance.pairs import Example, examples_of, pair_of
from training.relevance.train import told
from training.verifier.export import MODEL, TOKENIZER, write_manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import torch

    from training.verifier.data import Pair

__all__ = ["chosen", "features_of", "fit_heads", "with_heads"]

LAYERS = (3, 4, 5)
_HIDDEN = 256
_EPOCHS = 12
_BATCH = 128
_RATE = 1e-3
_DECAY = 0.1
_SEED = 5
_FEW = 400
_QUOTAS = {
    ("authored", "sentence", "yes"): 4000, ("authored", "sentence", "no"): 4000,
    ("authored", "whole", "yes"): 2000, ("authored", "whole", "no"): 2600,
    ("generated", "sentence", "yes"): 1500, ("generated", "sentence", "no"): 1500,
    ("squad", "sentence", "yes"): 900, ("squad", "sentence", "no"): 1400,
    ("squad", "whole", "yes"): 300, ("squad", "whole", "no"): 500,
    ("keyword", "whole", "yes"): 900, ("keyword", "whole", "no"): 1400,
    ("claim", "sentence", "yes"): 900, ("claim", "sentence", "no"): 700,
    ("premise", "sentence", "yes"): 1000, ("premise", "sentence", "no"): 1000,
}  # fmt: skip
"""How many pairs of a source, view and answer are learnt from; a few of any other."""
_TENSOR = "/encoder/encoder/layer.{}/output/LayerNorm/LayerNormalization_output_0"


def chosen(examples: Iterable[Example]) -> list[Example]:
    """Return the examples that are learnt from, in an order drawn by chance.

    Args:
        examples: All of the training part.

    Returns:
        Those within the quotas.
    """
    some = list(examples)
    random.Random(_SEED).shuffle(some)
    counts: Counter[tuple[str, str, str]] = Counter()
    kept = []
    for example in some:
        view = "sentence" if example.place >= 0 else "whole"
        said = "yes" if 1.0 in example.targets else "no"
        key = (example.query.source, view, said)
        counts[key] += 1
        if counts[key] <= _QUOTAS.get(key, _FEW):
            kept.append(example)
    return kept


def features_of(pairs: Sequence[Pair], *, verifier: Path) -> np.ndarray:
    """Return what the verifier's upper layers hold of each pair.

    Args:
        pairs: Queries and texts.
        verifier: Folder of the verifier.

    Returns:
        For each pair and layer the first token, the mean of the query's and of the text's.
    """
    import onnx
    from onnxruntime import InferenceSession, SessionOptions  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

    graph = onnx.load(str(verifier / MODEL))
    names = [_TENSOR.format(layer) for layer in LAYERS]
    graph.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(verifier / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(
        checked_manifest(verifier, name="verifier")["max_tokens"], strategy="longest_first"
    )

    def read(pair: Pair) -> np.ndarray:
        encoded = tokenizer.encode(pair.claim, pair.evidence)
        ids, kinds = np.array([encoded.ids]), np.array(encoded.type_ids)
        layers = session.run(
            names,
            {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds[None]},
        )
        parts = [
            part
            for (hidden,) in layers
            for part in (hidden[0], hidden[kinds == 0].mean(0), hidden[kinds == 1].mean(0))
        ]
        return np.concatenate(parts).astype(np.float16)

    with ThreadPoolExecutor(os.cpu_count()) as cores:
        return np.array(list(cores.map(read, pairs)), dtype=np.float32)


def fit_heads(features: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
    """Return the weights of a small network on the features.

    Args:
        features: From `features_of`.
        targets: For each pair and head 0 or 1, NaN where it is not known.

    Returns:
        Arrays by name: `mean`, `scale`, and the weights and offsets of two layers.
    """
    import torch

    torch.manual_seed(_SEED)
    mean, scale = features.mean(0), 1 / (features.std(0) + 1e-3)
    table = torch.from_numpy((features - mean) * scale)
    network = torch.nn.Sequential(
        torch.nn.Dropout(0.2),
        torch.nn.Linear(table.shape[1], _HIDDEN),
        torch.nn.GELU(),
        torch.nn.Dropout(0.3),
        torch.nn.Linear(_HIDDEN, len(HEADS)),
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    loss_of = told(targets, None, targets, hard=1.0)
    for _ in range(_EPOCHS):
        for rows in torch.randperm(len(table)).split(_BATCH):
            loss = loss_of(network(table[rows]), rows.numpy())
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    first, last = _arrays(network[1]), _arrays(network[4])
    return {
        "mean": mean, "scale": scale, "first": first[0], "first_offset": first[1],
        "last": last[0], "last_offset": last[1],
    }  # fmt: skip


def _arrays(layer: torch.nn.Module) -> tuple[np.ndarray, np.ndarray]:
    state = layer.state_dict()
    return state["weight"].T.contiguous().numpy(), state["bias"].numpy()


def with_heads(verifier: Path, weights: dict[str, np.ndarray], out: Path) -> None:
    """Write the verifier's encoder with new heads, its tokenizer and a manifest.

    Args:
        verifier: Folder of the verifier.
        weights: From `fit_heads`.
        out: Folder of the model; made if it is not there.
    """
    import onnx
    from onnx import numpy_helper
    from onnx.helper import make_node

    model = onnx.load(str(verifier / MODEL))
    graph = model.graph
    nodes: list[Any] = []

    def constant(name: str, value: np.ndarray) -> str:
        graph.initializer.append(numpy_helper.from_array(value, f"heads/{name}"))
        return f"heads/{name}"

    def node(kind: str, *inputs: str, name: str, **settings: int) -> str:
        nodes.append(make_node(kind, list(inputs), [f"heads/{name}"], **settings))
        return f"heads/{name}"

    one, zero = constant("one", np.float32([1])), constant("zero", np.int64(0))
    first_axis, last_axis = constant("axis1", np.int64([1])), constant("axis2", np.int64([2]))
    kinds = node("Cast", "token_type_ids", name="kinds", to=1)
    read = node("Cast", "attention_mask", name="read", to=1)
    text = node("Mul", kinds, read, name="text")
    query = node("Mul", node("Sub", one, kinds, name="first"), read, name="query")
    parts = []
    for layer in LAYERS:
        hidden = _TENSOR.format(layer)
        parts.append(node("Gather", hidden, zero, name=f"start{layer}", axis=1))
        for side, mask in (("query", query), ("text", text)):
            wide = node("Unsqueeze", mask, last_axis, name=f"{side}{layer}/mask")
            picked = node("Mul", hidden, wide, name=f"{side}{layer}/picked")
            total = node("ReduceSum", picked, first_axis, name=f"{side}{layer}/sum", keepdims=0)
            count = node("ReduceSum", mask, first_axis, name=f"{side}{layer}/count", keepdims=1)
            parts.append(node("Div", total, count, name=f"{side}{layer}/mean"))
    joined = node("Concat", *parts, name="joined", axis=1)
    apart = node("Sub", joined, constant("mean", weights["mean"]), name="apart")
    scaled = node("Mul", apart, constant("scale", weights["scale"]), name="scaled")
    top = np.abs(weights["first"]).max(0) / 127
    small = np.round(weights["first"] / top).astype(np.int8)
    first = node(
        "DequantizeLinear", constant("small", small), constant("top", top.astype(np.float32)),
        name="matrix", axis=1,
    )  # fmt: skip
    inner = node(
        "Add", node("MatMul", scaled, first, name="inner"),
        constant("first_offset", weights["first_offset"]), name="moved",
    )  # fmt: skip
    bent = node(
        "Erf",
        node("Mul", inner, constant("root", np.float32([0.5**0.5])), name="half"),
        name="bent",
    )
    share = node(
        "Mul",
        node("Add", bent, one, name="lifted"),
        constant("two", np.float32([0.5])),
        name="share",
    )
    active = node("Mul", inner, share, name="active")
    last = node("MatMul", active, constant("last", weights["last"]), name="last_product")
    nodes.append(
        make_node("Add", [last, constant("last_offset", weights["last_offset"])], ["logits"])
    )
    kept = [n for n in graph.node if "logits" not in n.output]
    del graph.node[:]
    graph.node.extend(_used([*kept, *nodes]))
    needed = {name for n in graph.node for name in n.input}
    for item in [i for i in graph.initializer if i.name not in needed]:
        graph.initializer.remove(item)
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(out / MODEL))
    shutil.copyfile(verifier / TOKENIZER, out / TOKENIZER)
    write_manifest(out)


def _used(nodes: Sequence[Any]) -> list[Any]:
    """The nodes that the logits are computed from, in their order."""
    wanted, kept = {"logits"}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("out/relevance"))
    parser.add_argument("--verifier", type=Path, default=Path("models/verifier"))
    parser.add_argument("--out", type=Path, default=Path("models/relevance"))
    given = parser.parse_args()
    documents = read_documents(given.data / "documents.jsonl.gz")
    asked = [q for q in read_queries(given.data / "queries.jsonl.gz") if q.part == "train"]
    examples = chosen(examples_of(asked, documents, random.Random(_SEED)))
    pairs = [pair_of(example, documents) for example in examples]
    print(f"{len(pairs)} pairs", flush=True)  # noqa: T201 (progress)
    features = features_of(pairs, verifier=given.verifier)
    targets = np.array([example.targets for example in examples], dtype=np.float32)
    with_heads(given.verifier, fit_heads(features, targets), given.out)


if __name__ == "__main__":
    main()
