"""Writes torch-state.bin and torch-state.json beside this script. Made with torch 1.13: /usr/bin/python3 make-torch-fixture.py"""
import json
import os
from collections import OrderedDict

import torch

here = os.path.dirname(os.path.abspath(__file__))
base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8 - 1
state = OrderedDict()
state["plain"] = base
state["transposed"] = base.t()
state["row"] = base[2]
state["columns"] = base[:, 1:4]
state["half"] = torch.tensor([1.5, -2.25, 65504.0, 6e-8], dtype=torch.float16)
state["bfloat"] = torch.tensor([[1.0, -3.140625], [1e30, 0.0]], dtype=torch.bfloat16)
state["scalar"] = torch.tensor(7.0)
state["empty"] = torch.zeros(0, 3)
state["parameter"] = torch.nn.Parameter(torch.tensor([0.5, 0.25]))
state._metadata = OrderedDict(version=1)
torch.save(state, os.path.join(here, "torch-state.bin"))
expected = {
    name: {"shape": list(t.shape), "dtype": str(t.dtype).replace("torch.", ""), "values": t.detach().float().reshape(-1).tolist()}
    for name, t in state.items()
}
with open(os.path.join(here, "torch-state.json"), "w") as f:
    json.dump(expected, f, indent=1)
