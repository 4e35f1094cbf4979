"""What LM-Eval-Harness with transformers reaches on this machine, for the numbers of `pnpm bench eval`, which starts it:

    pnpm bench eval --peer /path/to/python    # a Python with lm_eval, torch (CPU) and transformers

Reads a folder that `bench/eval.ts` made: a model, and task files with their rows. Each task is run with every batch size; the fastest run counts. Writes one JSON object to stdout: by task the seconds of the model's calls, and the answers.
"""
import argparse
import json
import logging
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DISABLE_MULTIPROC"] = "1"

import lm_eval
import torch
import transformers
import yaml
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM


def answers(task, model):
    """The instances' answers, and the seconds that the model took for them: by the clock, and of the processor."""
    task.set_fewshot_seed(1234)
    task.build_all_requests()
    started, worked = time.perf_counter(), time.process_time()
    if task.OUTPUT_TYPE == "generate_until":
        given = model.generate_until(task.instances, disable_tqdm=True)
    else:
        given = [score for score, _ in model.loglikelihood(task.instances, disable_tqdm=True)]
    return given, time.perf_counter() - started, time.process_time() - worked


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-sizes", default="8,32")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    torch.set_num_threads(options.threads)
    report = {"versions": {"lm_eval": lm_eval.__version__, "torch": torch.__version__, "transformers": transformers.__version__}}
    tasks = {}
    for name in sorted(os.listdir(options.folder)):
        if not name.endswith(".yaml"):
            continue
        with open(os.path.join(options.folder, name), encoding="utf-8") as file:
            config = yaml.safe_load(file)
        for batch_size in map(int, options.batch_sizes.split(",")):
            model = HFLM(
                pretrained=os.path.join(options.folder, "model"),
                device="cpu",
                dtype="float32",
                batch_size=batch_size,
                add_bos_token=True,
            )
            for _ in range(options.rounds):
                task = ConfigurableTask(config=json.loads(json.dumps(config)))
                given, seconds, cpu_seconds = answers(task, model)
                print(f"{config['task']} batch {batch_size}: {seconds:.1f} s", file=sys.stderr)
                if seconds < tasks.get(config["task"], {"seconds": float("inf")})["seconds"]:
                    tasks[config["task"]] = {
                        "seconds": seconds,
                        "cpuSeconds": cpu_seconds,
                        "batchSize": batch_size,
                        "answers": given,
                    }
    print(json.dumps({**report, "tasks": tasks}))


if __name__ == "__main__":
    main()
