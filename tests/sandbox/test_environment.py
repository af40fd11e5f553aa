from __future__ import annotations

import pytest

from journeyman.sandbox.environment import EnvironmentPolicy, command_environment

QUIET = command_environment({})


def _kept(user: dict[str, str], policy: EnvironmentPolicy | None = None) -> dict[str, str]:
    """What is in the environment beside what every command gets."""
    built = command_environment(user, policy)
    return {name: value for name, value in built.items() if QUIET.get(name) != value}


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "aws_secret_access_key",
        "GITHUB_TOKEN",
        "DB_PASSWORD",
        "MYSQL_PWD",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "SSH_AUTH_SOCK",
        "GPG_AGENT_INFO",
        "DBUS_SESSION_BUS_ADDRESS",
        "NPM_CONFIG__AUTH",
        "SENTRY_DSN",
    ],
)
def test_secrets_are_dropped_whatever_their_case(name: str) -> None:
    assert _kept({name: "x", "HOME": "/h"}) == {"HOME": "/h"}
    assert _kept({name: "x"}, EnvironmentPolicy(ignore_default_excludes=True)) == {name: "x"}


def test_ordinary_names_are_kept() -> None:
    user = {
        "PWD": "/p",
        "PATH": "/bin",
        "PYTHONPATH": "/x",
        "AUTHOR": "me",
        "GIT_AUTHOR_NAME": "me",
    }
    assert _kept(user) == user


def test_commands_never_wait_for_a_person() -> None:
    built = command_environment({"PAGER": "less", "TERM": "xterm-256color"})
    assert (built["PAGER"], built["GIT_PAGER"], built["TERM"]) == ("cat", "cat", "dumb")
    assert (built["GIT_TERMINAL_PROMPT"], built["JOURNEYMAN_SANDBOX"]) == ("0", "1")


def test_policy_narrows_and_sets() -> None:
    user = {"HOME": "/h", "LC_ALL": "C", "MINE": "1", "OTHER": "2"}
    assert _kept(user, EnvironmentPolicy(inherit="none")) == {}
    assert _kept(user, EnvironmentPolicy(inherit="core")) == {"HOME": "/h", "LC_ALL": "C"}
    assert _kept(user, EnvironmentPolicy(exclude=("o*", "lc_*"))) == {"HOME": "/h", "MINE": "1"}
    assert _kept(
        user, EnvironmentPolicy(include_only=("M*", "NEW"), set={"NEW": "3", "X": "4"})
    ) == {
        "MINE": "1",
        "NEW": "3",
    }
    assert _kept({}, EnvironmentPolicy(set={"MY_TOKEN": "wanted"})) == {"MY_TOKEN": "wanted"}


def test_own_programs_come_last_in_the_path() -> None:
    assert command_environment({"PATH": "/bin"}, programs_directory="/own")["PATH"] == "/bin:/own"
    assert command_environment({}, programs_directory="/own")["PATH"] == "/own"
