"""`jm sandbox` from the outside: what it confines, its streams and signals, and how it ends."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from pathlib import Path

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Call, Say, Step, patch, run


def test_sandbox_passes_streams_and_the_exit_code_and_writes_nothing_by_default(program: Program):
    done = program.run(
        "sandbox", "bash", "-c", "cat; echo err >&2; touch made || exit 7", stdin=b"in\n"
    )
    assert (done.returncode, done.stdout) == (7, "in\n")
    assert done.stderr == "err\ntouch: cannot touch 'made': Read-only file system\n"


def test_sandbox_writes_where_it_is_asked_to_and_leaves_nothing_else(program: Program):
    other = program.work.parent / "other"
    other.mkdir()
    (program.work / "sub").mkdir()
    script = f"touch made {other}/made; touch .git/x ../outside; ls -A"
    options = ["-s", "workspace-write", "-C", "sub", "--add-dir", str(other)]
    assert program.run("sandbox", *options, "--", "bash", "-c", script).returncode == 0
    here = program.work
    assert [_names(d) for d in (here, here / "sub", other)] == [["sub"], ["made"], ["made"]]


def test_sandbox_follows_the_users_trust_in_the_project(program: Program):
    with program.config.open("a") as config:
        config.write(f'[projects."{program.work}"]\ntrust_level = "trusted"\n')
    assert program.run("sandbox", "touch", "made").returncode == 0
    assert _names(program.work) == ["made"]


def test_sandbox_hides_keys_the_agents_secrets_and_what_is_denied(program: Program):
    (program.home / "auth.json").write_text("secret")
    (program.work / "private").write_text("secret")
    script = f"cat {program.home}/auth.json private; echo key=$MOCK_KEY"
    done = program.run("sandbox", "--deny-read", "private", "--", "bash", "-c", script)
    assert (done.returncode, done.stdout) == (0, "key=\n")


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (
            ["nosuchprogram"],
            127,
            "error: No such file or directory, in nosuchprogram: name a program that can be run\n",
        ),
        (["/"], 126, "error: Permission denied, in /: name a program that can be run\n"),
        (["-C", "no", "true"], 125, "error: WORK/no does not exist, in -C no: name a directory\n"),
        (
            ["--add-dir", ".", "true"],
            125,
            "error: no effect, of --add-dir: add --sandbox workspace-write\n",
        ),
        (
            ["-s", "danger-full-access", "--deny-read", "x", "true"],
            125,
            "error: no effect, of --deny-read: use another mode than danger-full-access\n",
        ),
    ],
)
def test_sandbox_says_why_nothing_ran(program: Program, args: list[str], code: int, told: str):
    done = program.run("sandbox", *args)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", told)


def test_sandbox_opens_the_hosts_it_is_told_and_no_other(program: Program):
    with program.config.open("a") as config:
        config.write('[network]\nallow = ["configured.example"]\ndeny = ["no.example"]\n')
    script = (
        'for host in no.example other.example; do curl -sS http://$host; done; echo "$HTTP_PROXY"'
    )
    done = program.run("sandbox", "--allow-net", "*.example", "--", "bash", "-c", script)
    refused = [line for line in done.stdout.splitlines() if line.startswith("Rule:")]
    assert (done.returncode, refused[0], done.stdout.splitlines()[-1]) == (
        0,
        'Rule: network.deny "no.example".',
        "http://127.0.0.1:3128",
    )


def test_sandbox_denies_what_the_project_and_the_user_say_and_keeps_the_limits(program: Program):
    (program.work / ".journeymanignore").write_text("secret\n")
    for name in ("secret", "a.pem"):
        (program.work / name).write_text("secret\n")
    limits = ["-c", "deny_read=['*.pem']", "-c", "sandbox_limits.output_bytes=6"]
    done = program.run("sandbox", *limits, "--", "bash", "-c", "cat secret a.pem 2> /dev/null; yes")
    assert (done.returncode, done.stdout.splitlines()[:4]) == (137, ["y", "y", "y", ""])


def test_sandbox_runs_nothing_when_confinement_cannot_be_set_up(program: Program):
    (program.work / "elsewhere").mkdir()
    (program.work / ".git").symlink_to("elsewhere")
    done = program.run("sandbox", "-s", "workspace-write", "touch", "made")
    assert (done.returncode, _names(program.work)) == (125, [".git", "elsewhere"])
    assert done.stderr.startswith("error: ")


@pytest.mark.parametrize(("mode", "code"), [("read-only", 3), ("danger-full-access", 130)])
def test_sandbox_lets_an_interrupt_reach_the_command(program: Program, mode: str, code: int):
    script = (
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [2]); print('ready', flush=True);"
        "signal.sigwait([2]); print('caught'); exit(3)"
    )
    process = program.start("sandbox", "-s", mode, "python3", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=50)
    assert (process.returncode, shown) == (code, b"caught\n" if code == 3 else b"")


def test_sandbox_ends_the_whole_tree_when_it_is_terminated(program: Program):
    script = f"setsid sleep 7654323.{os.getpid()} & echo ready; wait"
    process = program.start("sandbox", "bash", "-c", script)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.terminate()
    process.communicate(timeout=50)
    assert process.returncode == 128 + signal.SIGTERM
    assert _running(f"7654323.{os.getpid()}") == b""


@pytest.mark.parametrize("mode", ["read-only", "danger-full-access"])
def test_sandbox_gives_a_terminal_of_its_own_and_puts_ours_back(program: Program, mode: str):
    main, side = pty.openpty()
    before = _settings(side)
    script = (
        "import os, signal; signal.signal(signal.SIGINT, signal.SIG_DFL); print(os.ttyname(0));"
        "print(os.get_terminal_size(0)); signal.pause()"
    )
    words = ["sandbox", "-s", mode, "python3", "-c", script]
    process = program.start(*words, stdin=side, stdout=side, stderr=side)
    shown = b""
    while shown.count(b"\r\n") < 2:
        shown += os.read(main, 1000)
    os.write(main, b"\x03")
    assert process.wait(50) == 128 + signal.SIGINT
    assert _settings(side) == before
    os.close(side)
    os.close(main)


def _settings(terminal: int) -> bytes:
    return subprocess.run(["stty", "-a"], stdin=terminal, capture_output=True, check=True).stdout


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def _running(word: str) -> bytes:
    return subprocess.run(
        ["pgrep", "-f", f"^sleep {word}"], capture_output=True, check=False
    ).stdout


def test_turn_reads_nothing_that_the_project_or_the_user_denies(program: Program):
    (program.work / ".journeymanignore").write_text("secret\n*.png\n")
    png = b"\x89PNG\r\n\x1a\n"
    for name in ("secret", "mine.key", "a.png"):
        (program.work / name).write_bytes(png + b"SECRET\n")
    moved = "*** Begin Patch\n*** Update File: secret\n*** Move to: copy\n@@\n+x\n SECRET\n*** End Patch"
    program.provider.script(
        Step(
            items=[
                run("cat secret mine.key a.png; cp secret copy", "shell"),
                Call("view_image", {"path": "a.png"}, "image"),
                patch(moved, "patch"),
            ]
        ),
        Step(items=[Say("done")]),
    )
    program.exec("-s", "workspace-write", "-c", "deny_read=['*.key']", "go")
    told = str([item["output"] for item in program.asked()["input"] if "output" in item])
    assert "SECRET" not in told
    assert (told.count("Permission denied"), told.count("may not be read")) == (4, 2)
    assert not (program.work / "copy").exists()
