"""Commands that destroy work or reach beyond it, with the reason to tell.

It decides asking and refusing, never confinement: what is missed here still meets the sandbox. Finding
one is best effort, also in scripts with obstacles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from journeyman.core.exec_policy.script import Part, Script, Words


class Danger(msgspec.Struct, frozen=True):
    """`reason` completes "this ..."; `bounded` ones cannot do harm from within the sandbox."""

    reason: str
    bounded: bool


_BY_FORCE = "removes files by force; rm -f style commands are not permitted unasked"
_FORCED_REMOVAL = Danger(_BY_FORCE, bounded=False)
_REBUILT_REMOVAL = Danger(_BY_FORCE, bounded=True)
_WIDE_REMOVAL = Danger("removes whole folders that hold more than this work", bounded=False)
_FORK_BOMB = Danger("starts processes without end (a fork bomb)", bounded=False)
_DEVICE = Danger("writes to a device", bounded=False)
_OTHER_USER = Danger("runs as another user", bounded=True)
_DOWNLOAD = Danger("runs what it downloads", bounded=True)
_STARTUP = Danger("writes files that run programs later or grant access", bounded=True)
_DISK = Danger("destroys disks or file systems", bounded=False)
_MACHINE = Danger("stops the machine", bounded=False)
_OUTSIDE = Danger("changes something outside this machine that cannot be taken back", bounded=True)
_REMOTE = Danger("rewrites or deletes branches of a remote", bounded=True)
_UNTRACKED = Danger("removes files that git does not know", bounded=False)
_DISCARDS = Danger("discards work that git does not keep", bounded=True)

_PROGRAMS = {
    **dict.fromkeys(
        ("mkfs", "wipefs", "mkswap", "fdisk", "sfdisk", "cfdisk", "parted", "shred", "blkdiscard"), _DISK
    ),
    **dict.fromkeys(("shutdown", "reboot", "halt", "poweroff"), _MACHINE),
}  # fmt: skip
_OUTSIDE_COMMANDS = (
    ("kubectl", "delete"),
    ("terraform", "destroy"),
    ("docker", "system", "prune"),
    ("docker", "volume", "rm"),
    ("gh", "repo", "delete"),
    ("npm", "publish"),
    ("pnpm", "publish"),
    ("yarn", "publish"),
    ("cargo", "publish"),
    ("twine", "upload"),
    ("uv", "publish"),
    ("poetry", "publish"),
    ("aws", "s3", "rm"),
    ("systemctl", "poweroff"),
    ("systemctl", "reboot"),
)
_ROOT_PROGRAMS = frozenset({"sudo", "doas", "su", "pkexec"})
_FETCHERS = frozenset({"curl", "wget", "fetch"})
_READERS = frozenset(
    {"sh", "bash", "zsh", "dash", "ksh", "eval", "source", ".", "python", "python3"}
)
_FORK_BOMB_TEXT = re.compile(r"([\w:.]+)\s*\(\)\s*\{[^}]*\1\s*\|\s*\1\s*&")
_DEVICE_PATH = re.compile(r"/dev/(?!null$|zero$|full$|tty$|std(in|out|err)$|fd/|shm/|tcp/|udp/)\w")
_STARTUP_PATH = re.compile(
    r"(^|/)\.(bashrc|bash_profile|profile|zshrc|zshenv|zprofile|ssh/|gitconfig|config/autostart/)"
    r"|^/etc/|(^|/)\.git/(hooks/|config$)|crontab"
)
# What a build, a test run or an installer makes again: removing it loses nothing.
_REBUILT = frozenset(
    {
        ".cache", ".coverage", ".eggs", ".gradle", ".mypy_cache", ".next", ".nox", ".nuxt",
        ".parcel-cache", ".pytest_cache", ".ruff_cache", ".svelte-kit", ".tox", ".turbo", ".venv",
        "CMakeCache.txt", "CMakeFiles", "__pycache__", "_build", "build", "coverage", "dist",
        "htmlcov", "node_modules", "out", "target", "venv",
    }
)  # fmt: skip
_REBUILT_ENDINGS = (".egg-info", ".pyc", ".pyo", ".o", ".tsbuildinfo")
_WIDE = re.compile(r"(/|~|\.{1,2}|\*|\$\{?(HOME|PWD)\}?)?/?(\*|\.\*)?|/[^/]+/?\*?|~/?.*")
_FIND_NARROWS = (
    "-name",
    "-iname",
    "-path",
    "-regex",
    "-mtime",
    "-mmin",
    "-empty",
    "-newer",
    "-size",
)


def find_danger(script: Script, text: str) -> Danger | None:
    """The worst danger of a script: one that the sandbox does not bound, else the first."""
    found: Danger | None = _FORK_BOMB if _FORK_BOMB_TEXT.search(text) else None
    dangers = [found, *(danger_of(part) for part in script.parts)]
    dangers += [_of_target(path) for path in script.writes]
    dangers.append(_of_download(script))
    present = [danger for danger in dangers if danger]
    return next((danger for danger in present if not danger.bounded), next(iter(present), None))


def danger_of(part: Part) -> Danger | None:
    """What is dangerous about one program with its words, and about what it runs under."""
    program, rest = part.words.program, part.words.texts[1:]
    special = _SPECIAL.get(program)
    if program == "rm":
        own = _of_rm(part, rest)
    elif special:
        own = special(rest)
    else:
        own = _PROGRAMS.get(program.partition(".")[0]) or _of_outside(part.words)
    if own and not own.bounded:
        return own
    if any(words.program in _ROOT_PROGRAMS for words in part.readings):
        return _OTHER_USER
    return own


class _Options(msgspec.Struct, frozen=True):
    """The options of a command: letters of the short ones, names of the long ones; and its operands."""

    letters: str
    names: tuple[str, ...]
    operands: tuple[str, ...]

    def has(self, letters: str, *names: str) -> bool:
        """Whether one of these is given; long names count by their prefixes, as programs accept them."""
        if set(letters) & set(self.letters):
            return True
        return any(name.startswith(given) for given in self.names for name in names)


def _options(words: Sequence[str]) -> _Options:
    end = words.index("--") if "--" in words else len(words)
    given = [word for word in words[:end] if word.startswith("-") and len(word) > 1]
    letters = "".join(word[1:] for word in given if word[1] != "-")
    names = tuple(word.partition("=")[0] for word in given if word[1] == "-")
    operands = (*(word for word in words[:end] if word not in given), *words[end + 1 :])
    return _Options(letters, names, operands)


def _of_rm(part: Part, words: Sequence[str]) -> Danger | None:
    options = _options(words)
    operands = list(options.operands)
    if options.has("rR", "--recursive") and any(_WIDE.fullmatch(path) for path in operands):
        return _WIDE_REMOVAL
    if not options.has("f", "--force"):
        return None
    finder = next((words.texts for words in part.around if words.program == "find"), ())
    if operands[:1] == ["{}"] and "-name" in finder[:-1]:
        operands = [finder[finder.index("-name") + 1]]
    rebuilt = bool(operands) and all(_is_rebuilt(path) for path in operands)
    return _REBUILT_REMOVAL if rebuilt else _FORCED_REMOVAL


def _is_rebuilt(path: str) -> bool:
    """Whether the path lies in what is made again, within the working directory or /tmp."""
    steps = path.split("/")
    if ".." in steps or any(sign in path for sign in "$`~{"):
        return False
    if path.startswith("/"):
        return path.startswith("/tmp/") and len(steps) > 2 and steps[2] not in {"", "*"}  # noqa: S108 -- a path that is judged, not used
    return bool(_REBUILT & set(steps)) or path.endswith(_REBUILT_ENDINGS)


def _of_dd(words: Sequence[str]) -> Danger | None:
    targets = [word[3:] for word in words if word.startswith("of=")]
    return _DEVICE if any(_DEVICE_PATH.match(path) for path in targets) else None


def _of_mode_change(words: Sequence[str]) -> Danger | None:
    options = _options(words)
    wide = any(_WIDE.fullmatch(path) for path in options.operands if path not in {".", "./", "*"})
    if wide and options.has("R", "--recursive"):
        return Danger("changes the permissions of whole systems", bounded=False)
    return None


def _of_find(words: Sequence[str]) -> Danger | None:
    if "-delete" not in words or any(word.startswith(_FIND_NARROWS) for word in words):
        return None
    return _WIDE_REMOVAL


def _of_kill(words: Sequence[str]) -> Danger | None:
    everyone = "-1" in words[1:]
    return Danger("ends every process", bounded=True) if everyone else None


def _of_tee(words: Sequence[str]) -> Danger | None:
    return next((danger for danger in map(_of_target, words) if danger), None)


def _of_crontab(words: Sequence[str]) -> Danger | None:
    return None if "-l" in words else _STARTUP


def _of_target(path: str) -> Danger | None:
    """What writing this file does."""
    if _DEVICE_PATH.match(path):
        return _DEVICE
    return _STARTUP if _STARTUP_PATH.search(path) else None


def _of_outside(words: Words) -> Danger | None:
    texts = (words.program, *(text for text in words.texts[1:] if not text.startswith("-")))
    matches = any(texts[: len(command)] == command for command in _OUTSIDE_COMMANDS)
    return _OUTSIDE if matches else None


def _of_download(script: Script) -> Danger | None:
    """A download and a shell that reads its input, or a text that is computed."""
    programs = {part.words.program for part in script.parts}
    starters = {words.program for part in script.parts for words in part.around}
    if not (programs & _FETCHERS) or not ((programs | starters) & _READERS):
        return None
    for part in script.parts:
        for words in part.readings:
            operands = [text for text in words.texts[1:] if not text.startswith("-")]
            if words.program in _READERS and (not operands or not words.literal):
                return _DOWNLOAD
    return None


def _of_git(words: Sequence[str]) -> Danger | None:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in {"-C", "-c", "--git-dir", "--work-tree", "--namespace"} else 1
    subcommand = words[at] if at < len(words) else ""
    options = _options(words[at + 1 :])
    if subcommand == "clean":
        forced = options.has("f", "--force") and not options.has("n", "--dry-run")
        return _UNTRACKED if forced else None
    if subcommand == "push":
        return _REMOTE if _rewrites_remote(options) else None
    check = _GIT_DISCARDS.get(subcommand)
    return _DISCARDS if check and check(options, words[at + 1 :]) else None


def _rewrites_remote(options: _Options) -> bool:
    if any(word.startswith((":", "+")) for word in options.operands):
        return True
    return options.has("fd", "--force", "--force-with-lease", "--delete", "--mirror", "--prune")


def _restores_files(options: _Options, _: Sequence[str]) -> bool:
    return options.has("W", "--worktree") or not options.has("S", "--staged")


_GIT_DISCARDS: dict[str, Callable[[_Options, Sequence[str]], bool]] = {
    "reset": lambda options, _: options.has("", "--hard", "--merge", "--keep"),
    "checkout": lambda options, words: (
        options.has("f", "--force") or "--" in words or "." in options.operands
    ),
    "restore": _restores_files,
    "switch": lambda options, _: options.has("fC", "--force", "--discard-changes"),
    "branch": lambda options, _: (
        options.has("D") or (options.has("d", "--delete") and options.has("f", "--force"))
    ),
    "stash": lambda options, _: options.operands[:1] in {("drop",), ("clear",)},
    "filter-branch": lambda _, __: True,
    "reflog": lambda options, _: options.operands[:1] in {("expire",), ("delete",)},
    "gc": lambda options, _: options.has("", "--prune"),
    "update-ref": lambda options, _: options.has("d"),
    "worktree": lambda options, _: (
        options.operands[:1] == ("remove",) and options.has("f", "--force")
    ),
}
_SPECIAL: dict[str, Callable[[Sequence[str]], Danger | None]] = {
    "dd": _of_dd,
    "chmod": _of_mode_change,
    "chown": _of_mode_change,
    "chgrp": _of_mode_change,
    "find": _of_find,
    "kill": _of_kill,
    "tee": _of_tee,
    "crontab": _of_crontab,
    "git": _of_git,
}
