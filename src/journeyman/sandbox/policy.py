"""What a confined command may touch, as pure data, and how a wire policy becomes it.

Writable roots come from configuration and the command line only, never from a model. Compiling a policy
to mounts or rules is each backend's work.
"""

from __future__ import annotations

import msgspec

from journeyman.protocol.permissions import DangerFullAccess, ReadOnly, SandboxPolicy

# Says in a project what its commands may not read.
IGNORE_FILE = ".journeymanignore"
# Paths that stay read-only in every writable root, whether they exist yet or not: who writes there decides
# what runs outside the sandbox later. Where the first name of a longer one is missing, that one is held.
PROTECTED_NAMES = (
    ".git",
    ".journeyman",
    ".agents",
    ".codex",
    ".vscode",
    ".idea",
    ".devcontainer",
    ".github/workflows",
    ".github/actions",
    ".gitlab-ci.yml",
    ".circleci",
)
# As those, but where they are missing they may be made: nothing reads them before a person switches that on.
# A link in such a place is left as it is.
PROTECTED_WHERE_PRESENT = (
    IGNORE_FILE,
    ".mcp.json",
    ".claude",
    ".cursor",
    ".gemini",
    ".zed",
    ".fleet",
    ".envrc",
    ".travis.yml",
    ".drone.yml",
    ".cirrus.yml",
    ".woodpecker",
    ".woodpecker.yml",
    ".buildkite",
    ".gitea/workflows",
    ".forgejo/workflows",
    ".azure-pipelines",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "appveyor.yml",
    ".appveyor.yml",
    "Jenkinsfile",
)
_ALL_PROTECTED = tuple(
    tuple(name.casefold().split("/")) for name in (*PROTECTED_NAMES, *PROTECTED_WHERE_PRESENT)
)


def is_protected(relative: str) -> bool:
    """Whether a path, relative to a writable root, is protected, leads to what is, or is inside of it.

    Without regard to case: the root may be on a disk that has none.
    """
    parts = tuple(relative.casefold().split("/"))
    return any(
        parts[: len(name)] == name or (len(parts) < len(name) and name[: len(parts)] == parts)
        for name in _ALL_PROTECTED
    )


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one command with all its processes may use.

    `memory_bytes` counts processes and private directories together, `disk_bytes` what disks that it may
    write to have less afterwards; None is most of what is free when the command starts.
    `process_memory_bytes` is for each process. `file_bytes` is the largest file it may write, `output_bytes`
    what it may print, `seconds` how long it may run; None is no limit.
    """

    memory_bytes: int | None = None
    disk_bytes: int | None = None
    # A build of many processes lives, one process that swells does not (docs/adr, sandbox limits).
    process_memory_bytes: int = 5 << 29
    processes: int = 2048
    file_bytes: int = 1 << 30
    output_bytes: int | None = None
    seconds: float | None = None


class NetworkRules(msgspec.Struct, frozen=True, kw_only=True):
    """What commands may reach through the proxy, as the user wrote it; proxy/rules.py reads it.

    `methods` are those of plain HTTP beyond GET, HEAD and OPTIONS.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The confinement of one command; all paths absolute.

    `confined=False` runs it as the user would (danger-full-access, or an approved escalation).
    Without `network_access` only what `network_rules` let through the proxy is reached; None is nothing.
    """

    confined: bool = True
    writable_roots: tuple[str, ...] = ()
    git_of: str | None = None
    """A directory; in the repository around it git may write its metadata (git_metadata.py)."""
    protected_names: tuple[str, ...] = PROTECTED_NAMES
    protected_where_present: tuple[str, ...] = PROTECTED_WHERE_PRESENT
    protected_paths: tuple[str, ...] = ()
    """Absolute paths that stay read-only in writable roots, as protected names do, wherever they are."""
    network_access: bool = False
    network_rules: NetworkRules | None = None
    private_tmp: bool = True
    plain_roots: tuple[str, ...] = ()
    """Read at full speed, for programs that know nothing of sockets: those made there after launch are not
    out of reach, as they are elsewhere in a home directory."""
    deny_read: tuple[str, ...] = ()
    """Absolute paths and glob patterns that cannot be read, with all below them."""
    ignore: tuple[str, ...] | None = ()
    """What the user's patterns in gitignore syntax, and the project's own, name cannot be read either; with
    None all of the project can."""
    limits: Limits = Limits()


UNCONFINED = Policy(confined=False, network_access=True, private_tmp=False)


class UserRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the user's configuration says of confined commands, whatever the sandbox policy.

    `protected` are absolute paths that stay read-only also in a writable root.
    """

    limits: Limits = Limits()
    protected: tuple[str, ...] = ()
    deny_read: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def policy_of(
    wire: SandboxPolicy,
    cwd: str,
    network_rules: NetworkRules | None = None,
    rules: UserRules | None = None,
) -> Policy:
    """The policy for commands of a thread whose working directory is `cwd`."""
    if isinstance(wire, DangerFullAccess):
        return UNCONFINED
    rules = rules or UserRules()
    writable = () if isinstance(wire, ReadOnly) else (cwd, *wire.writable_roots)
    return Policy(
        writable_roots=writable,
        network_access=wire.network_access,
        network_rules=None if wire.network_access else network_rules,
        limits=rules.limits,
        protected_paths=rules.protected,
        deny_read=rules.deny_read,
        ignore=rules.ignore,
    )
