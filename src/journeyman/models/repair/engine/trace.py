"""Records what a test does in the repository's own code: lines, types of names, calls."""

from __future__ import annotations

import pickle
import sys
import threading
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from journeyman.models.repair.engine.describe import is_a
from journeyman.models.repair.engine.layout import is_test_path
from journeyman.models.repair.engine.tree import OUTSIDE

if TYPE_CHECKING:
    from types import CodeType, FrameType

_SAMPLES = 60
_CALLS = 40
_CALL_BYTES = 40_000

Place = tuple[str, str, int]


@dataclass
class Traced:
    """Of one test: lines run by file, types by function and name, calls made by tests."""

    lines: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    types: dict[Place, dict[str, set[str]]] = field(
        default_factory=dict[Place, dict[str, set[str]]]
    )
    calls: list[tuple[Place, bytes]] = field(default_factory=list[tuple[Place, bytes]])


class Tracer:
    """A context in which the interpreter reports to it."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/") + "/"
        self._traced = Traced()
        self._places: dict[CodeType, Place | None] = {}
        self._samples: dict[CodeType, int] = {}
        self._calls: dict[CodeType, int] = {}

    def found(self) -> Traced:
        """What was recorded."""
        return self._traced

    def __enter__(self) -> None:
        threading.settrace(self._on_call)
        sys.settrace(self._on_call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _place(self, code: CodeType) -> Place | None:
        if code not in self._places:
            path = code.co_filename
            inside = path.startswith(self._root)
            path = path[len(self._root) :] if inside else ""
            if not path or is_test_path(path) or OUTSIDE & set(PurePath(path).parts):
                self._places[code] = None
            else:
                self._places[code] = (path, code.co_name, code.co_firstlineno)
        return self._places[code]

    def _on_call(self, frame: FrameType, _event: str, _arg: object) -> Any:
        code = frame.f_code
        place = self._place(code)
        if place is None:
            return None
        lines = self._traced.lines.setdefault(place[0], set())
        lines.add(frame.f_lineno)
        self._keep_call(frame, place)

        def on_event(frame: FrameType, event: str, value: object) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            count = self._samples.get(code, 0)
            if count < _SAMPLES or (count < _SAMPLES * 50 and not count % 50):
                self._keep_types(place, frame.f_locals)
                if event == "return" and value is not None:
                    self._keep_types(place, {"<return>": value})
            self._samples[code] = count + 1
            return on_event

        return on_event

    def _keep_types(self, place: Place, values: dict[str, Any]) -> None:
        types = self._traced.types.setdefault(place, {})
        for name, value in values.items():
            kind = kind_of(value)
            types.setdefault(name, set()).add(kind)
            for label, part in parts_of(value):
                types.setdefault(name + label, set()).add(kind_of(part))

    def _keep_call(self, frame: FrameType, place: Place) -> None:
        code = frame.f_code
        caller = frame.f_back
        if caller is None or self._calls.get(code, 0) >= _CALLS or place[1].startswith("<"):
            return
        if self._place(caller.f_code) is not None:
            return
        self._calls[code] = self._calls.get(code, 0) + 1
        count = code.co_argcount + code.co_kwonlyargcount
        names = code.co_varnames[:count]
        if code.co_flags & 0x0C:  # *args or **kwargs
            return
        try:
            data = pickle.dumps({name: frame.f_locals[name] for name in names})
        except Exception:
            return
        if len(data) <= _CALL_BYTES:
            self._traced.calls.append((place, data))


def kind_of(value: object) -> str:
    """A short name of a value's kind."""
    if value is None:
        return "None"
    if callable(value):
        return "callable"
    return type(value).__name__


def parts_of(value: Any) -> list[tuple[str, object]]:
    """A few parts of a value with the text that leads to them: elements and attributes."""
    kind = type(value).__name__
    if kind in {"list", "tuple", "str", "deque"}:
        return [("[]", value[0]), ("[]", value[-1])] if value else []
    if kind in {"dict", "defaultdict", "Counter", "set", "frozenset"}:
        keys = [("{}", key) for key in list(value)[:3]]
        return keys + [("[]", value[key]) for _, key in keys] if kind[-3:] != "set" else keys
    own: Any = getattr(value, "__dict__", None)
    if is_a(own, dict) and not callable(value):
        return [(f".{name}", part) for name, part in list(own.items())[:16]]
    return []
