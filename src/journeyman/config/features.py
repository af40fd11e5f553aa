"""The features of this program by name, and whether the settings leave them on.

A feature is listed because scripts and faces ask for it by name. It is switched by the key that is named
here; of the table `[features]`, which other programs use, only what is named so switches anything, and the user
is told of the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from journeyman.config.settings import Settings

Stage = Literal["stable", "experimental"]


class Feature(msgspec.Struct, frozen=True, kw_only=True):
    """One feature; `key` is the setting that switches it, None where it is always on."""

    name: str
    title: str
    stage: Stage = "stable"
    key: str | None = None
    is_on: Callable[[Settings], bool] = lambda _: True


def asks_local_model(settings: Settings) -> bool:
    """Whether the offline provider may ask the local model, where that is installed."""
    return settings.features.get("local_repair") is not False


FEATURES = (
    Feature(name="apply_patch", title="Change files by patches"),
    Feature(
        name="checkpoints",
        title="Keep the files as they were before each change",
        key="checkpoints.enabled",
        is_on=lambda settings: settings.checkpoints.enabled,
    ),
    Feature(name="goals", title="Work towards a goal, within budgets"),
    Feature(name="hooks", title="Programs of yours that are told what happens"),
    Feature(
        name="local_repair",
        title="The offline provider asks the local model where its own edits do not help",
        stage="experimental",
        key="features.local_repair",
        is_on=asks_local_model,
    ),
    Feature(
        name="login_shell",
        title="Commands may ask for a login shell",
        key="allow_login_shell",
        is_on=lambda settings: settings.allow_login_shell,
    ),
    Feature(
        name="network_proxy",
        title="Single hosts opened to sandboxed commands",
        key="network.allow",
        is_on=lambda settings: settings.network.allow is not None,
    ),
    Feature(
        name="request_permissions_tool",
        title="The model may ask you for more than the sandbox allows where you can answer",
        stage="experimental",
        key="features.request_permissions_tool",
        is_on=lambda settings: asks_for_permissions(settings) is not False,
    ),
    Feature(
        name="request_user_input",
        title="The model may ask you questions where you can answer",
        stage="experimental",
        key="request_user_input",
        is_on=lambda settings: settings.request_user_input is not False,
    ),
    Feature(name="skills", title="Instructions that are loaded when a task calls for them"),
    Feature(name="shell_tool", title="Run commands"),
    Feature(name="unified_exec", title="Commands that keep running between tool calls"),
    Feature(name="unified_exec_tty", title="Commands on a terminal of their own"),
)


# What users of the reference switch in files that are shared with it; accepted, and without effect here.
IGNORED_FEATURES = frozenset(
    (
        "apply_patch_freeform",
        "apps",
        "code_mode",
        "collaboration_modes",
        "computer_use",
        "enable_request_compression",
        "exec_permission_approvals",
        "fast_mode",
        "guardian_approval",
        "image_generation",
        "js_repl",
        "memories",
        "multi_agent",
        "multi_agent_v2",
        "personality",
        "plugins",
        "prevent_idle_sleep",
        "realtime_conversation",
        "remote_models",
        "responses_websockets",
        "shell_snapshot",
        "sqlite",
        "steer",
        "tool_search",
        "tool_suggest",
        "undo",
        "use_linux_sandbox_bwrap",
        "view_image",
        "web_search_cached",
        "web_search_request",
        "worktrees",
    )
)


def is_known_feature(name: str) -> bool:
    """Whether there is a feature of this name, here or where config files come from."""
    return name in IGNORED_FEATURES or any(feature.name == name for feature in FEATURES)


def asks_for_permissions(settings: Settings) -> bool | None:
    """Whether the model may ask for permissions; None leaves it to the face."""
    wanted = settings.features.get("request_permissions_tool")
    return wanted if isinstance(wanted, bool) else None


def warnings_about(settings: Settings) -> list[str]:
    """What the user wrote under `[features]` without effect, one text an entry that differs from what is."""
    known = {feature.name: feature for feature in FEATURES}
    warnings: list[str] = []
    for name, wanted in settings.features.items():
        feature = known.get(name)
        if feature is None or not isinstance(wanted, bool) or wanted == feature.is_on(settings):
            continue
        way = f"set {feature.key} instead" if feature.key else "it is always on"
        warnings.append(f"features.{name} = {str(wanted).lower()} has no effect: {way}")
    return warnings
