"""What a thread runs with: configuration, what a client asks, and what the rollout says, as one choice.

Of model and effort, what is said now counts before what the thread ran with, and that before config files.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from journeyman.cli.credentials import kept_key
from journeyman.cli.guidance import FolderGuidance, SkillRoots
from journeyman.cli.hooks import find_hooks, hooks_to_run
from journeyman.cli.known_models import KnownModels, budgets
from journeyman.cli.mcp_servers import mcp_secret_names, mcp_servers
from journeyman.cli.model_choice import can_search, choose_model, model_settings
from journeyman.cli.model_memory import ModelMemory
from journeyman.cli.process import Process
from journeyman.cli.providers import configured_providers, secret_names, with_address
from journeyman.cli.routes import Routing, price_at, routing
from journeyman.config.errors import ConfigError
from journeyman.config.features import asks_for_permissions, asks_local_model
from journeyman.config.load import Sources
from journeyman.config.policies import (
    approval_policy,
    network_rules,
    sandbox_policy,
    user_rules,
)
from journeyman.config.project import InProject, load_in_project
from journeyman.config.settings import Settings
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.guidance import GuidanceSource
from journeyman.core.hooks import Hook
from journeyman.core.settings import AutoReview, CompactionSettings, Limits, ThreadSettings
from journeyman.models.api import ModelSettings
from journeyman.models.prices import Price
from journeyman.models.profiles import ModelProfile
from journeyman.models.providers import BUILT_IN, DEFAULT_PROVIDER, Provider
from journeyman.protocol import threads
from journeyman.protocol.collaboration import CollaborationMode
from journeyman.protocol.permissions import DangerFullAccess, SandboxPolicy, WorkspaceWrite
from journeyman.sandbox.deny_read import agent_secrets
from journeyman.sandbox.environment import EnvironmentPolicy, command_environment
from journeyman.sandbox.policy import UserRules
from journeyman.store.lines import TurnContext
from journeyman.store.replay import RecordedThread
from journeyman.tools.mcp.servers import McpServer
from journeyman.workspace.checkpoints.records import Limits as CheckpointLimits


class ToolSwitches(msgspec.Struct, frozen=True, kw_only=True):
    """What the user lets the model do by tools; None for what asks the user leaves it to the face."""

    allow_login_shell: bool
    request_user_input: bool | None
    request_permissions: bool | None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, and what else follows from the same words.

    `guidance` reads what the folder tells the model; `hooks` are those that may run, `notify` what is told of the end
    of turns; `root` is the repository's directory; `checkpoints` are None where the user switched them off.
    `kept_key` reads the key that the user signed in with for a provider; it raises `AuthError`.
    """

    settings: ThreadSettings
    provider: Provider
    profile: ModelProfile
    switches: ToolSwitches
    root: Path | None
    checkpoints: CheckpointLimits | None
    guidance: GuidanceSource
    hooks: tuple[Hook, ...]
    notify: tuple[str, ...]
    kept_key: Callable[[Provider], str | None]
    asks_local_model: bool
    warnings: tuple[str, ...]
    price_of: Callable[[str, str], Price | None]
    routing: Routing
    mcp_servers: tuple[McpServer, ...] = ()


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the words of client, rollout and configuration name, looked up once: the folder, and who answers."""

    directory: Path
    project: InProject
    providers: Mapping[str, Provider]
    provider: Provider
    known: KnownModels
    profile: ModelProfile
    model: ModelSettings
    mode: CollaborationMode | None


class Chooser:
    """Makes the choices of one process."""

    def __init__(self, process: Process, sources: Sources, extra_roots: Sequence[str]) -> None:
        """Take what the process was given; `extra_roots` are writable as well in workspace-write."""
        self.memory = ModelMemory(process.home)
        self.skill_roots = SkillRoots()
        self._process = process
        self._sources = sources
        self._extra_roots = extra_roots

    def rule_book(self) -> RuleBook:
        """The rules in force for a thread; none where the user leaves rules files out.

        Raises:
            RulesError: a file cannot be read or understood.
        """
        return RuleBook(None if self._sources.ignore_rules else self._process.home / "rules")

    def choose(self, params: threads.ThreadOverrides, recorded: RecordedThread | None) -> Choice:
        """The choice for a thread.

        Args:
            params: what the client asks for.
            recorded: the thread it goes on with, if any.

        Raises:
            ConfigError: configuration that cannot be used.
            LookupError: there is no such provider.
        """
        found = self._find(params, recorded)
        configured, directory = found.project.loaded.settings, found.directory
        environment = command_env(self._process, configured)
        settings = self._settings(params, found, environment)
        hooks, hook_warnings = self._hooks(configured, found.project.root or directory)
        warnings = self._warnings(settings, found.provider, found.profile)
        return Choice(
            settings=settings,
            provider=found.provider,
            profile=found.profile,
            switches=_switches(configured),
            root=found.project.root,
            checkpoints=checkpoint_limits(configured),
            mcp_servers=mcp_servers(configured, self._process.environment, environment, directory),
            guidance=FolderGuidance(self._process.home, configured, self.skill_roots),
            hooks=hooks,
            notify=tuple(configured.notify),
            price_of=price_at(found.providers, found.known),
            routing=routing(configured, found.providers, found.known, self._process.environment),
            kept_key=kept_key(self._process, configured),
            asks_local_model=asks_local_model(configured),
            warnings=(*found.project.warnings, *hook_warnings, *warnings),
        )

    def _find(self, params: threads.ThreadOverrides, recorded: RecordedThread | None) -> _Found:
        context = (recorded and recorded.turn_context) or TurnContext()
        directory = self._directory(params, context, recorded)
        project = load_in_project(self._sources, directory, params.config)
        configured = project.loaded.settings
        providers = configured_providers(configured)
        provider, model = choose_model(params, project.loaded, recorded, providers)
        known = KnownModels(configured, self._process.home, self.memory)
        profile, profiles = known.of(provider, model)
        return _Found(
            directory=directory,
            project=project,
            providers=providers,
            provider=with_address(provider, self._process.environment),
            known=known,
            profile=profile,
            model=model_settings(
                configured,
                model,
                profiles,
                recorded_effort=context.effort,
                tier=params.service_tier,
            ),
            mode=context.mode,
        )

    def _settings(
        self, params: threads.ThreadOverrides, found: _Found, environment: Mapping[str, str]
    ) -> ThreadSettings:
        configured, profile = found.project.loaded.settings, found.profile
        return ThreadSettings(
            cwd=str(found.directory),
            provider=found.provider.id,
            model=found.model,
            instructions=params.base_instructions or self._instructions(configured, profile),
            sandbox=self._sandbox(params, found.project),
            approval_policy=params.approval_policy or approval_policy(configured),
            command_env=environment,
            network_rules=network_rules(configured),
            command_rules=command_rules(self._process, configured),
            git_grant=configured.git.allow_commit,
            approvals_reviewer=params.approvals_reviewer or configured.approvals_reviewer,
            auto_review=AutoReview(**msgspec.structs.asdict(configured.auto_review)),
            developer_instructions=params.developer_instructions
            or configured.developer_instructions,
            shell=_shell(self._process.environment.get("SHELL", "")),
            context_window=configured.model_context_window or profile.window,
            review_model=configured.review_model,
            compaction=_compaction(configured),
            small_step_tokens=_small_step_tokens(configured),
            budgets=budgets(configured),
            limits=_limits(configured),
            plan_effort=configured.plan_mode_reasoning_effort,
            mode=found.mode.mode if found.mode else "default",
            mode_instructions=found.mode and found.mode.settings.developer_instructions,
        )

    def _sandbox(self, params: threads.ThreadOverrides, project: InProject) -> SandboxPolicy:
        configured, trusted = project.loaded.settings, project.trusted
        return sandbox_policy(configured, params.sandbox, self._extra_roots, trusted=trusted)

    def _hooks(self, configured: Settings, folder: Path) -> tuple[tuple[Hook, ...], list[str]]:
        sets = find_hooks(self._process.home, configured, folder)
        return hooks_to_run(sets, trust_all=self._sources.trust_all_hooks)

    def _directory(
        self, params: threads.ThreadOverrides, context: TurnContext, recorded: RecordedThread | None
    ) -> Path:
        recorded_cwd = context.cwd or (recorded.meta.cwd if recorded else "")
        return self._process.directory / (params.cwd or recorded_cwd)

    def _instructions(self, configured: Settings, profile: ModelProfile) -> str:
        if configured.model_instructions_file is None:
            return configured.instructions or profile.instructions
        path = self._process.home / Path(configured.model_instructions_file).expanduser()
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            fix = "name a text file that can be read"
            raise ConfigError(
                f"cannot read {path}", where="model_instructions_file", fix=fix
            ) from error

    def _warnings(
        self, settings: ThreadSettings, provider: Provider, profile: ModelProfile
    ) -> list[str]:
        warnings: list[str] = []
        search = settings.model.web_search
        if search and not can_search(provider, settings.model.model, search):
            warnings.append(
                f"web_search = {search!r} has no effect: {settings.model.model} at {provider.name} "
                f'(wire_api = "{provider.wire_api}") offers no such search'
            )
        head, slash, _ = settings.model.model.partition("/")
        if slash and provider == BUILT_IN[DEFAULT_PROVIDER]:
            # Its own models have no slash in their names.
            warnings.append(
                f"There is no provider {head}: {provider.name} is asked for {settings.model.model}"
            )
        if not profile.known:
            warnings.append(
                f"Model metadata for `{settings.model.model}` not found: its context window is taken as "
                f"{settings.context_window} tokens. Set model_context_window in config.toml."
            )
        if self._extra_roots and not isinstance(settings.sandbox, WorkspaceWrite):
            warnings.append("--add-dir has no effect: it needs -s workspace-write")
        if settings.network_rules is not None and _has_full_network(settings.sandbox):
            warnings.append("network.allow has no effect: the sandbox has full network access")
        return warnings


def command_rules(process: Process, configured: Settings) -> UserRules:
    """What the user says of commands; in the agent's own folder they write nothing, wherever it is."""
    rules = user_rules(configured, agent_secrets(str(process.home)))
    return msgspec.structs.replace(rules, protected=(str(process.home),))


