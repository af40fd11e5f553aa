"""Lists of what there is, diagnostics, and the methods that there will not be."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.cli.server_parts import server_in

from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.methods import CLIENT_REQUESTS
from journeyman.protocol.notifications import SERVER_NOTIFICATIONS
from journeyman.protocol.server_requests import SERVER_REQUESTS
from journeyman.protocol.unsupported import NOT_SENT, why_unsupported
from journeyman.testing.raw_client import RawClient

CONFIG = """\
model_provider = "mine"
[model_providers.mine]
name = "Mine"
base_url = "http://localhost:1/v1"
env_key = "MINE_KEY"
[mcp_servers.docs]
command = "no-such-docs-server"
[mcp_servers.web]
url = "https://example.com/mcp"
bearer_token_env_var = "TOKEN"
enabled = false
[mcp_servers.live]
command = "{python}"
args = ["{server}"]
[checkpoints]
enabled = false
"""
SERVER = Path(__file__).parents[1] / "tools" / "mcp" / "server_program.py"
HOOKS = {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say done", "timeout": 5}]}]}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    for name, text in (("good", "---\nname: good\ndescription: does\n---\nx\n"), ("bad", "x")):
        (folder / "skills" / name).mkdir(parents=True)
        (folder / "skills" / name / "SKILL.md").write_text(text)
    text = CONFIG.format(python=sys.executable, server=SERVER)
    (folder / "config.toml").write_text(text)
    (folder / "hooks.json").write_text(json.dumps(HOOKS))
    return folder


@pytest_asyncio.fixture
async def client(tmp_path: Path, home: Path) -> AsyncIterator[RawClient]:
    assert home.parent == tmp_path
    async with server_in(tmp_path) as services, RawClient(services) as client:
        yield client


async def test_features_come_in_pages_and_say_what_the_settings_switch_off(client: RawClient):
    first = await client.call("experimentalFeature/list", {"limit": 2})
    rest = await client.call("experimentalFeature/list", {"cursor": first["nextCursor"]})
    found = {feature["name"]: feature for feature in [*first["data"], *rest["data"]]}
    assert (len(first["data"]), rest["nextCursor"]) == (2, None)
    checkpoints = found["checkpoints"]
    assert (checkpoints["enabled"], checkpoints["defaultEnabled"]) == (False, True)
    with pytest.raises(RpcError, match="invalid cursor: x"):
        await client.call("experimentalFeature/list", {"cursor": "x"})


async def test_providers_and_mcp_servers_are_the_configured_ones(client: RawClient):
    providers = await client.call("modelProvider/list")
    servers = await client.call("mcpServerStatus/list", {})
    assert providers["defaultProviderId"] == "mine"
    assert [one for one in providers["data"] if one["id"] == "mine"] == [
        {
            "id": "mine",
            "name": "Mine",
            "settings": {
                "type": "customGateway",
                "auth": {"mode": "environmentVariable", "envKey": "MINE_KEY"},
            },
            "baseUrl": "http://localhost:1/v1",
            "canEdit": False,
        }
    ]
    states = {one["name"]: (one["authStatus"], one["runtimeStatus"]) for one in servers["data"]}
    assert states == {
        "docs": ("unsupported", "failed"),
        "live": ("unsupported", "connected"),
        "web": ("bearerToken", "disabled"),
    }
    tools = servers["data"][1]["tools"]
    assert tools
    assert all(tool["name"] == name for name, tool in tools.items())
    assert all(tool["inputSchema"]["type"] == "object" for tool in tools.values())
    assert "no-such-docs-server" in servers["data"][0]["toolsError"]


async def test_skills_are_listed_with_their_problems_and_switched_for_all_clients(
    client: RawClient, home: Path
):
    async def listed() -> dict[str, Any]:
        [entry] = (await client.call("skills/list", {}))["data"]
        return entry

    before = await listed()
    switched = await client.call("skills/config/write", {"name": "good", "enabled": False})
    await client.wait_for("skills/changed")
    off = await listed()
    await client.call("skills/config/write", {"name": "good", "enabled": True})
    on = await listed()

    skill = before["skills"][0]
    assert (skill["name"], skill["scope"], skill["enabled"]) == ("good", "user", True)
    assert [error["path"] for error in before["errors"]] == [f"{home}/skills/bad/SKILL.md"]
    assert switched == {"effectiveEnabled": False}
    assert [entry["skills"][0]["enabled"] for entry in (off, on)] == [False, True]
    for params in ({"enabled": True}, {"enabled": True, "name": "a", "path": "/b"}):
        with pytest.raises(RpcError, match="give either `path` or `name`"):
            await client.call("skills/config/write", params)


async def test_hooks_are_listed_with_whether_they_are_trusted(client: RawClient, home: Path):
    [entry] = (await client.call("hooks/list", {}))["data"]
    [hook] = entry["hooks"]
    assert (hook["eventName"], hook["command"], hook["timeoutSec"]) == ("stop", "say done", 5)
    assert (hook["source"], hook["trustStatus"]) == ("user", "untrusted")
    assert hook["sourcePath"] == f"{home}/hooks.json"


async def test_diagnostics_count_clients_and_are_for_those_who_asked(tmp_path: Path, home: Path):
    assert home.parent == tmp_path
    async with (
        server_in(tmp_path) as services,
        RawClient(services) as one,
        RawClient(services, experimental=False) as other,
    ):
        read = await one.call("server/diagnostics")
        with pytest.raises(RpcError, match="requires experimentalApi capability"):
            await other.call("server/diagnostics")
    assert read["process"]["id"] == os.getpid()
    assert read["gauges"] == [{"name": "journeyman.clients", "value": 2}]


async def test_what_there_will_not_be_is_refused_with_its_reason(client: RawClient):
    with pytest.raises(RpcError, match="account/usage/read is not supported: it needs an account"):
        await client.call("account/usage/read", {})
    with pytest.raises(RpcError, match="unknown method `no/such`"):
        await client.call("no/such", {})


async def test_skills_of_further_folders_are_offered_until_others_are_named(
    tmp_path: Path, home: Path
):
    assert home.parent == tmp_path
    folder = tmp_path / "more" / "extra"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text("---\nname: extra\ndescription: does more\n---\nx\n")
    unconfined = {"sandbox": "danger-full-access"}
    async with server_in(tmp_path) as services, RawClient(services) as client:
        thread = (await client.call("thread/start", {"model": "m", **unconfined}))["thread"]
        for roots, names in (([str(folder.parent)], ["good", "extra"]), ([], ["good"])):
            assert await client.call("skills/extraRoots/set", {"extraRoots": roots}) == {}
            [entry] = (await client.call("skills/list", {}))["data"]
            assert [skill["name"] for skill in entry["skills"]] == names
            await client.call("thread/settings/update", {"threadId": thread["id"], "effort": "low"})
            offered = services.manager.get(thread["id"]).settings.guidance.skills
            assert [skill.name for skill in offered] == names
        with pytest.raises(RpcError, match="'relative' is no absolute path"):
            await client.call("skills/extraRoots/set", {"extraRoots": ["relative"]})


def test_no_method_is_both_there_and_unsupported_by_its_own_name():
    there = {method.name for method in CLIENT_REQUESTS}
    allowed = ("account/", "windowsSandbox/")  # there is a part of these
    assert {
        name for name in there if why_unsupported(name) and not name.startswith(allowed)
    } == set()
    sent = [method.name for method in (*SERVER_NOTIFICATIONS, *SERVER_REQUESTS)]
    assert [name for name in sent if name.startswith(tuple(NOT_SENT))] == []
