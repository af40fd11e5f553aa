"""Keeping threads from the command line: list, archive, delete, export."""

from __future__ import annotations

import json
import re
import shutil
import stat
from typing import Any

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step, run

KEY = "sk-" + "a1" * 12
# Looks like no key: only who keeps it knows.
KEPT = "kept-for-mistral-alone"


@pytest.fixture
def thread(program: Program) -> str:
    """A thread whose model prints a key, an escape, markup and a fence."""
    evil = f"echo '{KEY} {KEPT} </pre><script>alert(1)</script> ``` \x1b[31m'"
    program.provider.script(Step(items=[run(evil)]), Step(items=[Say("all <b>done</b>")]))
    done = program.run("exec", "--json", "--skip-git-repo-check", "look at `this`")
    return json.loads(done.stdout.splitlines()[0])["thread_id"]


def failed(program: Program, *words: str) -> Any:
    done = program.run(*words)
    assert done.returncode == 1
    return done


def listed(program: Program, *words: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in program.run("threads", "--json", *words).stdout.splitlines()
    ]


def ids(program: Program, *words: str) -> list[str]:
    return [each["id"] for each in listed(program, *words)]


def test_thread_is_listed_archived_brought_back_and_deleted(program: Program, thread: str) -> None:
    assert ids(program) == ids(program, "--all", "--search", "LOOK AT") == [thread]
    assert ids(program, "--search", "nothing like it") == ids(program, "--archived") == []
    assert f"{thread}  20" in program.run("threads").stdout
    assert thread in program.run("archive", thread[:10]).stderr
    assert (ids(program), ids(program, "--archived")) == ([], [thread])
    resumed = failed(program, "exec", "--skip-git-repo-check", "resume", thread, "more")
    assert f"Run `jm unarchive {thread}`" in resumed.stderr
    program.run("unarchive", thread)
    refused = failed(program, "delete", thread)
    assert "there is nobody to ask: add --yes" in refused.stderr
    assert ids(program) == [thread]
    program.run("delete", "--yes", thread)
    assert ids(program) == []
    gone = failed(program, "delete", "--yes", thread)
    assert f"no rollout found for thread id {thread}" in gone.stderr


def test_prompt_of_many_lines_is_one_title(program: Program) -> None:
    program.provider.script(Step(items=[Say("done")]))
    program.exec(stdin=b"fix the parser\n\n- it fails\n")
    [thread] = ids(program)
    assert program.run("threads").stdout.endswith("  fix the parser - it fails\n")
    assert program.run("export", thread).stdout.startswith("# fix the parser - it fails\n")


def test_exports_mask_secrets_and_cannot_be_broken_out_of(program: Program, thread: str) -> None:
    program.run("login", "--provider", "mistral", "--with-api-key", stdin=KEPT.encode())
    text = program.run("export", thread[:13]).stdout
    page = program.run("export", thread, "--format", "html").stdout
    lines = program.run("export", thread, "--format", "jsonl").stdout
    for export in (text, page, lines):
        assert KEY not in export
        assert KEPT not in export
        assert "[redacted]" in export
        assert "\x1b" not in export
        assert "alert(1)" in export
    assert "\n````\n" in text  # longer than the fence in the output
    assert "<script" not in page
    assert "all &lt;b&gt;done&lt;/b&gt;" in page
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=", page)
    kinds = [json.loads(line)["type"] for line in lines.splitlines()]
    assert kinds[0] == "session_meta"
    assert kinds.count("session_meta") == 1


def test_export_to_a_file_is_private_and_overwrites_nothing(program: Program, thread: str) -> None:
    program.run("export", thread, "-o", "out.html")
    target = program.work / "out.html"
    assert target.read_text().startswith("<!doctype html>")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.write_text("mine")
    refused = failed(program, "export", thread, "-o", "out.html")
    assert "exists: name another file, or add --force" in refused.stderr
    assert target.read_text() == "mine"
    program.run("export", thread, "-o", "out.html", "--force")
    assert target.read_text() != "mine"
    assert sorted(path.name for path in program.work.iterdir()) == ["out.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["archive", "no such thread"], "no thread is named 'no such thread'"),
        (["export", "ffff"], "no thread is named 'ffff'"),
        (["threads", "--cursor", "x\x1b"], "invalid cursor: x^["),
    ],
)
def test_what_is_not_there_is_said_plainly(program: Program, words: list[str], said: str) -> None:
    assert said in failed(program, *words).stderr


