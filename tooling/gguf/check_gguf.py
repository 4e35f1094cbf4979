"""Loads GGUF files that this project wrote with transformers, and compares their quantised blocks with llama.cpp's own.

By hand, where Python has torch, transformers and gguf (checked with torch 2.13, transformers 5, gguf 0.19):

    pnpm gguf:cases /tmp/gguf-cases
    python tooling/gguf/check_gguf.py /tmp/gguf-cases

For every case: the f32 file must have the logits of the model that it was made of (1e-4 of the greatest), the others such as their
precision allows; every quantised tensor must be bit for bit what the gguf package makes of the weights; the tokenizer must give the
same ids. Exits with 1 when something differs.
"""
import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

logging.disable_progress_bar()

# Of the greatest logit; the models are random, so that errors are larger than in trained ones.
TOLERANCE = {"F32": 1e-4, "F16": 1e-2, "BF16": 0.1, "Q8_0": 0.2, "Q4_0": 1.5}


def logits(path, file, ids):
    # transformers does not read how rope is scaled: from the model's folder there.
    known = {"config": AutoConfig.from_pretrained(path / "model")} if path.name.endswith("-rope") else {}
    options = {"gguf_file": file, "dtype": torch.float32, "attn_implementation": "eager", **known}
    model = AutoModelForCausalLM.from_pretrained(path, **options)
    with torch.no_grad():
        return model.eval()(input_ids=ids).logits.float()


def tensors(path):
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def check_blocks(path, exact):
    """The quantised tensors of a file against what llama.cpp's Python package makes of the f32 file's."""
    count = 0
    for name, tensor in tensors(path).items():
        if tensor.tensor_type not in (gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0):
            continue
        wanted = gguf.quants.quantize(np.asarray(exact[name].data, dtype=np.float32), tensor.tensor_type)
        assert np.array_equal(wanted, np.asarray(tensor.data)), f"{path.name}: {name} differs"
        count += 1
    return count


def check(case):
    expected = load_file(case / "expected.safetensors")
    ids, wanted = expected["input_ids"].long(), expected["logits"]
    exact = tensors(case / f"{case.name}-F32.gguf")
    same = [(case / f"{name}-F32.gguf").read_bytes()[-4096:] for name in (case.name, "loaded")]
    assert same[0] == same[1], "a loaded model gives another file than its folder"
    found, failed = [], False
    for kind, tolerance in TOLERANCE.items():
        file = f"{case.name}-{kind}.gguf"
        blocks = check_blocks(case / file, exact)
        difference = ((logits(case, file, ids) - wanted).abs().max() / wanted.abs().max()).item()
        failed |= not difference < tolerance
        found.append(f"{kind} {difference:.1e}" + (f" ({blocks} tensors bit-equal)" if blocks else ""))
    tokenizer = AutoTokenizer.from_pretrained(case, gguf_file=f"{case.name}-F32.gguf")
    for row in json.loads((case / "tokens.json").read_text()):
        ids = tokenizer.encode(row["text"], add_special_tokens=False)
        if ids != row["ids"]:
            found.append(f"tokens differ: {row['text']!r} {ids} {row['ids']}")
            failed = True
    print(f"{case.name}: " + ", ".join(found))
    return not failed


def main(root):
    cases = sorted(path.parent for path in pathlib.Path(root).glob("*/expected.safetensors"))
    ok = [check(case) for case in cases]
    print(f"{len(cases)} cases agree" if ok and all(ok) else "FAIL")
    sys.exit(0 if ok and all(ok) else 1)


main(sys.argv[1])
