"""Takes turns out of what the model sees: a marker in the rollout first, then the history as readers see it now."""

from __future__ import annotations

from journeyman.core.journal import Journal
from journeyman.core.usage_meter import UsageMeter
from journeyman.store.repair import repair_history
from journeyman.store.replay import RecordedThread, read_rollout
from journeyman.store.revert import revert
from journeyman.store.rollout import Rollout


def take_back(
    rollout: Rollout, journal: Journal, meter: UsageMeter, before_turn_id: str
) -> RecordedThread:
    """Go back to before this turn; no turn may run. Returns the thread as it is recorded now.

    Raises:
        StoreError: the thread is not kept, has no such turn, or cannot be written.
    """
    path = revert(rollout, before_turn_id)
    recorded = read_rollout(path, with_turns=False)
    journal.load(repair_history(recorded.history), recorded.model)
    meter.forget_history()
    return recorded
