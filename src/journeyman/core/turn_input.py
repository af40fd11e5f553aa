"""Takes what the user said into the history: fragments that are missing, the words, the skills they name.

A hook may keep it out; then nothing of it is recorded as said.
"""

from __future__ import annotations

from collections.abc import Sequence

from journeyman.core.context import fragments_to_add, preview_of, user_message
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.core.skills import named_skills
from journeyman.core.turn_hooks import TurnHooks
from journeyman.protocol.history import InputText
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import UserInput, UserMessageItem


async def take_input(
    user_input: Sequence[UserInput],
    journal: Journal,
    settings: ThreadSettings,
    hooks: TurnHooks,
) -> bool:
    """Add one input to the history; returns False when a hook blocked it."""
    blocked = await hooks.prompt(preview_of(user_input))
    if blocked is not None:
        journal.warn(f"A hook kept the prompt from the model: {blocked}")
        return False
    for fragment in fragments_to_add(journal.history, settings, journal.clock.now()):
        journal.add_to_history(fragment)
    message = user_message(user_input)
    journal.add_to_history(message)
    named = named_skills(user_input, settings.guidance.skills)
    for item in named.messages:
        journal.add_to_history(item)
    for warning in named.warnings:
        journal.warn(warning)
    text = "\n".join(part.text for part in message.content if isinstance(part, InputText))
    journal.record_event("user_message", message=text)
    journal.add_item(UserMessageItem(id=new_id(), content=list(user_input)))
    return True
