# ruff: noqa: PTH101, PTH102, PTH105, PTH106, PTH108, PTH112, PTH118, PTH120, PTH123, PTH208, PTH211, T201 -- paths are bytes, for which pathlib has no place; what it prints is its answer
"""Does the part of a restore that git has no commands for, inside the sandbox: `worker.py ROOT RUN LIST`.

Self-contained. The list is JSON lines `[verb, path, ...]`, paths as latin-1 and relative to the root; new
content waits in RUN. Every verb may be repeated: a killed restore is done again from its start.
"""

import contextlib
import json
import os
import shutil
import stat
import sys

_SUFFIX = b".journeyman-new"


def main(arguments: list[str]) -> int:
    """Do what the list says; return 1 with a line of text at the first that cannot be done."""
    root, run, name = arguments
    os.chdir(root)
    with open(os.path.join(run, name), encoding="ascii") as file:
        for line in file:
            verb, path, *rest = json.loads(line)
            try:
                _VERBS[verb](path.encode("latin-1"), run, *rest)
            except OSError as error:
                print(f"{verb} {path!r}: {error.strerror}")
                return 1
    return 0


def _mode(path: bytes) -> int:
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _make_parents(path: bytes) -> None:
    """Make every directory above real: what stands in the way came later."""
    for directory in _directories_above(path):
        _make_directory(directory)


def _directories_above(path: bytes) -> list[bytes]:
    """Every directory that the path is in, from the top."""
    parts = path.split(b"/")[:-1]
    return [b"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]


def _make_directory(path: bytes) -> None:
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        return
    if mode:
        os.unlink(path)
    os.mkdir(path)


def _remove(path: bytes, _run: str) -> None:
    mode = _mode(path)
    if not mode or stat.S_ISDIR(mode):
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    with contextlib.suppress(OSError):
        while path := os.path.dirname(path):
            os.rmdir(path)


def _remove_tree(path: bytes, run: str) -> None:
    if stat.S_ISDIR(_mode(path)):
        shutil.rmtree(path)
    else:
        _remove(path, run)


def _leave_directory(path: bytes, _run: str, mode: int) -> None:
    """Remove a directory that came later; one that has files was there, with the usual permissions."""
    if not stat.S_ISDIR(_mode(path)):
        return
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return
    except OSError:
        os.chmod(path, mode)


def _directory(path: bytes, _run: str, mode: int) -> None:
    _make_parents(path)
    _make_directory(path)
    os.chmod(path, mode)


def _file(path: bytes, run: str, content: str, mode: int) -> None:
    _make_parents(path)
    if stat.S_ISDIR(_mode(path)):
        shutil.rmtree(path)
    temporary = path + _SUFFIX
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    source = os.path.join(os.fsencode(run), content.encode())
    if stat.S_ISLNK(mode):
        with open(source, "rb") as file:
            os.symlink(file.read(), temporary)
    else:
        shutil.copyfile(source, temporary)
        os.chmod(temporary, stat.S_IMODE(mode))
    os.replace(temporary, path)


def _permissions(path: bytes, _run: str, mode: int | None, umask: int) -> None:
    """Set the permissions; None are the usual ones of a file that is executable or not."""
    now = _mode(path)
    if not stat.S_ISREG(now):
        return
    if mode is None:
        mode = (0o777 if now & stat.S_IXUSR else 0o666) & ~umask
    if stat.S_IMODE(now) != mode:
        os.chmod(path, mode)


def _objects(path: bytes, _run: str, kept: str) -> None:
    """Bring back the objects that are missing."""
    _make_parents(path + b"/pack")
    _make_directory(path + b"/pack")
    source = os.fsencode(kept)
    for name in os.listdir(source) if os.path.isdir(source) else []:
        directory = path + b"/" + name
        _make_directory(directory)
        for file in os.listdir(os.path.join(source, name)):
            target = directory + b"/" + file
            if not file.startswith(b".") and not _mode(target):
                shutil.copyfile(os.path.join(source, name, file), target + _SUFFIX)
                os.chmod(target + _SUFFIX, 0o444)
                os.replace(target + _SUFFIX, target)


def _open_up(path: bytes, _run: str) -> None:
    """Let the owner read the file, or the directory and all below it."""
    for above in _directories_above(path):
        mode = _mode(above)
        if ~mode & stat.S_IRWXU and stat.S_ISDIR(mode):
            os.chmod(above, stat.S_IMODE(mode) | stat.S_IRWXU)
    mode = _mode(path)
    if stat.S_ISREG(mode):
        os.chmod(path, stat.S_IMODE(mode) | stat.S_IRUSR | stat.S_IWUSR)
    elif stat.S_ISDIR(mode):
        os.chmod(path, stat.S_IMODE(mode) | stat.S_IRWXU)
        for name in os.listdir(path):
            _open_up(path + b"/" + name, _run)


_VERBS = {
    "open_up": _open_up,
    "remove": _remove,
    "remove_tree": _remove_tree,
    "leave_directory": _leave_directory,
    "directory": _directory,
    "file": _file,
    "permissions": _permissions,
    "objects": _objects,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