def command_env(process: Process, configured: Settings) -> dict[str, str]:
    """The environment of commands: what the user's policy lets through, and never a key."""
    policy = configured.shell_environment_policy
    hidden = {*secret_names(configured_providers(configured)), *mcp_secret_names(configured)}
    return command_environment(
        {n: value for n, value in process.environment.items() if n not in hidden},
        EnvironmentPolicy(
            inherit=policy.inherit,
            ignore_default_excludes=policy.ignore_default_excludes,
            exclude=tuple(policy.exclude),
            include_only=tuple(policy.include_only),
            set=policy.set,
        ),
        programs_directory=str(Path(sys.executable).parent),
    )


def _has_full_network(sandbox: SandboxPolicy) -> bool:
    return isinstance(sandbox, DangerFullAccess) or sandbox.network_access


def _limits(configured: Settings) -> Limits:
    default = Limits().tool_output_tokens
    return Limits(
        tool_output_tokens=configured.tool_output_token_limit or default,
        kept_output_bytes=configured.tool_output_kept_bytes,
        unload_seconds=configured.thread_unload_delay_secs,
    )


def _small_step_tokens(configured: Settings) -> int | None:
    table = configured.routing
    return table.small_step_tokens if table.small_steps else None


def _switches(configured: Settings) -> ToolSwitches:
    return ToolSwitches(
        allow_login_shell=configured.allow_login_shell,
        request_user_input=configured.request_user_input,
        request_permissions=asks_for_permissions(configured),
    )


def _compaction(configured: Settings) -> CompactionSettings:
    return CompactionSettings(
        auto_limit_tokens=configured.model_auto_compact_token_limit,
        prompt=configured.compact_prompt,
    )


def checkpoint_limits(configured: Settings) -> CheckpointLimits | None:
    """The limits that `[checkpoints]` sets; None where it switches them off."""
    table = configured.checkpoints
    if not table.enabled:
        return None
    return CheckpointLimits(
        file_bytes=table.max_file_bytes,
        total_bytes=table.max_new_bytes,
        files=table.max_files,
        keep_count=table.keep_count,
        keep_days=table.keep_days,
        keep_bytes=table.keep_bytes,
    )


def _shell(configured: str) -> str:
    """The user's shell where it is one that understands what models write."""
    return configured if Path(configured).name in {"bash", "zsh"} else "/bin/bash"
