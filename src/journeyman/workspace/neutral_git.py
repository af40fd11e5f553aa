"""Git deaf to what a repository configures: no program that the repository names is run.

`NEUTRAL` is for every git that the agent itself starts. `neutral` wraps a command of the model's that may write the
repository's metadata: it also finds the filters, drivers and the like that only the repository's own configuration
names. Either way git runs in the sandbox; this is the second wall, not the first.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from journeyman.sandbox.api import Command

NEUTRAL: Mapping[str, str] = {
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "core.alternateRefsCommand": "true",
    "credential.helper": "",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
    "status.submoduleSummary": "false",
    "log.showSignature": "false",
    "interactive.diffFilter": "",
    "gpg.program": "false",
    "gpg.ssh.program": "false",
    "gpg.x509.program": "false",
    "gpg.ssh.defaultKeyCommand": "",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
# What a commit of the model's needs beside it: writing to the configuration is refused there.
_FOR_COMMITS = {
    "rerere.enabled": "false",
    "branch.autoSetupMerge": "false",
}
_ENVIRONMENT = {
    "GIT_EDITOR": "true",
    "GIT_SEQUENCE_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_ASKPASS": "true",
    "GIT_SSH_COMMAND": "false",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ATTR_NOSYSTEM": "1",
}
# Of the repository's own configuration, with what it includes: every key that names a program, and what the key
# is set to instead. A filter without a command passes contents on, and `true` and `cat` change nothing; an external
# diff cannot be switched off, so that `git diff` fails where the repository has one.
_PRELUDE = r"""
n=${GIT_CONFIG_COUNT:-0}
put() { export "GIT_CONFIG_KEY_$n=$1" "GIT_CONFIG_VALUE_$n=$2"; n=$((n + 1)); }
while IFS= read -r key; do
  case $key in
    filter.*.clean | filter.*.smudge | filter.*.process) put "$key" "" ;;
    filter.*.required) put "$key" false ;;
    diff.*.textconv) put "$key" cat ;;
    diff.external | diff.*.command | credential.*helper) put "$key" "" ;;
    merge.*.driver) put "$key" false ;;
    trailer.*.command | trailer.*.cmd) put "$key" true ;;
    hook.*.command) put "${key%.command}.enabled" false ;;
  esac
done <<KEYS
$(git config --local --includes --name-only --list 2>/dev/null
git config --worktree --includes --name-only --list 2>/dev/null)
KEYS
export GIT_CONFIG_COUNT=$n
exec "$@"
"""


def neutral_environment(config: Mapping[str, str] = NEUTRAL) -> dict[str, str]:
    """The variables that give git this configuration, over every file's, and leave it nobody to ask."""
    env = {**_ENVIRONMENT, "GIT_CONFIG_COUNT": str(len(config))}
    for number, (key, value) in enumerate(config.items()):
        env[f"GIT_CONFIG_KEY_{number}"] = key
        env[f"GIT_CONFIG_VALUE_{number}"] = value
    return env


def neutral(command: Command) -> Command:
    """The command with every git in it neutral to the repository of its directory."""
    kept = {name: value for name, value in command.env.items() if not name.startswith("GIT_")}
    identity = {name: value for name, value in command.env.items() if _is_identity(name)}
    env = {**kept, **identity, **neutral_environment({**NEUTRAL, **_FOR_COMMITS})}
    return msgspec.structs.replace(
        command, argv=("/bin/sh", "-c", _PRELUDE, "sh", *command.argv), env=env
    )


def _is_identity(name: str) -> bool:
    # Where the user's own configuration is, and who commits.
    return name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_")) or name in {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CEILING_DIRECTORIES",
    }
