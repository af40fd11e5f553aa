"""The settings that layers of configuration add up to: one struct a table, keys as in config.toml.

The defaults of these structs are the lowest layer. Keys that later parts of the product will read are
accepted by `IGNORED_KEYS`; whatever is in neither place is unknown.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from journeyman.protocol.permissions import ApprovalsReviewer, Granular, SandboxMode

# "on-failure" is an old policy that published SDKs still send; here it means on-request.
ConfiguredApproval = Literal["untrusted", "on-request", "never", "on-failure"] | Granular
TrustLevel = Literal["trusted", "untrusted"]
WebSearch = Literal["disabled", "cached", "indexed", "live"]

IGNORED_KEYS = frozenset(
    (
        "model_auto_compact_token_limit_scope",
        "personality",
        "chatgpt_base_url",
        "default_permissions",
        "permissions",
        "history",
        "file_opener",
        "hide_agent_reasoning",
        "show_raw_agent_reasoning",
        "background_terminal_max_timeout",
        "log_dir",
        "sqlite_home",
        "tools",
        "mcp_oauth_credentials_store",
        "mcp_oauth_callback_port",
        "mcp_oauth_callback_url",
        "forced_login_method",
        "forced_chatgpt_workspace_id",
        "agents",
        "plugins",
        "marketplaces",
        "apps",
        "memories",
        "analytics",
        "feedback",
        "otel",
        "tui",
        "notice",
        "check_for_update_on_startup",
        "disable_paste_burst",
        "windows",
        "include_environment_context",
        "include_permissions_instructions",
    )
)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of config.toml: unknown keys are left to the check of `--strict-config`."""


class SandboxWorkspaceWrite(Table, frozen=True):
    """What workspace-write allows beyond the working directory; paths absolute or below the home (`~`)."""

    writable_roots: list[str] = []
    network_access: bool = False
    exclude_tmpdir_env_var: bool = False
    exclude_slash_tmp: bool = False


class NetworkTable(Table, frozen=True):
    """What confined commands may reach without `network_access`; None for `allow` is nothing at all.

    Rules are hosts such as "pypi.org", "*.example.org", "example.org:8443" or "10.0.0.0/8"; methods of plain
    HTTP such as "POST" or "POST git.example.org".
    """

    allow: list[str] | None = None
    deny: list[str] = []
    methods: list[str] = []


class SandboxLimitsTable(Table, frozen=True):
    """What one confined command with all its processes may use; sizes in bytes.

    None for `memory_bytes` and `disk_bytes` (what the disks that it may write to have less) is three quarters
    of what is free when the command starts, elsewhere no limit.
    """

    memory_bytes: int | None = None
    disk_bytes: int | None = None
    process_memory_bytes: int = 5 << 29
    processes: int = 2048
    file_bytes: int = 1 << 30
    output_bytes: int | None = None
    seconds: float | None = None


class GitTable(Table, frozen=True):
    """What git may do from inside the sandbox.

    `allow_commit` lets plain `git add, commit, stash, switch, branch` write the repository's metadata.
    """

    allow_commit: bool = False


class AutoReviewTable(Table, frozen=True):
    """How a reviewer model decides, where `approvals_reviewer` is not the user."""

    model: str | None = None
    policy: str | None = None
    timeout_seconds: float = 90.0


class CheckpointsTable(Table, frozen=True):
    """What is kept of a project before a tool changes it, and for how long; sizes in bytes.

    `max_new_bytes` bounds what one checkpoint adds; files that git ignores come last.
    """

    enabled: bool = True
    max_file_bytes: int = 64 << 20
    max_new_bytes: int = 2 << 30
    max_files: int = 1_000_000
    keep_count: int = 500
    keep_days: float = 30.0
    keep_bytes: int = 10 << 30


class ShellEnvironmentPolicy(Table, frozen=True):
    """Which variables commands see; patterns are shell globs, matched without regard to case.

    `ignore_default_excludes` lets through variables whose names look like secrets.
    """

    inherit: Literal["all", "core", "none"] = "all"
    ignore_default_excludes: bool = False
    exclude: list[str] = []
    set: dict[str, str] = {}
    include_only: list[str] = []
    experimental_use_profile: bool = False


