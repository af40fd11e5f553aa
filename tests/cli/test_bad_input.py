"""Bad input: one clear line, the right exit code, never a traceback; in JSON an event once a thread began."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step

FILES = {
    "not.png": b"hello",
    "broken.json": b"{",
    "array.json": b"[1]",
}


@pytest.fixture
def work(program: Program) -> Path:
    for name, data in FILES.items():
        (program.work / name).write_bytes(data)
    return program.work


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["-c", "model"],
            (
                "no '=' in the override, in -c model: write -c key=value, such as "
                '-c model_reasoning_effort="low"'
            ),
        ),
        (
            ["-c", "sandbox_mode=none"],
            (
                "sandbox_mode = 'none' is not one of read-only, workspace-write, danger-full-access, "
                "in -c: set sandbox_mode to one of read-only, workspace-write, danger-full-access or "
                "remove it"
            ),
        ),
        (
            ["-c", "model_context_window=-1"],
            (
                "model_context_window = -1 is not an integer of at least 1, in -c: set model_context_window "
                "to an integer of at least 1 or remove it"
            ),
        ),
        (
            ["-c", "model_provider=none"],
            (
                "no model provider 'none'; there are amazon-bedrock, amazon-bedrock-runtime, anthropic, azure, bedrock, bedrock-claude, dashscope, deepseek, google, groq, "
                "llamacpp, lmstudio, local, mistral, mock, moonshot, offline, ollama, openai, openrouter, vllm, xai, "
                "zai. Others are configured as [model_providers.none] with a base_url."
            ),
        ),
        (
            ["-c", 'model_providers.new.name="x"', "-m", "new/m"],
            (
                "the provider has no base_url, in model_providers.new: set it to the address of the API, "
                "such as http://localhost:8000/v1"
            ),
        ),
        (
            ["-C", "/no/such"],
            "/no/such does not exist, in -C /no/such: name a directory",
        ),
        (
            ["--image", "none.png"],
            (
                "cannot read image WORK/none.png: No such file or directory, in --image: name an image "
                "file that can be read"
            ),
        ),
        (
            ["--image", "not.png"],
            (
                "WORK/not.png is not a PNG, JPEG, GIF or WebP image, in --image: name an image file that "
                "can be read"
            ),
        ),
        (
            ["--output-schema", "none.json"],
            (
                "cannot read the schema file: No such file or directory, in --output-schema none.json: "
                "name a file that can be read"
            ),
        ),
        (
            ["--output-schema", "array.json"],
            (
                "the schema is not a JSON object, in --output-schema array.json: write one such as "
                '{"type": "object"}'
            ),
        ),
        (
            ["-o", "no/such/file"],
            (
                "cannot write: No such file or directory, in -o no/such/file: name a file that can be "
                "written"
            ),
        ),
    ],
)
def test_exec_says_what_is_wrong_in_one_line_and_exits_1(
    program: Program, work: Path, args: list[str], message: str
):
    done = program.exec(*args, "--", "x", cwd=work)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {message}\n")


@pytest.mark.parametrize("args", [["--help"], ["threads"], ["models", "list"]])
def test_commands_say_that_the_output_cannot_be_written(program: Program, args: list[str]):
    with Path("/dev/full").open("wb") as full:
        done = program.start(*args, stdout=full)
        _, told = done.communicate(timeout=50)
    message = "cannot write the output: No space left on device, on stdout: free some space"
    assert (done.returncode, told.decode()) == (1, f"error: {message}\n")


def test_exec_shows_the_place_when_the_schema_is_broken(program: Program, work: Path):
    done = program.exec("--output-schema", "broken.json", "x", cwd=work)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the schema file is not JSON: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "stdin", "message"),
    [
        ([""], None, "the prompt is empty, in the PROMPT argument: say what to do"),
        ([], b"", "No prompt provided via stdin: pipe it in or give it as an argument"),
        (["-"], b" \n", "No prompt provided via stdin: pipe it in or give it as an argument"),
        (
            [],
            b"caf\xe9",
            "input is not UTF-8 text (byte 3), on stdin: convert it first, such as with iconv",
        ),
        (
            [],
            b"x" * ((16 << 20) + 1),
            "more than 16 MiB of input, on stdin: name the file in the prompt",
        ),
        (
            ["resume", "00000000-0000-7000-8000-000000000000", "x"],
            None,
            "no rollout found for thread id 00000000-0000-7000-8000-000000000000",
        ),
        (
            ["fork", "no such", "x"],
            None,
            "no thread is named 'no such', in {home}: `jm threads --all` lists all",
        ),
    ],
)
def test_exec_exits_1_when_there_is_no_prompt_or_no_thread(
    program: Program, args: list[str], stdin: bytes | None, message: str
):
    done = program.exec(*args, stdin=stdin)
    expected = message.format(home=program.home)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {expected}\n")


@pytest.mark.parametrize(
    "args",
    [
        ["--bogus", "x"],
        ["-s", "none", "x"],
        ["one", "two"],
        ["resume", "id", "prompt", "more"],
        ["resume"],
        ["fork"],
        ["--last", "x"],
        ["--color", "pink", "x"],
    ],
)
def test_exec_exits_2_and_reads_its_input_when_used_wrongly(program: Program, args: list[str]):
    reader, writer = os.pipe()
    process = program.start("exec", *args, stdin=reader)
    os.close(reader)
    # More than a pipe holds: it can only be written when somebody reads.
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(b"x" * 300_000)
    out, err = process.communicate(timeout=50)
    assert (process.returncode, out) == (2, b"")
    assert err.startswith(b"Usage: jm exec")


def test_exec_exits_1_when_an_argument_or_the_directory_is_not_utf8(program: Program):
    done = program.exec("-m", os.fsdecode(b"m\xff"), "x")
    assert (done.returncode, done.stderr) == (
        1,
        "error: an argument is not UTF-8 text, in 'm\\\\xff': write it in UTF-8\n",
    )
    strange = program.work / os.fsdecode(b"w\xff")
    strange.mkdir()
    done = program.exec("x", cwd=strange)
    assert (done.returncode, done.stderr) == (
        1,
        "error: the name of the working directory is not UTF-8, in WORK/w\\xff: rename it\n",
    )


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_exec_puts_nothing_where_it_does_not_belong_when_a_stream_is_closed(
    program: Program, closed: int
):
    program.provider.script(Step(items=[Say("done")]))
    program.wrapper = ["sh", "-c", f'exec "$@" {closed}>&-', "sh"]
    done = program.exec("x")
    assert (done.returncode, done.stdout) == (0, "" if closed == 1 else "done\n")
    (rollout,) = (program.home / "sessions").rglob("*.jsonl")
    assert all(line.startswith('{"timestamp"') for line in rollout.read_text().splitlines())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a = = 1", "Invalid value, in {file}:1:5: correct the TOML syntax there"),
        (b"model = '\xff'", "not UTF-8 text, in {file}:1: save the file as UTF-8"),
        (b"model = 3", "model = 3 is not a string, in {file}: set model to a string or remove it"),
    ],
)
def test_exec_names_file_and_place_when_the_config_is_bad(
    program: Program, text: bytes, message: str
):
    program.config.write_bytes(text)
    done = program.exec("x")
    expected = message.format(file=program.config)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {expected}\n")


def test_exec_names_the_file_when_the_config_cannot_be_read(program: Program):
    program.config.unlink()
    program.config.mkdir()
    done = program.exec("x")
    assert (done.returncode, done.stderr) == (
        1,
        (
            f"error: cannot read: Is a directory, in {program.config}: make it readable, or run with "
            "--ignore-user-config\n"
        ),
    )


def _failing(program: Program, *args: str) -> str:
    """The error of a run whose turn fails, told alike on stderr and in the events."""
    done = program.exec(*args, "x")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    told = program.events(*args, "x")
    message = line.removeprefix("error: ")
    assert told[0]["type"] == "thread.started"
    assert told[-2:] == [
        {"type": "error", "message": message},
        {"type": "turn.failed", "error": {"message": message}},
    ]
    return message


def test_exec_fails_the_turn_when_the_key_is_missing(program: Program):
    del program.env["MOCK_KEY"]
    assert _failing(program).startswith("No API key for mock: MOCK_KEY is not set.")


def test_exec_fails_the_turn_when_the_model_is_unknown(program: Program):
    body = b'{"error": {"message": "no such model", "code": "model_not_found"}}'
    program.provider.script(*[Step(status=404, body=body)] * 4)
    assert "does not know the model 'nosuch'" in _failing(program, "-m", "nosuch")


def test_exec_fails_the_turn_when_nobody_listens(program: Program):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        message = _failing(program, "-c", f'model_providers.mock.base_url="{url}"')
    assert "connection refused" in message
    assert url in message


@pytest.mark.parametrize("body", [b"<html><title>Hello</title>", b"\x00\xff garbage", b"[]"])
def test_exec_fails_the_turn_when_the_server_sends_garbage(program: Program, body: bytes):
    program.provider.script(*[Step(body=body)] * 8)
    assert _failing(program)


def test_exec_fails_the_turn_when_the_stream_is_always_cut(program: Program):
    cut = Step(items=[Say("half")], cut_after=3)
    program.provider.script(cut, cut, cut, cut)
    assert "closed the connection" in _failing(program)


def test_exec_ends_quietly_when_nobody_reads_its_output(program: Program):
    program.provider.script(Step(items=[Say("x" * 200_000)]))
    process = program.start("exec", "--skip-git-repo-check", "--json", "x")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(50)) == (b"", 1)
    process.stderr.close()


needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0
    or shutil.which("unshare") is None
    or subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode != 0,
    reason="mounting a tiny or read-only home takes root",
)


def _mount(program: Program, mount: str) -> None:
    """From now on the program sees what `mount` mounts; `$0` is the home."""
    script = f'{mount} && exec "$@"'
    program.wrapper = ["unshare", "-m", "sh", "-c", script, str(program.home)]


READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"'


@needs_mounts
def test_exec_names_the_way_out_when_the_home_is_read_only(program: Program):
    program.provider.script(Step(items=[Say("done")]))
    _mount(program, READ_ONLY)
    done = program.exec("x")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: cannot create {program.home}/sessions/")
    assert done.stderr.endswith(
        "the file system is read-only: set JOURNEYMAN_HOME to a folder you can write, "
        "or run with --ephemeral\n"
    )
    assert program.exec("--ephemeral", "x").stdout == "done\n"


@needs_mounts
def test_exec_says_that_the_disk_is_full_when_it_is(program: Program):
    program.provider.script(Step(items=[Say("y" * 100_000)]))
    small = 'cp "$0/config.toml" . && mount -t tmpfs -o size=24k none "$0" && cp config.toml "$0"'
    _mount(program, small)
    done = program.exec("x")
    assert done.returncode == 1
    assert "the disk is full: free some space" in done.stderr
    assert "Traceback" not in done.stderr


def test_windows_is_refused_with_the_way_out():
    # What Windows has none of is missing here as well.
    code = (
        "import sys; sys.platform = 'win32'\n"
        "for name in ('fcntl', 'termios', 'pty', 'pwd', 'resource'): sys.modules[name] = None\n"
        "from journeyman.cli.entry import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: Journeyman does not run on Windows itself")
    assert "WSL2" in done.stderr
