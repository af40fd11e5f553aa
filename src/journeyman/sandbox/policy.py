"""What a confined command may touch, as pure data, and how a wire policy becomes it.

Writable roots come from configuration and the command line only, never from a model. Compiling a policy
to mounts or rules is each backend's work.
"""

from __future__ import annotations

import msgspec

from journeyman.protocol.permissions import DangerFullAccess, ReadOnly, SandboxPolicy

# Names that stay read-only in every writable root, whether they exist yet or not: who writes there
# decides what runs outside the sandbox later.
PROTECTED_NAMES = (".git", ".journeyman", ".agents", ".codex", ".vscode", ".idea", ".devcontainer")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one command with all its processes may use.

    `memory_bytes` counts processes and private directories together; None is most of what is free when
    the command starts. `file_bytes` is the largest file it may write.
    """

    memory_bytes: int | None = None
    processes: int = 2048
    file_bytes: int = 1 << 30


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
    protected_names: tuple[str, ...] = PROTECTED_NAMES
    network_access: bool = False
    network_rules: NetworkRules | None = None
    private_tmp: bool = True
    deny_read: tuple[str, ...] = ()
    """Paths and glob patterns that cannot be read, with all below them."""
    limits: Limits = Limits()


UNCONFINED = Policy(confined=False, network_access=True, private_tmp=False)


def policy_of(wire: SandboxPolicy, cwd: str, network_rules: NetworkRules | None = None) -> Policy:
    """The policy for commands of a thread whose working directory is `cwd`."""
    if isinstance(wire, DangerFullAccess):
        return UNCONFINED
    writable = () if isinstance(wire, ReadOnly) else (cwd, *wire.writable_roots)
    return Policy(
        writable_roots=writable,
        network_access=wire.network_access,
        network_rules=None if wire.network_access else network_rules,
    )