class KeyCommandTable(Table, frozen=True):
    """`[model_providers.<id>.auth]`: a program that prints the key, in `cwd` or else the home folder.

    It is run again once the key is older than `refresh_interval_ms` (0: never for its age) or was refused.
    """

    command: str
    args: list[str] = []
    timeout_ms: int = 5_000
    refresh_interval_ms: int = 300_000
    cwd: str | None = None


class AwsTable(Table, frozen=True):
    """`[model_providers.<id>.aws]`: which AWS credentials sign requests for which there is no key."""

    profile: str | None = None
    region: str | None = None


class ProviderTable(Table, frozen=True):
    """One `[model_providers.<id>]`; None means the provider's built-in or general default."""

    name: str | None = None
    base_url: str | None = None
    env_key: str | None = None
    env_key_instructions: str | None = None
    wire_api: str | None = None
    query_params: dict[str, str] | None = None
    http_headers: dict[str, str] | None = None
    env_http_headers: dict[str, str] | None = None
    request_max_retries: int | None = None
    stream_max_retries: int | None = None
    stream_idle_timeout_ms: int | None = None
    requires_openai_auth: bool | None = None
    supports_websockets: bool | None = None
    experimental_bearer_token: str | None = None
    auth: KeyCommandTable | None = None
    aws: AwsTable | None = None


class LongPriceTable(Table, frozen=True):
    """What a request costs whose input has more than `above_tokens`; the rest as in `PriceTable`."""

    above_tokens: int | None = None
    input: float | None = None
    output: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None


class PriceTable(Table, frozen=True):
    """What a model costs, in US dollars per million tokens; `source` and `date` say who says so, and when.

    `input` and `output` are needed; None for the cached kinds means that they cost what other input does. `tiers`
    are service tiers, and how many times as much they cost.
    """

    input: float | None = None
    output: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None
    long: LongPriceTable | None = None
    tiers: dict[str, float] = {}
    source: str = "config.toml"
    date: str = ""


class ModelTable(Table, frozen=True):
    """One `[models."<name>"]`, by the name with or without its provider: what the user knows better.

    None leaves what is known of its family; the keys are those of a model profile.
    """

    context_window: int | None = None
    working_window: int | None = None
    max_output_tokens: int | None = None
    edit_format: Literal["freeform", "function", "replace"] | None = None
    without_tools: tuple[str, ...] | None = None
    parallel_tool_calls: bool | None = None
    reasoning_efforts: tuple[str, ...] | None = None
    default_effort: str | None = None
    verbosity: bool | None = None
    adaptive_thinking: bool | None = None
    images: bool | None = None
    price: PriceTable | None = None


class RoutingTable(Table, frozen=True):
    """Who else answers, each as `provider/model`: those of `fallback` in turn where the thread's model fails.

    `summaries` writes the notes of a compaction, `review` decides and reviews in a person's place. `titles` names
    threads that have no name after their first turn; without it nobody is asked for one. `small_steps` answers steps
    that only go on from tool outputs of at most `small_step_tokens`.
    """

    fallback: list[str] = []
    summaries: str | None = None
    review: str | None = None
    titles: str | None = None
    small_steps: str | None = None
    small_step_tokens: Annotated[int, msgspec.Meta(gt=0)] = 500


class BudgetTable(Table, frozen=True):
    """How much may be spent; `tokens` without cached ones, `usd` at list prices, `steps` are requests."""

    tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    steps: int | None = None


class BudgetsTable(Table, frozen=True):
    """The budgets of one turn, of one thread, and of one day (in UTC) over all threads."""

    turn: BudgetTable = BudgetTable()
    thread: BudgetTable = BudgetTable()
    day: BudgetTable = BudgetTable()


class ProjectTable(Table, frozen=True):
    """One `[projects."<absolute path>"]`."""

    trust_level: TrustLevel | None = None


