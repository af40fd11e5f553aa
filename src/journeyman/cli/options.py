"""The options that every command which runs an agent has, before its name or after it, as one struct."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from journeyman.cli.errors import CommandError
from journeyman.protocol.permissions import SandboxMode

# Where the group leaves what -a said, for the commands that can ask.
APPROVAL = "journeyman.approval_policy"

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

_SHARED = (
    click.option(
        "-c",
        "--config",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Override a configuration key; the value is TOML, else a literal string.",
    ),
    click.option("-m", "--model", metavar="MODEL", help="Model, or provider/model."),
    click.option(
        "--oss", is_flag=True, help="Answer with an open model of a server on this machine."
    ),
    click.option(
        "--local-provider",
        metavar="NAME",
        help="Which server, as --oss: ollama, lmstudio, llamacpp or vllm. Default: the first that answers.",
    ),
    click.option(
        "-p",
        "--profile",
        "config_profile",
        metavar="NAME",
        help="Layer NAME.config.toml of the home folder over config.toml.",
    ),
    click.option(
        "-s",
        "--sandbox",
        type=click.Choice(["read-only", "workspace-write", "danger-full-access"]),
        metavar="MODE",
        help="What commands may touch: read-only, workspace-write or danger-full-access.",
    ),
    click.option(
        "--dangerously-bypass-approvals-and-sandbox",
        "--yolo",
        "bypass",
        is_flag=True,
        help="Run commands without sandbox and without asking. Only for machines that are a sandbox.",
    ),
    click.option("-C", "--cd", metavar="DIR", help="Working directory of the agent."),
    click.option(
        "--add-dir",
        "add_dirs",
        multiple=True,
        metavar="DIR",
        help="Also writable in workspace-write.",
    ),
    click.option(
        "-i",
        "--image",
        "images",
        multiple=True,
        metavar="FILE",
        help="Attach an image to the prompt; several times, or separated by commas.",
    ),
    click.option(
        "--dangerously-bypass-hook-trust",
        "bypass_hook_trust",
        is_flag=True,
        help="Run hooks that nobody trusted, also the repository's. Only for content you know.",
    ),
    click.option(
        "--enable",
        "enabled",
        multiple=True,
        metavar="FEATURE",
        help="The same as -c features.FEATURE=true.",
    ),
    click.option(
        "--disable",
        "disabled",
        multiple=True,
        metavar="FEATURE",
        help="The same as -c features.FEATURE=false.",
    ),
    click.option("--strict-config", is_flag=True, help="Refuse unknown configuration keys."),
    click.option(
        "--record", metavar="FILE", help="Write every exchange with the model to a new FILE."
    ),
    click.option(
        "--replay",
        metavar="FILE",
        help="Answer from such a FILE instead of a model: no key, no network.",
    ),
)


class SharedFlags(msgspec.Struct, frozen=True, kw_only=True):
    """What was said with the shared options."""

    overrides: tuple[str, ...] = ()
    model: str | None = None
    oss: bool = False
    local_provider: str | None = None
    config_profile: str | None = None
    sandbox: SandboxMode | None = None
    bypass: bool = False
    cd: str | None = None
    add_dirs: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    strict_config: bool = False
    bypass_hook_trust: bool = False
    record: str | None = None
    replay: str | None = None

    @property
    def wants_local_model(self) -> bool:
        """Whether a server on this machine is to answer."""
        return self.oss or self.local_provider is not None

    def then(self, later: SharedFlags) -> SharedFlags:
        """Both: lists add up, of single values the later one counts."""
        return SharedFlags(
            overrides=self.overrides + later.overrides,
            model=later.model or self.model,
            oss=later.oss or self.oss,
            local_provider=later.local_provider or self.local_provider,
            config_profile=later.config_profile or self.config_profile,
            sandbox=later.sandbox or self.sandbox,
            bypass=later.bypass or self.bypass,
            cd=later.cd or self.cd,
            add_dirs=self.add_dirs + later.add_dirs,
            images=self.images + later.images,
            strict_config=later.strict_config or self.strict_config,
            bypass_hook_trust=later.bypass_hook_trust or self.bypass_hook_trust,
            record=later.record or self.record,
            replay=later.replay or self.replay,
        )

    def image_paths(self) -> list[str]:
        """Every image, with the comma lists taken apart."""
        return [path for value in self.images for path in value.split(",") if path]


def shared_options(command: CommandT) -> CommandT:
    """Decorate a command with the shared options."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def take_shared(params: dict[str, Any]) -> SharedFlags:
    """Take the shared options out of a command's parameters.

    Raises:
        CommandError: a feature is named that there is not.
    """
    named = [
        (feature, value)
        for option, value in (("enabled", "true"), ("disabled", "false"))
        for feature in params.pop(option)
    ]
    _check_features([feature for feature, _ in named])
    switches = tuple(f"features.{feature}={value}" for feature, value in named)
    said = SharedFlags(**{name: params.pop(name) for name in SharedFlags.__struct_fields__})
    return msgspec.structs.replace(said, overrides=said.overrides + switches)


def _check_features(names: list[str]) -> None:
    if not names:
        return
    from journeyman.config.features import is_known_feature

    for name in names:
        if not is_known_feature(name):
            raise CommandError(f"unknown feature {name}: `jm features list` shows those there are")
