"""Bare `jm` in a real terminal, by tmux: what is typed, what is seen, what is left behind."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

pytestmark = pytest.mark.real

_SECONDS = 40
# A server that ends leaves its socket for a moment.
_NUMBERS = itertools.count()


class Screen:
    """One terminal of 100 x 40 with the program in it."""

    def __init__(self, program: Program, *words: str) -> None:
        self._folder = program.home.parent
        self._socket = str(self._folder / f"tmux{next(_NUMBERS)}")
        self._env = {**program.env, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        shown = shlex.join([sys.executable, "-m", "journeyman", *words])
        self._tmux("new-session", "-d", "-x", "100", "-y", "40", f"{shown}; echo left with $?; cat")

    def type(self, *keys: str) -> None:
        """Type keys by tmux's names; words of several letters are typed as they are."""
        self._tmux("send-keys", *keys)

    def press(self, key: str, *, until: str) -> None:
        """Press a key until it was taken: at first it counts as typed too early."""
        deadline = time.monotonic() + _SECONDS
        while until not in (screen := self._tmux("capture-pane", "-p", "-J")):
            assert time.monotonic() < deadline, screen
            self.type(key)
            time.sleep(0.2)

    def wait(self, text: str) -> str:
        """The screen once it holds `text`."""
        deadline = time.monotonic() + _SECONDS
        while text not in (screen := self._tmux("capture-pane", "-p", "-J")):
            assert time.monotonic() < deadline, screen
            time.sleep(0.05)
        return screen

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-f", os.devnull, "-S", self._socket, *words]
        done = subprocess.run(
            command,
            env=self._env,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@pytest.fixture
def screen(program: Program) -> Iterator[Screen]:
    opened = Screen(program, "-C", str(program.work), "-s", "workspace-write")
    yield opened
    opened.close()


def test_prompt_is_answered_and_quit_leaves_nothing(program: Program, screen: Screen) -> None:
    program.provider.script(Step(items=[Say("the answer \u202e")]))
    screen.wait("/help lists the commands")
    screen.type("a question", "Enter")
    assert "> a question\njourneyman\nthe answer <U+202E>\n" in screen.wait("tokens used")
    screen.type("/quit", "Enter")
    screen.wait("left with 0")


def test_keys_typed_before_a_question_do_not_answer_it(program: Program, screen: Screen) -> None:
    asks = run("touch made", sandbox_permissions="require_escalated", justification="Please.")
    waits = run("while [ ! -e go-on ]; do sleep 0.05; done")
    program.provider.script(Step(items=[waits]), Step(items=[asks]), Step(items=[Say("done")]))
    screen.wait("/help lists the commands")
    screen.type("go", "Enter")
    screen.wait("sleep 0.05")
    screen.type("yyy")
    screen.wait("to the running turn> yyy")
    (program.work / "go-on").touch()
    screen.wait("[y] yes, once")
    screen.press("n", until="declined, it did not run")
    assert not (program.work / "made").exists()


def test_undo_brings_files_back_and_forgets_the_turn(program: Program, screen: Screen) -> None:
    (program.work / "kept").write_text("before\n")
    program.provider.script(Step(items=[run("echo after >kept")]), Step(items=[Say("changed")]))
    screen.wait("/help lists the commands")
    screen.type("go", "Enter")
    screen.wait("tokens used")
    screen.type("/undo talk", "Enter")
    screen.wait("rewrite    kept")
    screen.press("y", until="Done. To take this back: jm undo")
    assert (program.work / "kept").read_text() == "before\n"
    program.provider.invariants.forget()
    program.provider.script(Step(items=[Say("fresh")]))
    screen.type("C-u", "again", "Enter")
    screen.wait("fresh")
    assert "echo after" not in program.provider.requests[-1].body.decode()


def test_ctrl_c_stops_the_command_and_the_face_goes_on(program: Program, screen: Screen) -> None:
    program.provider.script(Step(items=[run(f"echo begun; sleep 77.{os.getpid()}")]))
    screen.wait("/help lists the commands")
    screen.type("go", "Enter")
    screen.wait("begun")
    screen.type("C-c")
    screen.wait("interrupted")
    listing = subprocess.run(
        ["pgrep", "-f", f"^sleep 77.{os.getpid()}$"], capture_output=True, check=False
    )
    assert listing.stdout == b""
    screen.type("C-d")
    screen.wait("left with 0")


def test_talk_is_recorded_and_replayed_without_provider_and_config(program: Program) -> None:
    program.provider.script(Step(items=[run("true")]), Step(items=[Say("the answer")]))
    file = str(program.work.parent / "talk.jsonl")
    for how in ("--record", "--replay"):
        opened = Screen(program, "-C", str(program.work), how, file)
        opened.wait("/help lists the commands")
        opened.type("a question", "Enter")
        opened.wait("the answer")
        opened.wait("tokens used")
        opened.type("/quit", "Enter")
        assert "replay:" not in opened.wait("left with 0")
        opened.close()
        program.config.unlink(missing_ok=True)
        program.env.pop("MOCK_KEY", None)
    assert len(program.provider.requests) == 2
    opened = Screen(program, "-C", str(program.work), "--replay", file)
    opened.wait("/help lists the commands")
    opened.type("/quit", "Enter")
    opened.wait("replay: 2 recorded requests were not made again; the run diverged")
    opened.close()


def test_bare_command_prints_its_help_when_there_is_no_terminal(program: Program) -> None:
    done = program.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: jm ")


def test_bare_command_ignores_no_input_that_is_piped_in(program: Program) -> None:
    done = program.run(stdin=b"what is here?")
    assert (done.returncode, done.stdout) == (1, "")
    assert "jm exec runs a prompt without one" in done.stderr


@pytest.mark.parametrize(
    ("word", "says"),
    [("exex", "Did you mean 'exec'?"), ("hello", "As a prompt: jm exec hello")],
)
def test_word_that_is_no_command_is_told_with_a_way_out(
    program: Program, word: str, says: str
) -> None:
    done = program.run(word)
    assert done.returncode == 2
    assert f"Error: No such command '{word}'. {says}\n" in done.stderr


def test_resume_says_what_to_do_when_there_is_no_terminal(program: Program) -> None:
    done = program.run("resume")
    assert (done.returncode, done.stderr) == (
        1,
        "error: this needs a terminal, on stdin and stdout: jm exec runs a prompt without one\n",
    )
