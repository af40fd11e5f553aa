"""Commands known to only read, so that nobody is asked about them. It decides asking, never confinement.

Each program is here with the options by which it would run or write something. What is not here is not
known. Options count also by the unique prefixes that programs accept (`--outp=x`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from journeyman.core.exec_policy.script import Part, Script, Words

_DIRECTORIES = frozenset({"", "/bin/", "/usr/bin/"})


class _Risks(msgspec.Struct, frozen=True):
    """Options that make a program do more than read; `short` as letters, `long` with both dashes."""

    short: str = ""
    long: tuple[str, ...] = ()

    def in_words(self, words: Sequence[str]) -> bool:
        """Whether any word is or may be one of them; words after `--` are operands."""
        for word in words:
            if word == "--":
                return False
            if word.startswith("--"):
                name = word.partition("=")[0]
                if any(option.startswith(name) for option in self.long):
                    return True
            elif word.startswith("-") and set(word[1:]) & set(self.short):
                return True
        return False


_SAFE = _Risks()
_PROGRAMS = {
    **dict.fromkeys(
        (
            "arch", "basename", "cat", "cd", "cksum", "cmp", "comm", "cut", "df", "dirname", "du",
            "echo", "egrep", "expand", "expr", "false", "fgrep", "fmt", "fold", "free", "getconf",
            "grep", "groups", "head", "hexdump", "id", "join", "jq", "locale", "ls", "lscpu", "md5sum",
            "nl", "nproc", "numfmt", "od", "paste", "pgrep", "ps", "pwd", "readlink", "realpath",
            "rev", "seq", "sha1sum", "sha256sum", "sha512sum", "sleep", "stat", "strings", "tac",
            "tail", "tr", "true", "tty", "type", "uname", "uptime", "wc", "which", "whoami",
        ),
        _SAFE,
    ),
    "base64": _Risks("o", ("--output",)),
    "column": _SAFE,
    "diff": _Risks("l", ("--paginate",)),
    "file": _Risks("CzZ", ("--compile", "--uncompress", "--uncompress-noreport")),
    "rg": _Risks("z", ("--pre", "--hostname-bin", "--search-zip")),
    "sort": _Risks("oT", ("--output", "--compress-program", "--temporary-directory")),
    "tree": _Risks("oR", ("--output",)),
}  # fmt: skip
_GIT_RISKS = _Risks(
    "O",
    (
        "--output",
        "--ext-diff",
        "--textconv",
        "--filters",
        "--exec",
        "--open-files-in-pager",
        "--upload-pack",
    ),
)
_GIT_READS = frozenset(
    {
        "blame", "cat-file", "check-ignore", "count-objects", "describe", "diff", "diff-tree",
        "for-each-ref", "grep", "log", "ls-files", "ls-tree", "merge-base", "name-rev", "rev-list",
        "rev-parse", "shortlog", "show", "show-ref", "status", "version",
    }
)  # fmt: skip
# Forms in which these only list; all their words are given.
_GIT_LISTS = {
    "branch": frozenset(
        {
            "-a",
            "--all",
            "-r",
            "--remotes",
            "-v",
            "-vv",
            "--verbose",
            "--list",
            "-l",
            "--show-current",
        }
    ),
    "remote": frozenset({"-v", "--verbose"}),
    "tag": frozenset({"-l", "--list"}),
}
_GIT_FIRST_OPERANDS = {"stash": "list", "worktree": "list", "reflog": "show"}
_GIT_NEUTRAL = frozenset({"--no-pager", "-P", "--no-optional-locks"})
_FIND_RISKS = ("exec", "ok", "delete", "fls", "fprint")
_SED_PRINTS = re.compile(r"(?:\d+|\$)(?:,(?:\d+|\$))?p")
_DATE_READS = re.compile(r"\+.*|-u|-R|-I\w*|--utc|--iso-8601(?:=\w+)?|--rfc-3339=\w+", re.DOTALL)
_TELLS_VERSION = frozenset(
    {
        "cargo", "clang", "cmake", "docker", "gcc", "git", "go", "java", "make", "node", "npm", "pip",
        "pip3", "pnpm", "pytest", "python", "python3", "ruby", "ruff", "rustc", "uv", "yarn",
    }
)  # fmt: skip


def is_harmless(script: Script) -> bool:
    """Whether the script does nothing but run programs that only read."""
    if script.obstacle or not script.parts:
        return False
    programs = {part.words.program for part in script.parts}
    # another directory may hold a repository whose configuration runs programs
    if {"cd", "git"} <= programs:
        return False
    return all(is_harmless_part(part) for part in script.parts)


def is_harmless_part(part: Part) -> bool:
    """Whether this program with these words only reads."""
    if part.opaque or not all(_in_usual_place(words) for words in part.readings):
        return False
    program, rest = part.words.program, part.words.texts[1:]
    if rest in {("--version",), ("version",)} and program in _TELLS_VERSION:
        return True
    special = _SPECIAL.get(program)
    if special:
        return special(rest)
    risks = _PROGRAMS.get(program)
    return risks is not None and not risks.in_words(rest)


def _in_usual_place(words: Words) -> bool:
    """Literal words of a program that is not some file of the same name (`./ls`)."""
    if not words.literal or not words.texts:
        return False
    return words.texts[0].removesuffix(words.program) in _DIRECTORIES


def _git_reads(words: Sequence[str]) -> bool:
    at = 0
    while at < len(words) and words[at] in _GIT_NEUTRAL:
        at += 1
    if at >= len(words):
        return False
    subcommand, rest = words[at], words[at + 1 :]
    if subcommand in _GIT_LISTS:
        return set(rest) <= _GIT_LISTS[subcommand]
    if subcommand in _GIT_FIRST_OPERANDS:
        return rest[:1] == (_GIT_FIRST_OPERANDS[subcommand],) and not _GIT_RISKS.in_words(rest)
    return subcommand in _GIT_READS and not _GIT_RISKS.in_words(rest)


def _find_reads(words: Sequence[str]) -> bool:
    return not any(word.lstrip("-").startswith(_FIND_RISKS) for word in words if word[:1] == "-")


def _sed_prints(words: Sequence[str]) -> bool:
    """Only `sed -n 10,20p FILE...`: every other script of sed may write or execute."""
    if len(words) < 2 or words[0] != "-n" or not _SED_PRINTS.fullmatch(words[1]):
        return False
    return not any(word.startswith("-") for word in words[2:])


def _date_reads(words: Sequence[str]) -> bool:
    return all(_DATE_READS.fullmatch(word) for word in words)


def _printf_prints(words: Sequence[str]) -> bool:
    """Not `-v`, which sets a variable; zsh computes the values of numbers, and so runs `$(...)` there."""
    return words[:1] != ("-v",) and not any(sign in word for word in words for sign in "$`[")


def _uniq_reads(words: Sequence[str]) -> bool:
    """The second operand of uniq is a file that it writes."""
    options = [word for word in words if re.fullmatch(r"-[cdDuiz]+|--count|--repeated", word)]
    operands = [word for word in words if not word.startswith("-")]
    return len(options) + len(operands) == len(words) and len(operands) <= 1


def _command_describes(words: Sequence[str]) -> bool:
    return words[:1] in {("-v",), ("-V",)}


_SPECIAL: dict[str, Callable[[Sequence[str]], bool]] = {
    "git": _git_reads,
    "find": _find_reads,
    "sed": _sed_prints,
    "date": _date_reads,
    "printf": _printf_prints,
    "uniq": _uniq_reads,
    "command": _command_describes,
}
