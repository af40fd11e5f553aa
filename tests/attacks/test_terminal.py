"""Attacks on the person before the screen: text that steers the terminal, or hides what is asked."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys

import pytest
from tests.attacks.arena import Arena
from tests.plain.scripted_console import ScriptedConsole, Typed, key, line

from journeyman.client.client import Client
from journeyman.client.memory import memory_pair
from journeyman.clock import SystemClock
from journeyman.core.manager import ThreadManager
from journeyman.plain.face import PlainFace
from journeyman.plain.inbox import Inbox
from journeyman.plain.talk import Look, Talk
from journeyman.protocol.connection import ClientInfo
from journeyman.protocol.threads import ThreadStartParams
from journeyman.server.connection import Connection
from journeyman.testing.app_server_harness import services_for
from journeyman.testing.responses_script import Call, Item, Say, Step, Think, patch, run
from journeyman.transcript.style import Style

# CSI, OSC, DCS, APC, the one-byte forms of them, bidirectional marks, tags, backspaces.
EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x1bPq\x1b\\\x1b_x\x1b\\\x9b31m\x9d0;x\x9c\u202e\u2066\U000e0041\b\x7f"
)
_RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_COLOUR = re.compile(r"\x1b\[\d*m")


def is_clean(shown: str) -> bool:
    """Whether nothing but our own colours steers the terminal, and the attack is seen."""
    return "^[]0;owned^G^[[2J" in shown and not _RAW.search(_COLOUR.sub("", shown))


@pytest.mark.attack(
    "T01",
    "control sequences in messages, reasoning, plans, commands, output, file names, branches and errors",
    "every face prints foreign text through one function that makes control characters visible marks",
)
async def test_t01_foreign_text_steers_no_face(arena: Arena) -> None:
    name = EVIL.replace("/", "")
    (arena.work / ".git/HEAD").write_text(f"ref: refs/heads/{EVIL}\n")
    folder = arena.work / name
    folder.mkdir()
    (folder / name).write_text(EVIL)
    plan = {"plan": [{"step": EVIL, "status": "pending"}], "explanation": EVIL}
    script = [
        Step(items=[Think(EVIL), Say(EVIL, phase="commentary"), Call("update_plan", plan)]),
        Step(items=[run(f"ls; cat *; echo {shlex.quote(EVIL)}; touch x")]),
        Step(items=[patch(f"*** Begin Patch\n*** Add File: {name}-new\n+{EVIL}\n*** End Patch")]),
        Step(items=[Call(EVIL, {})]),
        Step(items=[Say(EVIL)]),
    ]
    on = ("exec", "-C", name, "--skip-git-repo-check", "-s", "workspace-write")
    for colour in ("never", "always"):
        arena.provider.script(*script)
        done = arena.jm(*on, "-c", "checkpoints.enabled=true", "--color", colour, "go")
        assert (done.returncode, is_clean(done.stderr)) == (0, True), done.stderr
        assert done.stderr.count("owned^G") > 12
        (folder / f"{name}-new").unlink()
    arena.provider.script(*script)
    lines = arena.jm(*on, "--json", "go").stdout
    assert not _RAW.search(lines)
    items = [json.loads(text).get("item", {}) for text in lines.splitlines()]
    assert EVIL in [item.get("text") for item in items]
    arena.provider.script(
        Step(status=400, body=b'{"error":{"message":"\\u001b]0;owned\\u0007\\u001b[2J"}}')
    )
    failed = arena.jm(*on, "go")
    assert (failed.returncode, is_clean(failed.stderr)) == (1, True), failed.stderr
    for words in (
        ("checkpoints", "-C", name),
        ("checkpoints", "-C", name, "--json"),
        ("undo", "-C", name, "--dry-run"),
        ("undo", "-C", name, "--yes", "--path", f"../{name}"),
        ("trust", "list"),
        ("sandbox", "-C", f"{name}/none", "true"),
        ("exec", "-C", f"{name}/none", "go"),
        ("exec", f"--{EVIL}", "go"),
        ("doctor", "--all"),
    ):
        shown = arena.jm(*words)
        assert not _RAW.search(shown.stdout + shown.stderr), words


@pytest.mark.attack(
    "T02",
    "a real terminal is told to set its title or its clipboard, or to end a bracketed paste",
    "what reaches the terminal are printable marks; only our own colours are escape sequences",
)
async def test_t02_terminal_obeys_nobody_else(arena: Arena) -> None:
    sequences = "\x1b]0;owned\x07\x1b]2;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[201~\x05"
    raw = arena.home / "raw"
    raw.write_text(sequences)
    arena.provider.script(Step(items=[run(f"cat {raw}")]), Step(items=[Say(sequences)]))
    held = in_tmux(arena, "held", shlex.join([sys.executable, "-m", "journeyman", "exec", "go"]))
    wild = in_tmux(arena, "wild", f"cat {raw}")
    assert held[0].count("^[]52;c;b3duZWQ=^G^[[201~") == 2
    assert ["owned" in seen for seen in held[1:]] == [False, False]
    assert ["owned" in seen for seen in wild[1:]] == [True, True]


def in_tmux(arena: Arena, socket: str, command: str) -> tuple[str, str, str]:
    """Run a command in a terminal; what is on its screen, in its title and in its clipboard afterwards."""
    tmux = ["tmux", "-f", os.devnull, "-S", str(arena.home / socket)]

    def ask(*words: str) -> str:
        done = subprocess.run(
            [*tmux, *words],
            env={**arena.environment, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            cwd=arena.work,
            capture_output=True,
            check=False,
            text=True,
            timeout=50,
        )
        return done.stdout

    try:
        ask(
            "start-server",
            ";",
            "set",
            "-g",
            "set-clipboard",
            "on",
            ";",
            "set",
            "-g",
            "exit-empty",
            "off",
        )
        # It answers where its cursor is once it has obeyed everything before.
        obeyed = "stty -icanon -echo; printf '\\033[6n'; dd bs=1 count=1 2>&1"
        script = f"{command}; {obeyed}; {shlex.join(tmux)} wait-for -S done; exec cat"
        ask("new-session", "-d", "-x", "200", "-y", "50", script)
        ask("wait-for", "done")
        return ask("capture-pane", "-p"), ask("display", "-p", "#{pane_title}"), ask("show-buffer")
    finally:
        ask("kill-server")


@pytest.mark.attack(
    "T03",
    "bidirectional marks, invisible characters and tags make a question look like another command",
    "a question shows every character that no reader would see as a mark",
)
async def test_t03_question_hides_nothing(arena: Arena) -> None:
    hidden = "touch \u202e# sl\u2066\u200b\u200c\u00ad\U000e0041\x1b[8m ~/evil\x1b[A\r"
    script = [line("go"), key("n", after="[y] yes"), line("/quit", after="all done")]
    screen = await talk(arena, run(hidden), *script)
    shown = "touch <U+202E># sl<U+2066><U+200B><U+200C><U+00AD><U+E0041>^[[8m ~/evil^[[A^M"
    assert shown in screen[: screen.index("[y] yes")].rpartition("Run this command?")[2]
    assert not _RAW.search(screen)
    assert not (arena.home / "evil").exists()


@pytest.mark.attack(
    "T04",
    "what is asked about is longer than the screen, and its harmful end or beginning scrolls away",
    "a question shows all of it; where that is more than a screen, a word has to be typed to accept",
)
async def test_t04_long_question_is_shown_whole_and_not_accepted_by_a_key(arena: Arena) -> None:
    for long in ("true; " * 900, "true\n" * 60):
        script = [
            line("go"),
            key("y", after="[y] yes"),
            line("y", after="Scroll up"),
            key("n"),
            line("/quit", after="all done"),
        ]
        act = run(f"touch ~/evil; {long} touch ~/evil")
        screen = await talk(arena, act, *script)
        asked = screen[: screen.index("[y] yes")].rpartition("Run this command?")[2]
        assert (asked.count("true"), asked.count("touch ~/evil")) == (long.count("true"), 2)
        assert not (arena.home / "evil").exists()
        script[2] = line("accept", after="Scroll up")
        script.pop(3)
        await talk(arena, act, *script)
        (arena.home / "evil").unlink()


async def talk(arena: Arena, act: Item, *script: Typed) -> str:
    """Use the line-mode face with this user while the model does `act`; all that was on the screen."""
    arena.provider.script(Step(items=[act]), Step(items=[Say("all done")]))
    console, inbox = ScriptedConsole(*script), Inbox()
    near, far = memory_pair()
    manager = ThreadManager(arena.composer, arena.composer.store)
    serving = asyncio.create_task(Connection(far, services_for(manager)).serve())
    client = Client(near, inbox.ask)
    await client.start(ClientInfo(name="plain", version="1"))
    look = Look(style=Style(colour=False), version="1", write=console.write, clock=SystemClock())
    opening = ThreadStartParams(
        cwd=str(arena.work), sandbox="danger-full-access", approval_policy="untrusted"
    )
    async with asyncio.timeout(50):
        await PlainFace(Talk(client, look), console, inbox).run(opening, [])
    await client.close()
    await serving
    await manager.close()
    return console.screen
