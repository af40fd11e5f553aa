"""`jm doctor`: runs the checks and tells what to do. It runs nothing of the repository, and asks no network unless told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click
import msgspec

from journeyman import __version__
from journeyman.cli.config_layers import sources_for
from journeyman.cli.doctor import checks_machine, checks_setup, checks_threads
from journeyman.cli.doctor.report import CheckReport, Finding, Report, as_text, worst
from journeyman.cli.doctor.surroundings import Surroundings, look_around
from journeyman.cli.process import read_process
from journeyman.cli.terminal import write_output
from journeyman.clock import SystemClock, rfc3339
from journeyman.protocol.connection import PROTOCOL_LEVEL

Check = Callable[[Surroundings], Finding]
# id -> (category, check), in the order that a person reads them in.
_CHECKS: dict[str, tuple[str, Check]] = {
    "installation": ("install", checks_setup.installation),
    "config.load": ("config", checks_setup.config),
    "auth.credentials": ("auth", checks_setup.auth),
    "sandbox.helpers": ("sandbox", checks_machine.sandbox),
    "git.environment": ("git", checks_machine.git),
    "runtime.search": ("search", checks_machine.search),
    "state.paths": ("state", checks_machine.state),
    "state.rollouts": ("threads", checks_threads.rollouts),
    "state.blobs": ("threads", checks_threads.blobs),
    "state.index": ("threads", checks_threads.index),
    "system.disk": ("disk", checks_machine.disk),
    "mcp.config": ("mcp", checks_setup.mcp),
    "terminal.env": ("terminal", checks_machine.terminal),
    "network.env": ("network", checks_machine.network_settings),
}
_REACHABILITY = ("network.provider_reachability", "reachability", checks_machine.reachability)


_EXAMPLES = """\b
Examples:
  jm doctor                     what is wrong, and what to do
  jm doctor --network --all     also whether the provider answers, and all details
  jm doctor --json | jq .       for a script or a bug report
"""


@click.command(
    "doctor",
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--repair",
    is_flag=True,
    help="Make the index of threads anew, and remove what no thread needs.",
)
@click.option("--network", is_flag=True, help="Also connect to the configured provider.")
@click.option("--all", "with_details", is_flag=True, help="Show the details of each check.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, with_details: bool, **asked: Any) -> int:
    """Check whether everything is there, and say what to do where it is not.

    Exit code 1 when a check failed. Secrets are not shown.
    """
    process = read_process()
    at = look_around(process, sources_for(process, ctx), **asked)
    report = examine(at)
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
    else:
        text = as_text(report, with_details=with_details)
    write_output((text + "\n").encode(errors="replace"))
    return 1 if report.overall_status == "fail" else 0


def examine(at: Surroundings) -> Report:
    """Run all checks; one that breaks is itself a finding."""
    checks = dict(_CHECKS)
    if at.network:
        name, category, check = _REACHABILITY
        checks[name] = (category, check)
    found = [_run(name, category, check, at) for name, (category, check) in checks.items()]
    return Report(
        schema_version=1,
        generated_at=rfc3339(SystemClock().now()),
        overall_status=worst(found),
        codex_version=PROTOCOL_LEVEL,
        journeyman_version=__version__,
        checks={check.id: check for check in found},
    )


def _run(name: str, category: str, check: Check, at: Surroundings) -> CheckReport:
    begin = time.perf_counter()
    try:
        finding = check(at)
    except Exception as error:
        finding = Finding(
            status="fail",
            summary=f"the check itself failed: {type(error).__name__}: {error}",
            remediation="report this as a defect of Journeyman",
        )
    return CheckReport(
        id=name,
        category=category,
        status=finding.status,
        summary=finding.summary,
        details=finding.details,
        remediation=finding.remediation,
        duration_ms=round((time.perf_counter() - begin) * 1000),
    )
