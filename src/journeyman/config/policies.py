"""From settings to what a thread may do: trust, the sandbox policy and the approval policy. Pure.

A project is trusted only where the user said so, by its absolute path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from journeyman.config.errors import ConfigError
from journeyman.config.settings import Settings
from journeyman.protocol.permissions import (
    ApprovalPolicy,
    DangerFullAccess,
    ReadOnly,
    SandboxMode,
    SandboxPolicy,
    WorkspaceWrite,
)
from journeyman.sandbox.policy import Limits, NetworkRules, UserRules


def is_trusted(
    settings: Settings, directories: Iterable[Path], is_kept: Callable[[Path], bool]
) -> bool:
    """Whether the first of `directories` (innermost first) of which anything is said is trusted.

    `is_kept` says whether the user trusted a folder by `--trust`; a trust level in the config counts before it.
    """
    for directory in directories:
        project = settings.projects.get(str(directory))
        if project is not None and project.trust_level is not None:
            return project.trust_level == "trusted"
        if is_kept(directory):
            return True
    return False


def sandbox_policy(
    settings: Settings, mode: SandboxMode | None, extra_roots: Sequence[str], *, trusted: bool
) -> SandboxPolicy:
    """The sandbox policy: `mode` when given, else the configured one, else what trust allows.

    Args:
        settings: the loaded settings.
        mode: what a flag or a client asks for.
        extra_roots: absolute paths that are writable as well in workspace-write.
        trusted: whether the user trusts the project.

    Raises:
        ConfigError: a configured writable root is not an absolute path.
    """
    mode = mode or settings.sandbox_mode or ("workspace-write" if trusted else "read-only")
    if mode == "danger-full-access":
        return DangerFullAccess()
    if mode == "read-only":
        return ReadOnly()
    workspace = settings.sandbox_workspace_write
    roots = [_absolute(root) for root in workspace.writable_roots]
    return WorkspaceWrite(
        writable_roots=list(dict.fromkeys([*roots, *extra_roots])),
        network_access=workspace.network_access,
        exclude_tmpdir_env_var=workspace.exclude_tmpdir_env_var,
        exclude_slash_tmp=workspace.exclude_slash_tmp,
    )


def _absolute(root: str) -> str:
    path = Path(root).expanduser()
    if not path.is_absolute():
        where = "sandbox_workspace_write.writable_roots"
        raise ConfigError(f"{root!r} is not an absolute path", where=where, fix="write it in full")
    return str(path)


def network_rules(settings: Settings) -> NetworkRules | None:
    """What confined commands may reach where they have no full network access; None is nothing.

    Raises:
        ConfigError: a rule cannot be understood.
    """
    table = settings.network
    if table.allow is None:
        return None
    from journeyman.sandbox.proxy.rules import (  # noqa: PLC0415 -- 5 ms that few starts need to pay
        RuleError,
        Rules,
    )

    written = NetworkRules(
        allow=tuple(table.allow), deny=tuple(table.deny), methods=tuple(table.methods)
    )
    try:
        Rules(written)
    except RuleError as error:
        raise ConfigError(error.what, where="network", fix=error.fix) from error
    return written


def user_rules(settings: Settings, secrets: Sequence[str] = ()) -> UserRules:
    """What holds for every confined command: limits, and what it may not read.

    Of `deny_read`, absolute paths and those below the home (`~`) are themselves, glob patterns as well; the
    rest is in gitignore syntax and counts in each project. `secrets` are denied as well.

    Raises:
        ConfigError: a limit is not positive.
    """
    table = settings.sandbox_limits
    written = {name: getattr(table, name) for name in table.__struct_fields__}
    for name, value in written.items():
        if value is not None and value <= 0:
            where = f"sandbox_limits.{name}"
            raise ConfigError(f"{value} is no limit", where=where, fix="write a number above 0")
    absolute = [path for path in settings.deny_read if path.startswith(("/", "~"))]
    return UserRules(
        limits=Limits(**written),
        deny_read=(*secrets, *(str(Path(path).expanduser()) for path in absolute)),
        ignore=tuple(path for path in settings.deny_read if path not in absolute),
    )


def approval_policy(settings: Settings) -> ApprovalPolicy:
    """The configured approval policy; `on-request` where nothing is configured."""
    configured = settings.approval_policy
    if configured == "on-failure":
        return "on-request"
    return configured or "on-request"
