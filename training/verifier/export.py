"""Step 3: write the judge as an int8 ONNX file with its tokenizer and their digests.

python -m training.verifier.export --weights out/verifier/student.safetensors --base FOLDER \
--out models/verifier
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import warnings
from pathlib import Path

from training.verifier.model import MAX_TOKENS, build, config_of, load_tokenizer, restore

__all__ = ["export", "write_manifest"]

MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
CALIBRATION = "calibration.json"


def export(*, weights: Path, base: Path, out: Path) -> None:
    """Write `model.onnx`, `tokenizer.json` and `manifest.json`.

    Weights become int8 for each channel; activations are quantised as they come, which depends on
    the batch: run the file on one pair at a time.

    Args:
        weights: What `train` wrote.
        base: The packaged encoder, for its configuration and tokenizer.
        out: Folder of the model; made if it is not there.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]
    from onnxruntime.quantization.shape_inference import (  # type: ignore[import-untyped]
        quant_pre_process,
    )

    out.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(base)
    tokenizer.no_truncation()
    tokenizer.save(str(out / TOKENIZER), pretty=False)
    with tempfile.TemporaryDirectory() as folder:
        full, simple = Path(folder) / "full.onnx", Path(folder) / "simple.onnx"
        export_full(weights=weights, base=base, path=full)
        quant_pre_process(full, simple, skip_symbolic_shape=True)
        quantize_dynamic(simple, out / MODEL, weight_type=QuantType.QInt8, per_channel=True)
    write_manifest(out)


def export_full(*, weights: Path, base: Path, path: Path) -> None:
    """Write the judge as an fp32 ONNX file.

    Args:
        weights: What `train` wrote.
        base: The packaged encoder.
        path: The file to write.
    """
    import torch

    module = build(config_of(base))
    restore(module, weights)
    module.eval()
    module.encoder.set_attn_implementation("eager")  # type: ignore[union-attr, operator]
    example = torch.ones(1, 9, dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example, example, example),
            str(path),
            input_names=names,
            output_names=["logits"],
            dynamic_axes=dict.fromkeys(names, axes) | {"logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def write_manifest(folder: Path) -> None:
    """Write the digests that are checked when the model is loaded.

    Args:
        folder: Folder of the model.
    """
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name in {MODEL, TOKENIZER, CALIBRATION}
    }
    manifest = {"max_tokens": MAX_TOKENS, "sha256": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main() -> None:
    """Run the step from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=Path("out/verifier/student.safetensors"))
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("models/verifier"))
    given = parser.parse_args()
    export(weights=given.weights, base=given.base, out=given.out)


if __name__ == "__main__":
    main()
