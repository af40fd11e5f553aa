"""The commands that set the program up: login, mcp, config, features, completion, doctor."""

from __future__ import annotations

import json
import stat
import subprocess
import tomllib
from typing import Any

import pytest

from journeyman.testing.program import Program
from journeyman.testing.responses_script import Say, Step

KEY = "sk-test-abcdefghijklmnop"
PROTOCOL_LEVEL = "0.169.0"


def _config(program: Program) -> dict[str, Any]:
    return tomllib.loads(program.config.read_text())


def _needs_login(program: Program) -> None:
    text = program.config.read_text().replace('env_key = "MOCK_KEY"', "requires_openai_auth = true")
    program.config.write_text(text)


def test_login_serves_the_provider_until_logout_and_never_shows_the_key(program: Program):
    _needs_login(program)
    program.provider.script(Step(items=[Say("done")]))
    assert (program.run("login", "status").returncode, program.run("logout").returncode) == (1, 0)

    login = program.run("login", "--with-api-key", stdin=f"{KEY}\n".encode())
    status = program.run("login", "status")
    run = program.exec("hello")
    doctor = program.run("doctor", "--all")
    logout = program.run("logout")

    assert (login.returncode, login.stdout) == (0, "")
    assert status.stderr == (
        f"Logged in using an API key - sk-test-***lmnop, in {program.home}/auth.json\n"
    )
    assert run.stdout == "done\n"
    assert program.provider.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    for done in (login, status, run, doctor, logout):
        assert KEY not in done.stdout + done.stderr
    assert (logout.returncode, (program.home / "auth.json").exists()) == (0, False)


def test_login_keeps_a_key_for_each_provider_and_sends_it_to_no_other_host(program: Program):
    program.env.pop("MOCK_KEY")
    program.provider.script(Step(items=[Say("done")]))
    program.run("login", "--with-api-key", stdin=b"sk-of-openai-abcdefghijklmn\n")
    openai = (program.home / "auth.json").read_bytes()
    host = program.provider.base_url.removesuffix("/v1")

    login = program.run("login", "--provider", "mock", "--with-api-key", stdin=f"{KEY}\n".encode())
    status = program.run("login", "status")
    run, doctor = program.exec("hello"), program.run("doctor", "--all")

    kept = program.home / "provider_keys.json"
    assert (login.returncode, login.stdout) == (0, "")
    assert f"API key saved for mock, for {host}." in login.stderr
    assert status.stderr.splitlines() == [
        f"Logged in using an API key - sk-of-op***jklmn, in {program.home}/auth.json",
        f"mock: sk-test-***lmnop, for {host}, in {kept}",
    ]
    assert run.stdout == "done\n"
    assert program.provider.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (program.home / "auth.json").read_bytes() == openai
    for done in (login, status, run, doctor):
        assert KEY not in done.stdout + done.stderr

    moved = program.exec("-c", 'model_providers.mock.base_url="http://127.0.0.1:9/v1"', "hello")
    assert moved.returncode == 1
    assert f"the key of mock is for {host} and is not sent to http://127.0.0.1:9" in moved.stderr

    assert program.run("logout", "--provider", "mock").stderr == "Successfully logged out\n"
    assert program.run("login", "status").stderr.count("\n") == 1
    again = program.exec("hello")
    assert (again.returncode, "jm login --provider mock --with-api-key" in again.stderr) == (
        1,
        True,
    )
    assert len(program.provider.requests) == 1


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nope", "there is no provider 'nope', in --provider: take one of"),
        ("ollama", "no key is kept for ollama, in --provider: it is asked without one"),
        ("azure", "AZURE_RESOURCE_NAME is not set"),
    ],
)
def test_login_says_why_a_provider_gets_no_key(program: Program, name: str, says: str):
    done = program.run("login", "--provider", name, "--with-api-key", stdin=b"some-key\n")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert says in done.stderr
    assert not (program.home / "provider_keys.json").exists()


