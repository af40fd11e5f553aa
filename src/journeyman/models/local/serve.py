"""Serves a small model with llama.cpp, for the process that started it and nobody else.

Self-contained, run as `python -I serve.py WEIGHTS`. Its first line of input is the key that requests must bring;
it says one line, `local-model: ready ADDRESS` or `local-model: missing WHAT`, and ends with its input.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

# What the model was made for; more costs memory and brings nothing.
_CONTEXT_TOKENS = 8192
# Small models like to go on for ever.
_MAX_ANSWER_TOKENS = 1024


def main() -> None:
    """Serve until the input ends."""
    key, weights = sys.stdin.readline().strip(), Path(sys.argv[1])
    if importlib.util.find_spec("xllamacpp") is None:
        _say("missing server")
        return
    if not weights.is_file():
        _say("missing weights")
        return
    server = _start(weights, key)
    _say(f"ready {server.listening_address}")
    sys.stdin.read()


def _start(weights: Path, key: str) -> Any:
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = False
    params.offline = True
    params.use_jinja = True
    params.n_ctx = _CONTEXT_TOKENS
    params.n_predict = _MAX_ANSWER_TOKENS
    params.n_parallel = 1
    params.verbosity = 0
    # More compute threads than free cores, and threads that poll, bring everything to a halt.
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    return xllamacpp.Server(params)


def _say(text: str) -> None:
    sys.stdout.write(f"local-model: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
