"""What a thread is made of: put together by whoever builds threads, taken apart by the thread alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from journeyman.clock import Clock
from journeyman.core.dynamic_tools import DynamicTools
from journeyman.core.exec_policy.rule_book import RuleBook
from journeyman.core.guidance import GuidanceSource, NoGuidance
from journeyman.core.hooks import ThreadHooks
from journeyman.core.settings import ThreadSettings
from journeyman.core.spending import SpendingParts
from journeyman.core.user_questions import UserQuestions
from journeyman.models.api import ModelClient
from journeyman.protocol import threads
from journeyman.protocol.history import HistoryItem
from journeyman.protocol.usage import NOTHING_USED, ThreadTokenUsage
from journeyman.sandbox.api import Launcher
from journeyman.store.lines import Ahead as RecordedAhead
from journeyman.store.rollout import Rollout
from journeyman.tools.registry import ToolRegistry
from journeyman.workspace.api import Checkpoints, NoCheckpoints, NoRevisions, Revisions


class ThreadParts(msgspec.Struct, frozen=True, kw_only=True):
    """What a thread is made of; `connect` makes the client for the settings' model.

    `history`, `model_before` (of the last turn), `usage` and `ahead` are what the rollout already holds; `wants_title` lets a model name the thread.
    """

    settings: ThreadSettings
    connect: Callable[[ThreadSettings], ModelClient]
    launcher: Launcher
    registry: ToolRegistry
    rollout: Rollout
    clock: Clock
    header: threads.Thread
    checkpoints: Checkpoints = NoCheckpoints()
    revisions: Revisions = NoRevisions()
    history: Sequence[HistoryItem] = ()
    model_before: str | None = None
    usage: ThreadTokenUsage = NOTHING_USED
    warnings: Sequence[str] = ()
    guidance: GuidanceSource = NoGuidance()
    hooks: ThreadHooks = ThreadHooks()
    rule_book: RuleBook = msgspec.field(default_factory=RuleBook)
    dynamic_tools: DynamicTools = DynamicTools(())
    user_questions: UserQuestions = msgspec.field(default_factory=UserQuestions)
    ahead: RecordedAhead | None = None
    spending: SpendingParts = SpendingParts()
    wants_title: bool = False