@pytest.mark.parametrize("given", [b"", b"\n", b"sk one two\n", b"\xff\xfe" * 40])
def test_login_refuses_what_is_no_key_and_keeps_nothing(program: Program, given: bytes):
    done = program.run("login", "--with-api-key", stdin=given)
    assert (done.returncode, (program.home / "auth.json").exists()) == (1, False)
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_mcp_add_and_remove_keep_the_users_comments(program: Program):
    program.config.write_text(program.config.read_text() + "# the end\n")

    add = program.run("mcp", "add", "docs", "--env", "A=b", "--", "npx", "-y", "docs-server")
    url = ("--url", "https://example.com/mcp", "--bearer-token-env-var", "TOKEN")
    web = program.run("mcp", "add", "web", *url)
    listed = json.loads(program.run("mcp", "list", "--json").stdout)
    shown = program.run("mcp", "get", "docs").stdout

    assert (add.stdout, web.returncode) == ("Added global MCP server 'docs'.\n", 0)
    assert _config(program)["mcp_servers"] == {
        "docs": {"command": "npx", "args": ["-y", "docs-server"], "env": {"A": "b"}},
        "web": {"url": "https://example.com/mcp", "bearer_token_env_var": "TOKEN"},
    }
    assert "# the end" in program.config.read_text()
    assert [server["name"] for server in listed] == ["docs", "web"]
    assert listed[1] == {
        "name": "web",
        "enabled": True,
        "disabled_reason": None,
        "transport": {
            "type": "streamable_http",
            "url": "https://example.com/mcp",
            "bearer_token_env_var": "TOKEN",
            "http_headers": None,
            "env_http_headers": None,
            "http_headers_helper": None,
        },
        "startup_timeout_sec": None,
        "tool_timeout_sec": None,
        "auth_status": "bearer_token",
    }
    assert shown == (
        "docs\n  enabled: true\n  transport: stdio\n  command: npx\n  args: -y docs-server\n"
        "  cwd: -\n  env: A=*****\n  remove: jm mcp remove docs\n"
    )
    removed = [program.run("mcp", "remove", "docs").stdout for _ in range(2)]
    assert removed == [
        "Removed global MCP server 'docs'.\n",
        "No MCP server named 'docs' found.\n",
    ]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["add", "x"], 2),
        (["add", "x", "--url", "https://h", "--", "cmd"], 2),
        (["add", "x", "--env", "no-equals", "--", "cmd"], 2),
        (["add", "bad name", "--", "cmd"], 1),
        (["add", "x", "--url", "file:///etc/passwd"], 1),
        (["get", "nope"], 1),
        (["nope"], 2),
    ],
)
def test_mcp_refuses_with_one_line_and_changes_nothing(
    program: Program, args: list[str], code: int
):
    before = program.config.read_text()
    done = program.run("mcp", *args)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert program.config.read_text() == before


def test_config_shows_where_values_come_from_and_masks_secrets(program: Program):
    said = 'model_providers.mock.experimental_bearer_token="hidden"'
    shown = program.run("-c", said, "config", "show").stdout
    assert f'model = "gpt-5.5"  # {program.config}\n' in shown
    assert 'model_providers.mock.experimental_bearer_token = "[redacted]"  # -c\n' in shown

    program.run("config", "set", "sandbox_workspace_write.network_access", "true")
    got = program.run("config", "get", "sandbox_workspace_write.network_access")
    default = program.run("config", "get", "model_provider")
    refused = program.run("config", "set", "sandbox_mode", "none")

    assert (got.stdout, got.stderr) == ("true\n", f"# {program.config}\n")
    assert default.stdout == '"mock"\n'
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert program.run("config", "unset", "sandbox_workspace_write").returncode == 0
    assert "sandbox_workspace_write" not in _config(program)


def test_config_set_warns_of_a_key_without_effect(program: Program):
    done = program.run("config", "set", "sandbox_mod", "read-only")
    assert done.stderr == "warning: it is set, but sandbox_mod is no key that has an effect\n"
    assert program.run("config", "set", "sandbox_mode", "read-only").stderr == ""


def test_permissions_of_the_reference_are_said_to_have_no_effect(program: Program):
    program.config.write_text('default_permissions = "mine"\n' + program.config.read_text())
    program.provider.script(Step(items=[Say("done")]))
    warning = "default_permissions has no effect: say what commands may do with sandbox_mode"
    assert f"warning: {warning}" in program.exec("x").stderr
    assert warning in program.run("doctor").stdout


