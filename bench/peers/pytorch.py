"""What PyTorch, transformers and PEFT reach on this machine, for the numbers of `pnpm bench matmul` and `pnpm bench step`.

    python bench/peers/pytorch.py [--threads 2] [--json bench/results/pytorch.json]

matmul: x·Wᵀ and dY·W of 1024 × 3200 × 8640, f32 and bf16, median of the rounds.
step: forward and backward of PEFT LoRA r 16 on q, k, v over a dense base with the layer sizes of OpenLLaMA-3B, 512 tokens; one and two
layers are timed in turn, the best round of each counts, and 26 layers are extrapolated, as the other side does it. There is no NF4
in it: bitsandbytes has none for the CPU that trains, so the peer's base is four to eight times as large.
"""
import argparse
import datetime
import json
import platform
import time

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM


def gigaflops(rounds):
    tokens, inputs, outputs = 1024, 3200, 8640
    results = []
    for dtype in (torch.float32, torch.bfloat16):
        x = torch.randn(tokens, inputs).to(dtype)
        weight = torch.randn(outputs, inputs).to(dtype)
        dout = torch.randn(tokens, outputs).to(dtype)
        for direction, product in (("forward", lambda: x @ weight.T), ("backward", lambda: dout @ weight)):
            product()
            seconds = []
            for _ in range(rounds):
                started = time.perf_counter()
                product()
                seconds.append(time.perf_counter() - started)
            rate = 2 * tokens * inputs * outputs / sorted(seconds)[rounds // 2] / 1e9
            results.append({"dtype": str(dtype).removeprefix("torch."), "direction": direction, "median": round(rate, 1)})
    return results


def model_of(layers, dtype):
    config = LlamaConfig(
        vocab_size=32000,
        hidden_size=3200,
        intermediate_size=8640,
        num_hidden_layers=layers,
        num_attention_heads=32,
        max_position_embeddings=2048,
    )
    lora = LoraConfig(r=16, lora_alpha=16, lora_dropout=0.05, target_modules=["q_proj", "k_proj", "v_proj"])
    return get_peft_model(LlamaForCausalLM(config).to(dtype), lora).train()


def step_of(model, tokens):
    ids = torch.randint(3, 32000, (1, tokens))

    def step():
        started = time.perf_counter()
        model(input_ids=ids, labels=ids).loss.backward()
        return time.perf_counter() - started

    return step


def tokens_per_second(dtype, rounds, tokens=512, layers_of_model=26):
    steps = [step_of(model_of(layers, dtype), tokens) for layers in (1, 2)]
    best = [float("inf"), float("inf")]
    for turn in range(rounds + 1):
        for index, step in enumerate(steps):
            seconds = step()
            if turn > 0:
                best[index] = min(best[index], seconds)
    whole = best[0] + (layers_of_model - 1) * (best[1] - best[0])
    return {"secondsOneLayer": best[0], "secondsTwoLayers": best[1], "tokensPerSecond26Layers": tokens / whole}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--json")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    report = {
        "benchmark": "pytorch",
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "machine": {"cpu": processor(), "threads": options.threads, "python": platform.python_version()},
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__},
        "figures": {
            "matmulGigaflopsPerSecond": gigaflops(options.rounds + 1),
            "step": {
                name: tokens_per_second(dtype, options.rounds)
                for name, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16))
            },
        },
    }
    text = json.dumps(report, indent=2)
    if options.json is None:
        print(text)
    else:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(text + "\n")


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
