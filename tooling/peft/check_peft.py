"""Loads adapters that this project wrote with PEFT, compares logits and gradients, and writes them with PEFT for the way back.

By hand, where Python has torch, transformers and peft (checked with torch 2.13, transformers 5, peft 0.21):

    pnpm peft:cases /tmp/peft-cases
    python tooling/peft/check_peft.py /tmp/peft-cases
    pnpm peft:read /tmp/peft-cases

For every case: the adapter over its base, its merge by PEFT, and the model that was merged here must have the expected logits, and the
adapter the expected gradients of everything that it trains. Every adapter is then saved again by PEFT, as safetensors and as .bin (adapter-peft/, adapter-bin/), which the last command reads. Exits with 1
when a difference is above 1e-4 of the greatest logit, or of a tensor's greatest gradient.
"""
import pathlib
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def logits(model, ids):
    with torch.no_grad():
        return model(input_ids=ids).logits.float()


def base(path):
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()


def save_bin(model, folder):
    """As PEFT before 0.6 stored adapters; newer versions write safetensors only unless told otherwise."""
    model.save_pretrained(folder, safe_serialization=False)


def plain_name(name):
    """The name of a parameter in a PEFT folder."""
    name = name.replace(".modules_to_save.default.", ".").replace(".default", "")
    return name.removesuffix(".weight") if ".lora_magnitude_vector" in name else name


def worst_gradient(model, ids, expected):
    model(input_ids=ids, labels=ids).loss.backward()
    found = {plain_name(name): p.grad for name, p in model.named_parameters() if p.requires_grad}
    wanted = {name.removeprefix("gradient "): g for name, g in expected.items() if name.startswith("gradient ")}
    assert found.keys() == wanted.keys(), sorted(found.keys() ^ wanted.keys())
    return max(((found[n] - g).abs().max() / g.abs().max()).item() for n, g in wanted.items())


def check(case):
    expected = load_file(case / "expected.safetensors")
    ids = expected["input_ids"].long()
    wanted = expected["logits"]
    model = PeftModel.from_pretrained(base(case / "model"), case / "adapter", is_trainable=True).eval()
    found = {"adapter": logits(model, ids), "merged here": logits(base(case / "merged"), ids)}
    gradients = worst_gradient(model, ids, expected)
    model.save_pretrained(case / "adapter-peft")
    save_bin(model, case / "adapter-bin")
    found["merged by PEFT"] = logits(model.merge_and_unload(), ids)
    scale = wanted.abs().max().item()
    differences = {name: (values - wanted).abs().max().item() / scale for name, values in found.items()}
    differences["gradients"] = gradients
    good = all(difference < 1e-4 for difference in differences.values())
    texts = ", ".join(f"{name} {difference:.1e}" for name, difference in differences.items())
    print(f"{'ok  ' if good else 'FAIL'} {case.name}: {texts}")
    return good


def main():
    cases = sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("*/expected.safetensors"))
    results = [check(case) for case in cases]
    print(f"{sum(results)} of {len(cases)} cases agree")
    sys.exit(0 if cases and all(results) else 1)


main()