def test_config_edit_keeps_the_file_when_the_draft_cannot_be_used(program: Program):
    editor = program.home / "editor"
    editor.write_text('#!/bin/sh\necho "$LINE" >> "$1"\n')
    editor.chmod(0o755)
    program.env["EDITOR"] = str(editor)
    before = program.config.read_text()

    program.env["LINE"] = "retries = = 3"
    refused = program.run("config", "edit")
    assert (refused.returncode, program.config.read_text()) == (1, before)
    (draft,) = program.home.glob("config.draft.*")
    assert str(draft) in refused.stderr
    draft.unlink()

    program.env["LINE"] = "[tui]"
    assert program.run("config", "edit").returncode == 0
    assert program.config.read_text() == before + "[tui]\n"
    assert not list(program.home.glob("config.draft.*"))


def test_features_tell_what_is_on_and_warn_of_switches_without_effect(program: Program):
    done = program.run(
        "-c", "checkpoints.enabled=false", "-c", "features.shell_tool=false", "features", "list"
    )
    rows = dict(line.rsplit(None, 1) for line in done.stdout.splitlines())
    states = {name.split()[0]: state for name, state in rows.items()}
    assert (states["checkpoints"], states["shell_tool"]) == ("false", "true")
    assert done.stderr == ("warning: features.shell_tool = false has no effect: it is always on\n")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("jm mcp a", ["add"]),
        ("jm exec --sandbox ", ["read-only", "workspace-write", "danger-full-access"]),
        ("jm completion e", ["elvish"]),
    ],
)
def test_completion_offers_what_fits_where_the_cursor_is(
    program: Program, line: str, offered: list[str]
):
    script = program.run("completion", "bash").stdout
    *words, last = line.split(" ")
    array = " ".join(f"'{word}'" for word in [*words, last])
    ask = (
        f"COMP_WORDS=({array}); COMP_CWORD={len(words)}; _jm; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(
        ["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == offered


def test_doctor_reports_as_json_what_a_script_reads_and_runs_nothing_of_the_repository(
    program: Program,
):
    trap = program.work / "git"
    trap.write_text(f"#!/bin/sh\ntouch {program.home}/trapped\n")
    trap.chmod(stat.S_IRWXU)
    program.env["PATH"] = f".:{program.work}:{program.env['PATH']}"

    done = program.run("doctor", "--json")

    report = json.loads(done.stdout)
    assert (report["schemaVersion"], report["codexVersion"]) == (1, PROTOCOL_LEVEL)
    assert set(report["checks"]["config.load"]) == {
        "id",
        "category",
        "status",
        "summary",
        "details",
        "remediation",
        "durationMs",
    }
    assert not (program.home / "trapped").exists()
    assert report["checks"]["auth.credentials"]["status"] == "ok"
    worst = {"ok", "warning"} if done.returncode == 0 else {"fail"}
    assert report["overallStatus"] in worst


def test_doctor_says_what_is_wrong_and_what_to_do_when_the_config_is_broken(program: Program):
    program.config.write_text("model = \n")
    done = program.run("doctor")
    assert done.returncode == 1
    assert "FAIL  config.load" in done.stdout
    assert "-> correct the TOML syntax there\n" in done.stdout
    assert "there is no key" not in done.stdout


def test_doctor_looks_for_the_key_of_the_models_provider(program: Program):
    without = program.config.read_text().replace('model_provider = "mock"\n', "")
    program.config.write_text(without.replace('"gpt-5.5"', '"mock/gpt-5.5"'))
    assert (
        "ok    auth.credentials              there is a key for mock\n"
        in program.run("doctor").stdout
    )


def test_doctor_makes_a_damaged_index_anew_when_told_to(program: Program):
    program.provider.script(Step(items=[Say("done")]))
    program.exec("hello")
    index = program.home / "index.sqlite"
    index.write_bytes(b"this is no database" * 100)

    told = program.run("doctor")
    repaired = program.run("doctor", "--repair")

    assert "warn  state.index" in told.stdout
    assert "-> run jm doctor --repair\n" in told.stdout
    assert "the index was made anew; threads in it: 1\n" in repaired.stdout
    assert index.read_bytes().startswith(b"SQLite format 3")

    index.unlink()
    index.mkdir()
    in_the_way = program.run("doctor", "--repair").stdout
    assert (
        "FAIL  state.index                   the index cannot be made anew: Is a directory"
        in in_the_way
    )
    assert f"-> remove {index}\n" in in_the_way
