"""fs/*, command/exec and fuzzyFileSearch: as a client sees them, over real files and the real sandbox."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cli.server_parts import server_in

from journeyman.protocol.jsonrpc import RpcError
from journeyman.testing.raw_client import RawClient


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text(path: Path) -> str:
    return path.read_text()


def _lay_a_trap(folder: Path) -> None:
    """A link where a copy will be written, to a file that nobody named."""
    (folder / "outside").write_text("untouched")
    place = folder / "work-copy" / "sub" / "alpha.py"
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(folder / "outside")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / ".gitignore").write_text("*.log\n")
    (folder / "sub" / "alpha.py").write_text("x")
    (folder / "sub" / "alpha.log").write_text("x")
    (folder / "link").symlink_to("sub")
    os.mkfifo(folder / "pipe")
    return folder


@pytest_asyncio.fixture
async def client(tmp_path: Path, work: Path) -> AsyncIterator[RawClient]:
    async with server_in(tmp_path) as services, RawClient(services) as client:
        yield client


async def test_fs_writes_reads_lists_and_copies(client: RawClient, work: Path):
    file = f"{work}/new/deep/a.bin"
    await client.call("fs/createDirectory", {"path": f"{work}/new/deep"})
    await client.call("fs/writeFile", {"path": file, "dataBase64": _b64(b"\x00\xffold and long")})
    await client.call("fs/writeFile", {"path": file, "dataBase64": _b64(b"\x00\xff")})
    copy = {"sourcePath": str(work), "destinationPath": f"{work}-copy", "recursive": True}
    with pytest.raises(RpcError, match="pipe"):
        await client.call("fs/copy", copy)
    await client.call("fs/remove", {"path": f"{work}/pipe"})
    _lay_a_trap(work.parent)
    await client.call("fs/copy", copy)
    assert _text(work.parent / "outside") == "untouched"
    read = await client.call("fs/readFile", {"path": f"{work}-copy/new/deep/a.bin"})
    entries = await client.call("fs/readDirectory", {"path": f"{work}-copy"})
    metadata = await client.call("fs/getMetadata", {"path": f"{work}-copy/link"})

    assert read == {"dataBase64": _b64(b"\x00\xff")}
    assert entries["entries"] == [
        {"fileName": ".git", "isDirectory": True, "isFile": False},
        {"fileName": ".gitignore", "isDirectory": False, "isFile": True},
        {"fileName": "link", "isDirectory": True, "isFile": False},
        {"fileName": "new", "isDirectory": True, "isFile": False},
        {"fileName": "sub", "isDirectory": True, "isFile": False},
    ]
    assert (metadata["isDirectory"], metadata["isSymlink"]) == (True, True)
    assert metadata["modifiedAtMs"] > 1_600_000_000_000


async def test_fs_removes_links_and_never_what_they_point_to(client: RawClient, work: Path):
    await client.call("fs/remove", {"path": f"{work}/link"})
    await client.call("fs/remove", {"path": f"{work}/nothing"})
    assert _names(work) == [".git", ".gitignore", "pipe", "sub"]
    assert _names(work / "sub") == ["alpha.log", "alpha.py"]


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("fs/readFile", {"path": "sub/alpha.py"}, "not an absolute path: 'sub/alpha.py'"),
        ("fs/readFile", {"path": "WORK/sub"}, "it is a directory, not a file: WORK/sub"),
        ("fs/readFile", {"path": "WORK/pipe"}, "it is not a regular file: WORK/pipe"),
        ("fs/readFile", {"path": "WORK/none"}, "No such file or directory: WORK/none"),
        ("fs/readFile", {"path": "/a\0b"}, "not an absolute path"),
        ("fs/writeFile", {"path": "WORK/x", "dataBase64": "?"}, "`dataBase64` is not base64"),
        ("fs/writeFile", {"path": "WORK/x", "dataBase64": "é"}, "`dataBase64` is not base64"),
        ("fs/writeFile", {"path": "WORK/no/x", "dataBase64": ""}, "No such file or directory"),
        ("fs/remove", {"path": "WORK/sub", "recursive": False}, "Directory not empty: WORK/sub"),
        ("fs/remove", {"path": "WORK/none", "force": False}, "No such file or directory"),
        ("fs/copy", {"sourcePath": "WORK/sub", "destinationPath": "WORK/s"}, "recursive: true"),
        (
            "fs/copy",
            {"sourcePath": "WORK/sub", "destinationPath": "WORK/link/in", "recursive": True},
            "cannot be copied into itself",
        ),
        ("fs/watch", {"path": "WORK/none/x", "watchId": "w"}, "No such file or directory"),
    ],
)
async def test_fs_refuses_with_a_text_that_says_what_and_where(
    *, client: RawClient, work: Path, method: str, params: dict[str, Any], message: str
):
    given = {
        name: value.replace("WORK", str(work)) if isinstance(value, str) else value
        for name, value in params.items()
    }
    with pytest.raises(RpcError, match=message.replace("WORK", str(work))) as refused:
        await client.call(method, given)
    assert refused.value.code == -32600


async def test_watch_tells_of_files_in_a_directory_and_of_one_that_is_replaced(
    client: RawClient, work: Path
):
    await client.call("fs/watch", {"path": f"{work}/sub", "watchId": "folder"})
    await client.call("fs/watch", {"path": f"{work}/later.txt", "watchId": "file"})
    with pytest.raises(RpcError, match="watchId already exists: file"):
        await client.call("fs/watch", {"path": str(work), "watchId": "file"})

    await client.call("fs/writeFile", {"path": f"{work}/sub/new.py", "dataBase64": ""})
    first = await client.wait_for("fs/changed")
    await client.call("fs/writeFile", {"path": f"{work}/other.txt", "dataBase64": ""})
    copy = {"sourcePath": f"{work}/other.txt", "destinationPath": f"{work}/later.txt"}
    await client.call("fs/copy", copy)
    second = await client.wait_for("fs/changed", count=2)

    assert first == {"watchId": "folder", "changedPaths": [f"{work}/sub/new.py"]}
    assert second == {"watchId": "file", "changedPaths": [f"{work}/later.txt"]}
    for _ in range(2):
        assert await client.call("fs/unwatch", {"watchId": "file"}) == {}


async def test_command_is_read_only_unless_more_is_asked_for(client: RawClient, work: Path):
    def command(name: str, **more: Any) -> dict[str, Any]:
        script = f"echo out; echo err >&2; touch {work}/{name} {work}/.git/x; exit 5"
        return {"command": ["sh", "-c", script], **more}

    plain = await client.call("command/exec", command("a"))
    writable = command("b", sandboxPolicy={"type": "workspaceWrite"})
    workspace = await client.call("command/exec", writable)
    profile = command("c", permissionProfile=":danger-full-access")
    free = await client.call("command/exec", profile)

    assert (plain["exitCode"], plain["stdout"]) == (5, "out\n")
    assert plain["stderr"].startswith("err\n")
    assert (workspace["exitCode"], free["exitCode"]) == (5, 5)
    found = _names(work)
    assert ("a" in found, "b" in found, "c" in found) == (False, True, True)
    assert _names(work / ".git") == ["HEAD", "x"]


async def test_command_streams_output_takes_input_and_ends_when_told(client: RawClient):
    params = {
        "command": ["sh", "-c", "echo ready; read line; echo got $line; exec sleep 1000"],
        "processId": "p",
        "streamStdin": True,
        "streamStdoutStderr": True,
        "disableTimeout": True,
    }
    running = client.begin("command/exec", params)
    await client.wait_for("command/exec/outputDelta")
    await client.call("command/exec/write", {"processId": "p", "deltaBase64": _b64(b"hi\n")})
    told = await client.wait_for("command/exec/outputDelta", count=2)
    with pytest.raises(RpcError, match="there is a command with the process id 'p' already"):
        await client.call("command/exec", params)
    await client.call("command/exec/terminate", {"processId": "p"})

    assert await running == {"exitCode": 137, "stdout": "", "stderr": ""}
    assert told == {
        "processId": "p",
        "stream": "stdout",
        "deltaBase64": _b64(b"got hi\n"),
        "capReached": False,
    }
    with pytest.raises(RpcError, match='no active command/exec for process id "p"'):
        await client.call("command/exec/terminate", {"processId": "p"})


async def test_command_on_a_terminal_has_its_size_and_one_stream(client: RawClient):
    params = {
        "command": ["sh", "-c", "stty size; echo err >&2"],
        "processId": "t",
        "tty": True,
        "size": {"rows": 10, "cols": 20},
    }
    assert (await client.call("command/exec", params))["exitCode"] == 0
    told = client.params_of("command/exec/outputDelta")
    data = b"".join(base64.b64decode(delta["deltaBase64"]) for delta in told)
    assert data == b"10 20\r\nerr\r\n"
    assert {delta["stream"] for delta in told} == {"stdout"}


async def test_command_is_bounded_in_output_and_time_and_leaves_nothing(client: RawClient):
    flood = {"command": ["sh", "-c", "yes | head -c 3000000; echo e >&2"], "outputBytesCap": 4}
    bounded = await client.call("command/exec", flood)
    late = await client.call("command/exec", {"command": ["sleep", "1000"], "timeoutMs": 1})
    left = {"command": ["sh", "-c", "sleep 1000 & echo done"], "disableTimeout": True}
    missing = await client.call("command/exec", {"command": ["no-such-program"]})

    assert bounded == {"exitCode": 0, "stdout": "y\ny\n", "stderr": "e\n"}
    assert late == {"exitCode": 124, "stdout": "", "stderr": ""}
    assert (await client.call("command/exec", left))["stdout"] == "done\n"
    assert missing["exitCode"] == 127
    assert missing["stderr"] == "no-such-program: No such file or directory\n"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"command": []}, "`command` must not be empty"),
        ({"command": ["x"], "tty": True}, "need a `processId`"),
        ({"command": ["x"], "timeoutMs": 1, "disableTimeout": True}, "either `timeoutMs` or"),
        ({"command": ["x"], "permissionProfile": ":none"}, "no permission profile ':none'"),
        ({"command": ["x"], "cwd": "/nonexistent"}, "No such file or directory: /nonexistent"),
        ({"command": ["x"], "sandboxPolicy": {"type": "none"}}, "sandboxPolicy"),
        (
            {"command": ["x"], "tty": True, "processId": "x", "size": {"rows": 0, "cols": 1}},
            "no terminal has 0 rows",
        ),
    ],
)
async def test_command_refuses_what_makes_no_sense(
    client: RawClient, params: dict[str, Any], message: str
):
    with pytest.raises(RpcError, match=message):
        await client.call("command/exec", params)


async def test_search_finds_what_git_does_not_ignore_once_and_in_a_session(
    client: RawClient, work: Path
):
    params = {"query": "alph", "roots": [str(work)]}
    once = await client.call("fuzzyFileSearch", params)
    newer, older = "t", client.begin("fuzzyFileSearch", {**params, "cancellationToken": "t"})
    newest = client.begin("fuzzyFileSearch", {**params, "cancellationToken": newer})
    results = await asyncio.gather(older, newest)
    await client.call("fuzzyFileSearch/sessionStart", {"sessionId": "s", "roots": [str(work)]})
    await client.wait_for("fuzzyFileSearch/sessionCompleted")
    await client.call("fuzzyFileSearch/sessionUpdate", {"sessionId": "s", "query": "alph"})
    await client.wait_for("fuzzyFileSearch/sessionCompleted", count=2)
    await client.call("fuzzyFileSearch/sessionStop", {"sessionId": "s"})
    with pytest.raises(RpcError, match="session not found: s"):
        await client.call("fuzzyFileSearch/sessionUpdate", {"sessionId": "s", "query": "a"})

    match = {
        "root": str(work),
        "path": "sub/alpha.py",
        "match_type": "file",
        "file_name": "alpha.py",
        "score": once["files"][0]["score"],
        "indices": [4, 5, 6, 7],
    }
    assert once == {"files": [match]}
    assert results == [{"files": []}, {"files": [match]}]
    assert client.params_of("fuzzyFileSearch/sessionUpdated") == [
        {"sessionId": "s", "query": "", "files": []},
        {"sessionId": "s", "query": "alph", "files": [match]},
    ]


async def test_client_that_leaves_takes_its_commands_and_watches_along(tmp_path: Path, work: Path):
    async with server_in(tmp_path) as services:
        async with RawClient(services) as client:
            await client.call("fs/watch", {"path": str(work), "watchId": "w"})
            params = {
                "command": ["sh", "-c", "echo $$; exec sleep 1000"],
                "processId": "p",
                "streamStdoutStderr": True,
                "disableTimeout": True,
                "permissionProfile": ":danger-full-access",
            }
            running = client.begin("command/exec", params)
            told = await client.wait_for("command/exec/outputDelta")
        running.cancel()
    with pytest.raises(ProcessLookupError):
        os.kill(int(base64.b64decode(told["deltaBase64"])), 0)