class McpServerTable(Table, frozen=True, omit_defaults=True):
    """One `[mcp_servers.<name>]`: a program to start (`command`), or an address (`url`).

    `env_vars` and the values of `env_http_headers` are names of variables, read when the server starts.
    """

    command: str | None = None
    args: list[str] = []
    env: dict[str, str] | None = None
    env_vars: list[str] = []
    cwd: str | None = None
    url: str | None = None
    bearer_token_env_var: str | None = None
    http_headers: dict[str, str] | None = None
    env_http_headers: dict[str, str] | None = None
    http_headers_helper: str | None = None
    scopes: list[str] | None = None
    oauth: dict[str, Any] | None = None
    startup_timeout_sec: float | None = None
    startup_timeout_ms: int | None = None
    tool_timeout_sec: float | None = None
    enabled: bool = True
    required: bool = False
    enabled_tools: list[str] | None = None
    disabled_tools: list[str] | None = None
    supports_parallel_tool_calls: bool = False
    default_tools_approval_mode: str | None = None
    tools: dict[str, dict[str, Any]] = {}


class SkillSwitch(Table, frozen=True):
    """One `[[skills.config]]`: a skill by the path of its SKILL.md or by name, and whether it counts."""

    path: str | None = None
    name: str | None = None
    enabled: bool = True


class SkillsTable(Table, frozen=True):
    """What is said of single skills; the last word on one counts."""

    config: list[SkillSwitch] = []


class Settings(Table, frozen=True):
    """Everything a thread's composition reads; None where the choice is left to the model's profile."""

    model: str | None = None
    model_provider: str = "openai"
    model_providers: dict[str, ProviderTable] = {}
    review_model: str | None = None
    oss_provider: str | None = None
    models: dict[str, ModelTable] = {}
    model_catalog_json: str | None = None
    budget: BudgetsTable = BudgetsTable()
    routing: RoutingTable = RoutingTable()
    model_context_window: Annotated[int, msgspec.Meta(gt=0)] | None = None
    model_auto_compact_token_limit: int | None = None
    compact_prompt: str | None = None
    model_reasoning_effort: str | None = None
    plan_mode_reasoning_effort: str | None = None
    model_reasoning_summary: Literal["auto", "concise", "detailed", "none"] | None = None
    model_verbosity: Literal["low", "medium", "high"] | None = None
    service_tier: str | None = None
    model_instructions_file: str | None = None
    instructions: str | None = None
    developer_instructions: str | None = None
    openai_base_url: str | None = None
    approval_policy: ConfiguredApproval | None = None
    approvals_reviewer: ApprovalsReviewer = "user"
    sandbox_mode: SandboxMode | None = None
    sandbox_workspace_write: SandboxWorkspaceWrite = SandboxWorkspaceWrite()
    network: NetworkTable = NetworkTable()
    deny_read: list[str] = []
    sandbox_limits: SandboxLimitsTable = SandboxLimitsTable()
    git: GitTable = GitTable()
    auto_review: AutoReviewTable = AutoReviewTable()
    shell_environment_policy: ShellEnvironmentPolicy = ShellEnvironmentPolicy()
    checkpoints: CheckpointsTable = CheckpointsTable()
    allow_login_shell: bool = True
    request_user_input: bool | None = None
    notify: list[str] = []
    tool_output_token_limit: int | None = None
    tool_output_kept_bytes: Annotated[int, msgspec.Meta(ge=0)] = 64 << 20
    hooks: dict[str, Any] = {}
    skills: SkillsTable = SkillsTable()
    project_doc_max_bytes: Annotated[int, msgspec.Meta(ge=0)] = 32 * 1024
    project_doc_fallback_filenames: tuple[str, ...] = ()
    project_root_markers: tuple[str, ...] = (".git",)
    projects: dict[str, ProjectTable] = {}
    web_search: WebSearch | None = None
    mcp_servers: dict[str, McpServerTable] = {}
    features: dict[str, Any] = {}
    thread_unload_delay_secs: Annotated[int, msgspec.Meta(ge=0)] = 1800
    cli_auth_credentials_store: Literal["file", "keyring", "auto"] = "file"
