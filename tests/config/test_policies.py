"""Trust, sandbox and approval from settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeyman.config.errors import ConfigError
from journeyman.config.policies import (
    approval_policy,
    is_trusted,
    network_rules,
    sandbox_policy,
    user_rules,
)
from journeyman.config.settings import (
    NetworkTable,
    ProjectTable,
    SandboxLimitsTable,
    SandboxWorkspaceWrite,
    Settings,
)
from journeyman.protocol.permissions import DangerFullAccess, ReadOnly, WorkspaceWrite
from journeyman.sandbox.policy import Limits, NetworkRules, UserRules


def test_is_trusted_takes_the_innermost_directory_when_levels_differ():
    settings = Settings(
        projects={
            "/a": ProjectTable(trust_level="trusted"),
            "/a/b": ProjectTable(trust_level="untrusted"),
        }
    )

    def is_trusted_by(path: str, kept: str = "") -> bool:
        return is_trusted(settings, [Path(path), Path(path).parent], lambda at: str(at) == kept)

    assert is_trusted_by("/a/c")
    assert not is_trusted_by("/a/b")
    assert not is_trusted_by("/b/c")
    assert is_trusted_by("/b/c", kept="/b")
    assert not is_trusted_by("/b/c", kept="/b/c/d")
    assert not is_trusted_by("/a/b", kept="/a/b")


def test_sandbox_policy_is_read_only_when_nothing_is_said_and_the_project_is_not_trusted():
    assert sandbox_policy(Settings(), None, [], trusted=False) == ReadOnly()
    assert sandbox_policy(Settings(), None, [], trusted=True) == WorkspaceWrite()
    asked = Settings(sandbox_mode="danger-full-access")
    assert sandbox_policy(asked, None, [], trusted=False) == DangerFullAccess()
    assert sandbox_policy(asked, "read-only", [], trusted=True) == ReadOnly()


def test_sandbox_policy_adds_configured_and_given_roots_when_workspace_write():
    settings = Settings(
        sandbox_workspace_write=SandboxWorkspaceWrite(
            writable_roots=["/a", "/b"], network_access=True
        )
    )
    assert sandbox_policy(settings, "workspace-write", ["/b", "/c"], trusted=False) == (
        WorkspaceWrite(writable_roots=["/a", "/b", "/c"], network_access=True)
    )


def test_sandbox_policy_refuses_a_root_when_it_is_relative():
    settings = Settings(sandbox_workspace_write=SandboxWorkspaceWrite(writable_roots=["x"]))
    with pytest.raises(ConfigError, match="'x' is not an absolute path"):
        sandbox_policy(settings, "workspace-write", [], trusted=False)


def test_approval_policy_is_on_request_when_it_is_not_configured():
    assert approval_policy(Settings()) == "on-request"
    assert approval_policy(Settings(approval_policy="on-failure")) == "on-request"
    assert approval_policy(Settings(approval_policy="untrusted")) == "untrusted"


def test_network_rules_are_those_of_the_table_and_none_without_allow():
    table = NetworkTable(allow=["pypi.org"], deny=["*.evil.org"], methods=["POST pypi.org"])
    assert network_rules(Settings(network=table)) == NetworkRules(
        allow=("pypi.org",), deny=("*.evil.org",), methods=("POST pypi.org",)
    )
    assert network_rules(Settings(network=NetworkTable(deny=["a.org"]))) is None
    assert network_rules(Settings(network=NetworkTable(allow=[]))) == NetworkRules()


def test_network_rule_is_refused_when_it_names_no_host():
    settings = Settings(network=NetworkTable(allow=["https://pypi.org"]))
    with pytest.raises(ConfigError, match=r"'https://pypi.org' is not a host rule \(") as caught:
        network_rules(settings)
    assert (caught.value.where, caught.value.fix[:12]) == ("network", "write a host")


def test_user_rules_are_the_limits_and_what_is_not_to_be_read():
    settings = Settings(
        deny_read=["/etc/keys", "~/notes", "*.pem", "!own.pem"],
        sandbox_limits=SandboxLimitsTable(memory_bytes=5, seconds=1.5),
    )
    assert user_rules(settings) == UserRules(
        limits=Limits(memory_bytes=5, seconds=1.5),
        deny_read=("/etc/keys", str(Path.home() / "notes")),
        ignore=("*.pem", "!own.pem"),
    )
    assert user_rules(Settings()) == UserRules()


def test_limit_is_refused_when_it_is_not_positive():
    settings = Settings(sandbox_limits=SandboxLimitsTable(processes=0))
    with pytest.raises(ConfigError, match="0 is no limit") as caught:
        user_rules(settings)
    assert caught.value.where == "sandbox_limits.processes"
