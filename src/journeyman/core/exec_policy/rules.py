"""The user's rules about commands, and which of them match a command.

Reading them is left to `rules_text`, what a match leads to to `verdict`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from journeyman.core.exec_policy.script import Words

Decision = Literal["allow", "prompt", "forbidden"]
STRICTNESS: dict[Decision, int] = {"allow": 0, "prompt": 1, "forbidden": 2}


class RulesError(Exception):
    """A rules file cannot be used; the message says file, line and what is wrong."""


class PrefixRule(msgspec.Struct, frozen=True):
    """Decides on commands whose first words are `pattern`; each entry lists the words allowed there."""

    pattern: tuple[tuple[str, ...], ...]
    decision: Decision = "allow"
    justification: str | None = None

    def matches(self, texts: Sequence[str]) -> bool:
        """Whether these words begin with the pattern."""
        return len(texts) >= len(self.pattern) and all(
            text in choices for text, choices in zip(texts, self.pattern, strict=False)
        )

    def may_match(self, words: Words) -> bool:
        """Whether the command could begin with the pattern, whatever its unknown words become."""
        certain = min(words.known, len(self.pattern))
        if any(words.texts[at] not in self.pattern[at] for at in range(certain)):
            return False
        return certain == len(self.pattern) or not words.literal or self.matches(words.texts)


class Match(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A rule that applies. `resolved_program` is the path whose last component the rule names."""

    matched_prefix: tuple[str, ...]
    decision: Decision
    resolved_program: str | None = None
    justification: str | None = None


class Rules(msgspec.Struct, frozen=True):
    """All rules of all files, by the program they begin with and in the order of the files.

    `executables` limits which paths may stand for a program's name. `hosts` decide on a host and a protocol, http or
    https, that a sandboxed command wants; they are no rules about commands.
    """

    by_program: Mapping[str, tuple[PrefixRule, ...]] = {}
    executables: Mapping[str, tuple[str, ...]] = {}
    hosts: Mapping[tuple[str, str], Decision] = {}

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return bool(self.by_program)

    def matches(self, texts: Sequence[str], *, resolve: bool = False) -> list[Match]:
        """The rules that apply to a command given as words.

        With `resolve`, an absolute path that no rule names may match a rule for its last component.
        """
        exact = self._exact(texts, None)
        if exact or not resolve or not texts or not texts[0].startswith("/"):
            return exact
        program = texts[0].rpartition("/")[2]
        paths = self.executables.get(program)
        if paths is not None and texts[0] not in paths:
            return []
        return self._exact((program, *texts[1:]), texts[0])

    def _exact(self, texts: Sequence[str], resolved: str | None) -> list[Match]:
        rules = self.by_program.get(texts[0], ()) if texts else ()
        return [_match(rule, texts, resolved) for rule in rules if rule.matches(texts)]

    def restrictions(self, words: Words) -> list[Match]:
        """The prompt and forbidden rules that could apply, by any path to the program."""
        if not words.known:
            return [
                _match(rule, words.texts, None)
                for rules in self.by_program.values()
                for rule in rules
                if rule.decision != "allow"
            ]
        readings = [words]
        if "/" in words.texts[0]:
            readings.append(Words((words.program, *words.texts[1:]), words.known))
        return [
            _match(rule, reading.texts, None)
            for reading in readings
            for rule in self.by_program.get(reading.texts[0], ())
            if rule.decision != "allow" and rule.may_match(reading)
        ]


def rules_of(
    prefixes: Iterable[PrefixRule],
    executables: Mapping[str, tuple[str, ...]],
    hosts: Mapping[tuple[str, str], Decision] | None = None,
) -> Rules:
    """Rules made from their parts."""
    by_program: dict[str, tuple[PrefixRule, ...]] = {}
    for rule in prefixes:
        for program in dict.fromkeys(rule.pattern[0]):
            by_program[program] = (*by_program.get(program, ()), rule)
    return Rules(by_program, executables, hosts or {})


def _match(rule: PrefixRule, texts: Sequence[str], resolved: str | None) -> Match:
    return Match(
        tuple(texts[: len(rule.pattern)]),
        rule.decision,
        resolved_program=resolved,
        justification=rule.justification,
    )


def strictest(matches: Iterable[Match]) -> Decision | None:
    """The decision that wins; None when nothing matched."""
    return max(
        (match.decision for match in matches),
        key=lambda decision: STRICTNESS[decision],
        default=None,
    )


def check_command(rules: Rules, words: Sequence[str], *, resolve: bool = False) -> dict[str, Any]:
    """What `execpolicy check` prints, as plain JSON values."""
    found = rules.matches(words, resolve=resolve)
    answer: dict[str, Any] = {
        "matchedRules": [{"prefixRuleMatch": _as_json(match)} for match in found]
    }
    decision = strictest(found)
    if decision is not None:
        answer["decision"] = decision
    return answer


def _as_json(match: Match) -> dict[str, Any]:
    return {**msgspec.to_builtins(match), "matchedPrefix": list(match.matched_prefix)}
