"""config/* and account/*: as a client sees them, over a real home folder."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.cli.server_parts import server_in

from journeyman.config.repository_content import read_content
from journeyman.config.trust import TrustStore
from journeyman.protocol.jsonrpc import RpcError
from journeyman.testing.raw_client import RawClient

KEY = "sk-test-abcdefghijklmnop"


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _make(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    path = tmp_path / "home" / "config.toml"
    path.write_text('model = "a"  # mine\n[features]\nshell_tool = false\n')
    return path


async def test_read_tells_values_origins_and_layers_of_a_trusted_project(
    tmp_path: Path, config: Path
):
    project = tmp_path / "work"
    own = project / ".journeyman" / "config.toml"
    _make(own, 'model_verbosity = "low"\nsandbox_mode = "danger-full-access"\n')
    async with (
        server_in(tmp_path, overrides=["model=b"]) as services,
        RawClient(services) as client,
    ):
        params = {"cwd": str(project), "includeLayers": True}
        untrusted = await client.call("config/read", params)
        content = read_content(project, "config")
        assert content is not None
        TrustStore.load(config.parent).trust(project, {"config": content.digest})
        trusted = await client.call("config/read", params)
        plain = await client.call("config/read")

    assert untrusted["config"]["model_verbosity"] is None
    ignored = untrusted["layers"][0]
    assert (ignored["name"], ignored["config"]) == (trusted["layers"][1]["name"], {})
    assert f"To see and trust it: jm trust {project}" in ignored["disabledReason"]
    assert (trusted["config"]["model_verbosity"], trusted["config"]["model"]) == ("low", "b")
    assert trusted["config"]["sandbox_mode"] is None
    assert [layer["name"] for layer in trusted["layers"]] == [
        {"type": "sessionFlags"},
        {"type": "project", "dotCodexFolder": str(own.parent)},
        {"type": "user", "file": str(config), "profile": None},
    ]
    assert trusted["layers"][1]["config"] == {"model_verbosity": "low"}
    assert trusted["origins"]["model"]["name"] == {"type": "sessionFlags"}
    assert plain["layers"] is None


async def test_write_keeps_comments_and_tells_what_does_not_count(tmp_path: Path, config: Path):
    async with (
        server_in(tmp_path, overrides=["model=b"]) as services,
        RawClient(services) as client,
    ):
        written = await client.call(
            "config/value/write",
            {"keyPath": "model_verbosity", "value": "low", "mergeStrategy": "replace"},
        )
        batch = {
            "edits": [
                {"keyPath": "model", "value": "c", "mergeStrategy": "replace"},
                {"keyPath": "mcp_servers.x", "value": {"command": "x"}, "mergeStrategy": "upsert"},
            ],
            "expectedVersion": written["version"],
        }
        overridden = await client.call("config/batchWrite", batch)
        with pytest.raises(RpcError) as conflict:
            await client.call("config/batchWrite", batch)

    assert written == {
        "status": "ok",
        "version": written["version"],
        "filePath": str(config),
        "overriddenMetadata": None,
    }
    assert overridden["status"] == "okOverridden"
    assert overridden["overriddenMetadata"]["effectiveValue"] == "b"
    assert conflict.value.data == {"config_write_error_code": "configVersionConflict"}
    text = _text(config)
    assert text.startswith('model = "c"  # mine\n')
    assert tomllib.loads(text)["mcp_servers"] == {"x": {"command": "x"}}


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"keyPath": "sandbox_mode", "value": "none"}, "configValidationError"),
        ({"keyPath": "a..b", "value": 1}, "configValidationError"),
        ({"keyPath": "model.x", "value": 1}, "configValidationError"),
        ({"keyPath": "model", "value": "x", "filePath": "/etc/x.toml"}, "configLayerReadonly"),
    ],
)
async def test_write_changes_nothing_when_it_is_refused(
    tmp_path: Path, config: Path, edit: dict[str, object], code: str
):
    before = _text(config)
    async with server_in(tmp_path) as services, RawClient(services) as client:
        with pytest.raises(RpcError) as refused:
            await client.call("config/value/write", {**edit, "mergeStrategy": "replace"})
    assert refused.value.data == {"config_write_error_code": code}
    assert _text(config) == before


async def test_clients_are_told_what_has_no_effect_or_is_old_when_they_connect(
    tmp_path: Path, config: Path
):
    on_failure = ["approval_policy=on-failure"]
    async with server_in(tmp_path, overrides=on_failure) as services, RawClient(services) as client:
        notice = await client.wait_for("deprecationNotice")
        read = await client.call("config/read")
    assert client.params_of("configWarning") == [
        {
            "summary": "features.shell_tool = false has no effect: it is always on",
            "details": None,
            "path": str(config),
        }
    ]
    assert "on-failure" in notice["summary"]
    assert read["config"]["approval_policy"] == "on-request"


async def test_login_tells_every_client_and_no_answer_holds_the_key(tmp_path: Path):
    async with (
        server_in(tmp_path) as services,
        RawClient(services) as one,
        RawClient(services) as other,
    ):
        assert await one.call("account/read") == {"account": None, "requiresOpenaiAuth": True}
        answer = await one.call("account/login/start", {"type": "apiKey", "apiKey": f"{KEY}\n"})
        told = await other.wait_for("account/updated")
        read = await other.call("account/read", {})
        kept = _text(tmp_path / "home" / "auth.json")
        assert await other.call("account/logout") == {}
        gone = await one.wait_for("account/updated", count=2)
        for params in (
            {"type": "chatgpt"},
            {"type": "apiKey", "apiKey": f"{KEY} {KEY}"},
            {"type": "apiKey"},
        ):
            with pytest.raises(RpcError) as refused:
                await one.call("account/login/start", params)
            assert KEY not in str(refused.value)

    assert answer == {"type": "apiKey"}
    assert one.params_of("account/login/completed") == [
        {"success": True, "loginId": None, "error": None}
    ]
    assert (told["authMode"], gone["authMode"]) == ("apikey", None)
    assert read == {"account": {"type": "apiKey"}, "requiresOpenaiAuth": True}
    assert KEY in kept
    assert KEY not in str([one.seen, other.seen])
    assert _text(tmp_path / "home" / "auth.json") == ""


async def test_thread_that_cannot_be_opened_leaves_no_record(tmp_path: Path, config: Path):
    home = config.parent
    async with server_in(tmp_path) as services, RawClient(services) as client:
        thread = (await client.call("thread/start", {"model": "offline/repair"}))["thread"]
        (home / "rules").mkdir()
        (home / "rules" / "mine.rules").write_text("prefix_rule([")
        for method, params in (("thread/start", {}), ("thread/fork", {"threadId": thread["id"]})):
            with pytest.raises(RpcError, match=r"mine\.rules"):
                await client.call(method, {"model": "offline/repair", **params})
    assert [str(path) for path in home.rglob("rollout-*")] == [thread["path"]]
