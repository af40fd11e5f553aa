"""What a backend does about the network rules of a policy: the proxy's part of one command, as a port.

The proxy itself is only imported for a command that has rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from journeyman.sandbox.api import OnRefused, Resolve
from journeyman.sandbox.policy import Policy


class WayOut(Protocol):
    """One command's way to the hosts it may reach; it ends with the command."""

    @property
    def channel(self) -> int:
        """The descriptor to pass to the command: the listening socket comes out through it."""
        ...

    def command(self, argv: Sequence[str], *, channel: int) -> tuple[str, ...]:
        """What to run inside instead of `argv` (which starts with a path); `channel` as numbered there."""
        ...

    def environment(self, env: Mapping[str, str], policy: Policy, tmp: str) -> dict[str, str]:
        """The environment that leads programs to the proxy; `tmp` is the command's temporary directory."""
        ...

    def started(self) -> None:
        """The command was started."""
        ...

    def ended(self) -> None:
        """Nothing of the command is left, or it could not be started."""
        ...


def open_way_out(
    policy: Policy, on_refused: OnRefused | None, resolve: Resolve | None, *, python: str
) -> WayOut | None:
    """The way out that `policy` grants; None when it has no rules, or needs none.

    Args:
        policy: the policy of one command.
        on_refused: see `Launcher.launch`.
        resolve: resolves names; the machine's resolver when it is None.
        python: the Python program to run inside.

    Raises:
        ConfinementError: a rule cannot be understood.
    """
    if policy.network_rules is None or policy.network_access:
        return None
    from journeyman.sandbox.proxy.handover import hand_over  # noqa: PLC0415 -- 20 ms that few need

    return hand_over(policy.network_rules, on_refused, resolve, python=python)
