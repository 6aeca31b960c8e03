"""The judge: an encoder that reads claim and evidence together, and a head of three classes."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch
    from tokenizers import Tokenizer

    from training.verifier.data import Pair

__all__ = [
    "CLASSES",
    "MAX_TOKENS",
    "average",
    "build",
    "load_tokenizer",
    "logits_of",
    "restore",
    "store",
]

CLASSES = ("supported", "contradicted", "unsupported")
MAX_TOKENS = 320


def build(config: dict[str, Any]) -> torch.nn.Module:
    """Return the judge with weights drawn at random.

    Args:
        config: Keyword arguments of a `BertConfig`.

    Returns:
        A module of `(input_ids, attention_mask, token_type_ids)` that gives three logits a pair.
    """
    import torch
    from transformers import BertConfig, BertModel

    class Judge(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            size = config["hidden_size"]
            self.encoder = (
                mpnet(config)
                if config.get("model_type") == "mpnet"
                else BertModel(BertConfig(**config), add_pooling_layer=False)
            )
            self.head = torch.nn.Sequential(
                torch.nn.Dropout(0.1),
                torch.nn.Linear(2 * size, size),
                torch.nn.Tanh(),
                torch.nn.Dropout(0.1),
                torch.nn.Linear(size, len(CLASSES)),
            )

        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor,
        ) -> torch.Tensor:
            hidden = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            return self.head(torch.cat([hidden[:, 0], mean], dim=1))  # type: ignore[no-any-return]

    return Judge()


def mpnet(config: dict[str, Any]) -> torch.nn.Module:
    """Return an MPNet encoder that is called like a BERT encoder, and attends faster.

    Args:
        config: Keyword arguments of an `MPNetConfig`.

    Returns:
        The encoder; its bias by distance stays as it came.
    """
    import torch
    from transformers import MPNetConfig, MPNetModel
    from transformers.modeling_outputs import BaseModelOutput

    settings: Any = MPNetConfig(**{k: v for k, v in config.items() if k != "model_type"})

    class Encoder(MPNetModel):  # type: ignore[no-untyped-call]
        def forward(
            self,
            input_ids: torch.Tensor,
            attention_mask: torch.Tensor,
            token_type_ids: torch.Tensor,
        ) -> BaseModelOutput:
            del token_type_ids
            ids = input_ids.masked_fill(attention_mask == 0, settings.pad_token_id)
            hidden = self.embeddings(input_ids=ids)
            kind = torch.get_autocast_dtype("cuda") if hidden.is_cuda else hidden.dtype
            with torch.no_grad():
                bias = self.encoder.compute_position_bias(hidden[:1])  # type: ignore[no-untyped-call]
                unread = (1.0 - attention_mask[:, None, None, :].to(bias.dtype)) * -1e4
                bias = (bias + unread).to(kind)
            for layer in self.encoder.layer:
                hidden = layer(hidden, bias)[0]
            return BaseModelOutput(last_hidden_state=hidden)

    encoder: Any = Encoder(settings, add_pooling_layer=False)
    for layer in encoder.encoder.layer:
        attention = layer.attention.attn
        attention.forward = partial(_attend, attention)
    encoder.encoder.relative_attention_bias.requires_grad_(False)
    return encoder  # type: ignore[no-any-return]


def _attend(
    attention: torch.nn.Module,
    hidden: torch.Tensor,
    bias: torch.Tensor,
    position_bias: None = None,
    output_attentions: bool = False,
) -> tuple[torch.Tensor]:
    """Attend in one fused step; `bias` holds both distance and padding."""
    import torch

    del position_bias, output_attentions
    layer: Any = attention

    def heads(values: torch.Tensor) -> torch.Tensor:
        shape = (*values.shape[:2], layer.num_attention_heads, layer.attention_head_size)
        return values.view(shape).transpose(1, 2)

    query, key, value = (heads(part(hidden)) for part in (layer.q, layer.k, layer.v))
    mixed = torch.nn.functional.scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=bias.to(query.dtype),
        dropout_p=layer.dropout.p if layer.training else 0.0,
    )
    return (layer.o(mixed.transpose(1, 2).flatten(2)),)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer without the fixed padding and truncation it is packaged with.

    Args:
        folder: A folder with `tokenizer.json`.

    Returns:
        A tokenizer that cuts pairs to `MAX_TOKENS`, at the end of the evidence.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def config_of(folder: Path) -> dict[str, Any]:
    """Return the encoder's configuration.

    Args:
        folder: A folder with `config.json`.

    Returns:
        What `BertConfig` takes, or `MPNetConfig` and the type.
    """
    wanted = (
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "intermediate_size", "max_position_embeddings", "layer_norm_eps",
        "relative_attention_num_buckets",
    )  # fmt: skip
    config = json.loads((folder / "config.json").read_text())
    kind = {"model_type": "mpnet"} if config.get("model_type") == "mpnet" else {}
    return {key: config[key] for key in wanted if key in config} | kind


def start_from(module: torch.nn.Module, weights: Path) -> None:
    """Put the packaged encoder's weights into the judge.

    Args:
        module: What `build` gave.
        weights: A safetensors file of the encoder.
    """
    import torch
    from safetensors.torch import load_file

    state = {
        key: value.to(torch.float32)
        for key, value in load_file(weights).items()
        if not key.startswith("pooler") and "position_ids" not in key
    }
    module.encoder.load_state_dict(state, strict=True)  # type: ignore[union-attr]


def store(module: torch.nn.Module, path: Path) -> None:
    """Write the judge's weights in half precision.

    Args:
        module: What `build` gave.
        path: A safetensors file.
    """
    import torch
    from safetensors.torch import save_file

    state = {k: v.detach().to("cpu", torch.float16) for k, v in module.state_dict().items()}
    save_file({k: v.contiguous() for k, v in state.items()}, path)


def restore(module: torch.nn.Module, path: Path) -> None:
    """Read weights that `store` wrote.

    Args:
        module: What `build` gave.
        path: The safetensors file.
    """
    import torch
    from safetensors.torch import load_file

    module.load_state_dict({k: v.to(torch.float32) for k, v in load_file(path).items()})


def average(paths: Sequence[Path], out: Path) -> None:
    """Write the mean of the weights of some files.

    Args:
        paths: Files that `store` wrote.
        out: The file to write.
    """
    import torch
    from safetensors.torch import load_file, save_file

    states = [load_file(path) for path in paths]
    mean = {
        key: torch.stack([state[key].to(torch.float32) for state in states]).mean(0)
        for key in states[0]
    }
    save_file({k: v.to(torch.float16).contiguous() for k, v in mean.items()}, out)


def encode(tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[tuple[np.ndarray, int]]:
    """Return token ids of pairs, and where the evidence begins in each.

    Args:
        tokenizer: From `load_tokenizer`.
        pairs: Claims and evidence.

    Returns:
        Ids and the length of the first segment, in the order of the pairs.
    """
    encoded = tokenizer.encode_batch_fast([(p.claim, p.evidence) for p in pairs])
    return [
        (np.asarray(e.ids, dtype=np.int32), int(len(e.type_ids) - sum(e.type_ids))) for e in encoded
    ]


def batch_of(
    items: Sequence[tuple[np.ndarray, int]], device: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return padded tensors of encoded pairs.

    Args:
        items: From `encode`.
        device: Where the tensors go.

    Returns:
        Ids, mask and segments.
    """
    import torch

    width = -(-max(len(ids) for ids, _ in items) // 8) * 8  # a width that suits the hardware
    ids = np.zeros((len(items), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    segments = np.zeros_like(ids)
    for row, (tokens, first) in enumerate(items):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        segments[row, first : len(tokens)] = 1
    made = [torch.from_numpy(a) for a in (ids, mask, segments)]
    if device.startswith("cuda"):
        made = [a.pin_memory() for a in made]  # else the copy waits for all that went before it
    return tuple(a.to(device, non_blocking=True) for a in made)  # type: ignore[return-value]


def logits_of(
    module: torch.nn.Module, items: Sequence[tuple[np.ndarray, int]], *, device: str
) -> np.ndarray:
    """Return the judge's logits.

    Args:
        module: The judge.
        items: From `encode`.
        device: Where it runs.

    Returns:
        One row of three for each item, in their order.
    """
    import torch

    module.eval()
    order = sorted(range(len(items)), key=lambda n: len(items[n][0]))
    found = np.zeros((len(items), len(CLASSES)), dtype=np.float32)
    half = device.startswith("cuda")
    with torch.inference_mode(), torch.autocast(device.split(":")[0], torch.bfloat16, enabled=half):
        for start in range(0, len(order), 512):
            rows = order[start : start + 512]
            found[rows] = module(*batch_of([items[n] for n in rows], device)).float().cpu().numpy()
    return found
