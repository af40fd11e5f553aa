"""What of the reference's protocol this program will not have, and why.

A client that asks for such a method is told, instead of `unknown`. A prefix that ends in `/` stands for all below it.
"""

from __future__ import annotations

_VENDOR = "it needs an account with the vendor of another program, and this program needs none"
_PLUGINS = "there are no plugins here: MCP servers, skills and hooks do their work"
_VOICE = "there is no voice here"
_WINDOWS = "this program does not run on Windows"
_REMOTE = "connect to the server over WebSocket instead (jm app-server --listen ws://...)"
_MEMORY = "what an agent is to remember stands in AGENTS.md and in skills"
_REVIEWED = "what a reviewer declined is asked for again: set `approvalsReviewer` to `user` first"
_PATIENT = "a question waits for its answer without a limit, so that nothing needs to be paused"

UNSUPPORTED: dict[str, str] = {
    "account/": _VENDOR,
    "accountSession/": _VENDOR,
    "app/": _VENDOR,
    "attestation/": _VENDOR,
    "environment/": "a thread runs where its server does: start one on the other machine",
    "experimentalFeature/enablement/": "write `features.NAME` with config/value/write",
    "externalAgentConfig/": "threads of the reference are listed and resumed as they are; settings are not taken over",
    "feedback/": "nothing is sent to anybody: write to the project where you got it",
    "marketplace/": _PLUGINS,
    "mcpServer/event/": "events of MCP servers are not passed on",
    "memory/": _MEMORY,
    "mock/": "it is a test of the reference's own",
    "modelProvider/config/": "write `model_providers.NAME` with config/value/write",
    "plugin/": _PLUGINS,
    "remoteControl/": _REMOTE,
    "rollout/": "rollouts stay plain JSON lines; what is large in them is kept beside them",
    "thread/approveGuardianDeniedAction": _REVIEWED,
    "thread/decrement_elicitation": _PATIENT,
    "thread/guardianReview": _REVIEWED,
    "thread/increment_elicitation": _PATIENT,
    "thread/memory/": _MEMORY,
    "thread/memoryMode/": _MEMORY,
    "thread/prediction/": "nothing is guessed of what the user will say next",
    "thread/realtime/": _VOICE,
    "thread/sample": "ask in a turn, or in a thread of its own (thread/fork)",
    "thread/timeline/": "thread/turns/list and thread/items/list tell it, by pages",
    "userVerification/": _VENDOR,
    "windowsSandbox/": _WINDOWS,
}


_KEYS = "a key that a service refuses is told as an `error`"

# What the reference's server sends and this one never does, beside what belongs to the methods above.
NOT_SENT: dict[str, str] = {
    "account/chatgptAuthTokens/refresh": _VENDOR,
    "applyPatchApproval": "`item/fileChange/requestApproval` asks it",
    "autoApprovalReview/strictReviewRequired": "there is one way to review, and it is that",
    "currentTime/read": "the server has a clock of its own",
    "execCommandApproval": "`item/commandExecution/requestApproval` asks it",
    "item/fileChange/outputDelta": "writing a patch prints nothing; the reference sends it no more",
    "model/rerouted": "its only reason is a suspicion against the user, which would be untrue: where another model"
    " answers (`[routing]`), a `warning` says which one and why",
    "model/safetyBuffering/updated": _VENDOR,
    "model/verification": _VENDOR,
    "modelProvider/authRecoveryCompleted": _KEYS,
    "modelProvider/authRecoveryStarted": _KEYS,
    "thread/compacted": "the item `contextCompaction` tells it; the reference sends it no more",
    "thread/environment/": "a thread runs where its server does",
    "turn/moderationMetadata": _VENDOR,
    "windows/": _WINDOWS,
}


def why_unsupported(method: str) -> str | None:
    """Why there is no such method, for a person; None where nothing is known of it."""
    return next((why for prefix, why in UNSUPPORTED.items() if method.startswith(prefix)), None)
