"""Serves a small model with llama.cpp; run by a Python that has xllamacpp.

`python llamacpp_server.py PORT TEMPLATE WEIGHTS`: says `ready` when it serves, and ends with its standard input.
One thread that does not poll: more of them than free cores bring everything to a halt.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

port, template = int(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
xllamacpp: Any = importlib.import_module("xllamacpp")
params = xllamacpp.CommonParams()
params.model.path = sys.argv[3]
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
