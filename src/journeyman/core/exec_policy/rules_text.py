"""The text of `.rules` files: read without executing it, with each rule's own examples checked.

Owns the format: calls of `prefix_rule`, `host_executable` and `network_rule` with literal arguments, a subset of
Starlark.
Invariant: a file is used whole or not at all.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, cast

import msgspec

from journeyman.core.exec_policy.rules import (
    STRICTNESS,
    Decision,
    PrefixRule,
    Rules,
    RulesError,
    rules_of,
)

_PARAMETERS = {
    "prefix_rule": ("pattern", "decision", "match", "not_match", "justification"),
    "host_executable": ("name", "paths"),
    "network_rule": ("host", "protocol", "decision", "justification"),
}
_HOST_DECISIONS: dict[str, Decision] = {
    "allow": "allow",
    "prompt": "prompt",
    "deny": "forbidden",
    "forbidden": "forbidden",
}


def parse_rules(files: Iterable[tuple[str, str]]) -> Rules:
    """The rules of files given as (name for messages, text), in order.

    A later `host_executable` replaces an earlier one of the same name.

    Raises:
        RulesError: a file is not understood, or an example contradicts its rule.
    """
    prefixes: list[PrefixRule] = []
    executables: dict[str, tuple[str, ...]] = {}
    hosts: dict[tuple[str, str], Decision] = {}
    examples: list[_Examples] = []
    for name, text in files:
        for call in _calls(name, text):
            if call.function == "host_executable":
                program, paths = _executable(call)
                executables[program] = paths
                continue
            if call.function == "network_rule":
                key, decision = _network_rule(call)
                hosts[key] = max(decision, hosts.get(key, decision), key=STRICTNESS.__getitem__)
                continue
            rule = _prefix_rule(call)
            prefixes.append(rule)
            examples.append(_Examples(call, rule))
    for example in examples:
        example.check(executables)
    return rules_of(prefixes, executables, hosts)


class _Call(msgspec.Struct, frozen=True):
    """One call in a file, its arguments by name."""

    file: str
    line: int
    function: str
    arguments: dict[str, Any]

    def error(self, what: str) -> RulesError:
        return RulesError(f"{self.file}:{self.line}: {what}")

    def text(self, name: str) -> str | None:
        value = self.arguments.get(name)
        if value is None and name not in self.arguments:
            return None
        if not isinstance(value, str):
            raise self.error(f"{name} must be a text")
        return value

    def entries(self, name: str) -> list[Any]:
        """The value of a list argument; empty when it is not given."""
        value: object = self.arguments.get(name, [])
        if not isinstance(value, list):
            raise self.error(f"{name} must be a list")
        return cast("list[Any]", value)


def _calls(file: str, text: str) -> Iterable[_Call]:
    try:
        module = ast.parse(text, filename=file)
    except SyntaxError as error:
        raise RulesError(f"{file}:{error.lineno or 1}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise RulesError(f"{file}:1: this is not a rules file: {error}") from error
    for statement in module.body:
        if isinstance(statement, ast.Pass):
            continue
        value = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            continue
        if not isinstance(value, ast.Call):
            raise RulesError(
                f"{file}:{statement.lineno}: only calls of prefix_rule, host_executable and network_rule "
                "with literal arguments may stand in a rules file"
            )
        yield _call(file, value)


def _call(file: str, node: ast.Call) -> _Call:
    function = node.func.id if isinstance(node.func, ast.Name) else ""
    call = _Call(file, node.lineno, function, {})
    parameters = _PARAMETERS.get(function)
    if parameters is None:
        raise call.error(
            f"there is no function {ast.unparse(node.func)}; use prefix_rule, host_executable or network_rule"
        )
    if len(node.args) > len(parameters):
        raise call.error(f"{function} takes at most {len(parameters)} arguments")
    given = [*zip(parameters, node.args, strict=False), *((k.arg, k.value) for k in node.keywords)]
    for name, argument in given:
        if name is None or name not in parameters:
            raise call.error(f"{function} has no argument {name}; it has {', '.join(parameters)}")
        if name in call.arguments:
            raise call.error(f"{name} is given twice")
        try:
            call.arguments[name] = ast.literal_eval(argument)
        except (ValueError, RecursionError, MemoryError):
            raise call.error(f"{name} must be literal: texts and lists of texts") from None
    return call


def _prefix_rule(call: _Call) -> PrefixRule:
    if "pattern" not in call.arguments:
        raise call.error("prefix_rule needs a pattern")
    pattern = tuple(_choices(call, entry) for entry in call.entries("pattern"))
    if not pattern:
        raise call.error("pattern must not be empty")
    decision = call.text("decision")
    if decision is None:
        decision = "allow"
    if decision not in STRICTNESS:
        raise call.error(f"decision is {decision!r}; use allow, prompt or forbidden")
    justification = call.text("justification")
    if justification is not None and not justification.strip():
        raise call.error("justification must not be empty")
    return PrefixRule(pattern, decision, justification)


def _choices(call: _Call, entry: object) -> tuple[str, ...]:
    """The words that an entry of a pattern allows."""
    choices = [entry] if isinstance(entry, str) else entry
    words = _texts(choices)
    if not words:
        raise call.error("an entry of pattern must be a text or a list of texts that is not empty")
    return words


def _texts(value: object) -> tuple[str, ...]:
    """A list of texts as a tuple; empty when it is anything else."""
    try:
        return tuple(msgspec.convert(value, list[str]))
    except msgspec.ValidationError:
        return ()


def _network_rule(call: _Call) -> tuple[tuple[str, str], Decision]:
    host, protocol = call.text("host"), call.text("protocol")
    if not host or any(sign in host for sign in "/*@ "):
        raise call.error("host must be the exact name of a host, such as pypi.org")
    if protocol not in {"http", "https"}:
        raise call.error("protocol must be http or https")
    decision = _HOST_DECISIONS.get(call.text("decision") or "")
    if decision is None:
        raise call.error("decision must be allow, prompt or deny")
    return (host.lower().rstrip("."), protocol), decision


def _executable(call: _Call) -> tuple[str, tuple[str, ...]]:
    name = call.text("name")
    if not name or "/" in name:
        raise call.error("name must be the bare name of a program, such as git")
    if "paths" not in call.arguments:
        raise call.error("host_executable needs paths")
    entries = call.entries("paths")
    paths = _texts(entries)
    for path in paths:
        if not path.startswith("/") or PurePosixPath(path).name != name:
            raise call.error(f"path {path} must be absolute and end in /{name}")
    if len(paths) != len(entries):
        raise call.error("paths must be a list of texts")
    return name, paths


class _Examples(msgspec.Struct, frozen=True):
    """The examples that a rule carries; they hold for that rule alone."""

    call: _Call
    rule: PrefixRule

    def check(self, executables: Mapping[str, tuple[str, ...]]) -> None:
        """Raise `RulesError` when an example contradicts the rule."""
        alone = rules_of((self.rule,), executables)
        for argument, wanted in (("match", True), ("not_match", False)):
            for example in self.call.entries(argument):
                words = self._words(argument, example)
                if bool(alone.matches(words, resolve=True)) is not wanted:
                    verb = "does not match" if wanted else "matches"
                    raise self.call.error(f"the {argument} example `{shlex.join(words)}` {verb}")

    def _words(self, argument: str, example: object) -> tuple[str, ...]:
        if isinstance(example, str):
            try:
                words = tuple(shlex.split(example, comments=True))
            except ValueError as error:
                raise self.call.error(f"the {argument} example {example!r}: {error}") from None
        else:
            words = _texts(example)
        if not words:
            raise self.call.error(
                f"an example in {argument} must be a command: a text or a list of texts"
            )
        return words