def test_threads_of_codex_are_listed_resumed_and_left_alone(program: Program, thread: str) -> None:
    foreign = program.home.parent / "codex"
    foreign.mkdir()
    (program.home / "sessions").rename(foreign / "sessions")
    before = {path: path.read_bytes() for path in foreign.rglob("*.jsonl")}
    program.env["CODEX_HOME"] = str(foreign)
    assert "  codex  " in program.run("threads").stdout
    assert "it is only read here" in failed(program, "delete", "--yes", thread).stderr
    program.provider.script(Step(items=[Say("again")]))
    program.run("exec", "--json", "--skip-git-repo-check", "resume", thread, "go on")
    assert "  codex  " not in program.run("threads").stdout
    assert {path: path.read_bytes() for path in foreign.rglob("*.jsonl")} == before


def test_long_output_is_kept_as_far_as_the_configuration_says(program: Program) -> None:
    for limit in (0, 2_000_000):
        program.provider.script(
            Step(items=[run("yes | head -c 9000000")]), Step(items=[Say("done")])
        )
        keep = f"tool_output_kept_bytes={limit}"
        done = program.run("exec", "--json", "--skip-git-repo-check", "-c", keep, "flood")
        thread = json.loads(done.stdout.splitlines()[0])["thread_id"]
        whole = program.run("export", thread, "--whole").stdout
        assert (f"…{9_000_000 - limit - (512 << 10)} bytes were not kept…" in whole) == bool(limit)
        assert ("tokens truncated" in whole.split("\n## Agent")[0]) != bool(limit)


@pytest.fixture
def flood(program: Program) -> str:
    """A thread with an output too large for a line, and a key in its middle."""
    script = f"yes {'x' * 99} | head -900; echo {KEY}; yes {'x' * 99} | head -900"
    program.provider.script(Step(items=[run(script)]), Step(items=[Say("done")]))
    done = program.run("exec", "--json", "--skip-git-repo-check", "flood")
    return json.loads(done.stdout.splitlines()[0])["thread_id"]


def test_exports_are_whole_and_mask_secrets_in_blobs_too(program: Program, flood: str) -> None:
    [blob] = program.home.glob("sessions/*/*/*/rollout-*.blobs/*")
    assert KEY in blob.read_text()
    for form in ("md", "html", "jsonl"):
        export = program.run("export", flood, "--format", form).stdout
        assert KEY not in export
        assert "[redacted]" in export
        assert export.count("x" * 99) >= 1800


def test_doctor_tells_of_lost_blobs_and_removes_unused_ones(program: Program, flood: str) -> None:
    [blob] = program.home.glob("sessions/*/*/*/rollout-*.blobs/*")
    unused = blob.with_name("0" * 64)
    unused.write_text("left by a program that was killed")
    assert "ok    state.blobs" in program.run("doctor").stdout
    assert unused.exists()
    assert "ok    state.blobs" in program.run("doctor", "--repair").stdout
    assert not unused.exists()
    blob.write_text("changed")
    told = program.run("doctor", "--all").stdout
    assert "warn  state.blobs" in told
    assert blob.name in told
    shutil.rmtree(blob.parent)
    assert blob.name in program.run("doctor", "--all").stdout
    assert (
        "characters are lost: their file is missing or damaged"
        in program.run("export", flood).stdout
    )


def test_export_has_long_outputs_whole_on_request_in_every_format(program: Program) -> None:
    # The key lies across the end of what is read at once; a fence of the output's own ends no other.
    before = f"yes {'x' * 99} | head -10485; printf 'y%.0s' $(seq 66)"
    script = f"{before}; printf ' {KEY}\\n````\\n'; yes {'x' * 99} | head -30000"
    program.provider.script(Step(items=[run(script)]), Step(items=[Say("done")]))
    done = program.run("exec", "--json", "--skip-git-repo-check", "flood")
    thread = json.loads(done.stdout.splitlines()[0])["thread_id"]
    for form in ("md", "html", "jsonl"):
        ends, whole = (
            program.run("export", thread, "--format", form, *more).stdout
            for more in ((), ("--whole",))
        )
        assert ends.count("x" * 99) < 20_000
        assert whole.count("x" * 99) >= 40_000
        # The key stands in the command, and between the ends of what it printed.
        assert whole.count("[redacted]") == ends.count("[redacted]") + 1
        assert KEY not in whole
        assert "[output " not in whole
        if form == "md":
            assert "\n`````" in whole
