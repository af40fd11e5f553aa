"""What a turn takes in before a step: what the user said, what an outside tool reported, what a client injects.

Recorded and told in this order: what the history must say first, the words themselves, the skills they name,
the item. A hook may keep the user's words out; then nothing of them is recorded as said.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from journeyman.core.context import InputError, fragments_to_add, preview_of, user_message
from journeyman.core.fragments import outside_report
from journeyman.core.journal import Journal
from journeyman.core.settings import ThreadSettings
from journeyman.core.skills import named_skills
from journeyman.core.turn_hooks import TurnHooks
from journeyman.protocol.history import HistoryItem, InputText
from journeyman.protocol.ids import new_id
from journeyman.protocol.items import FunctionCallOutputItem, UserInput, UserMessageItem
from journeyman.protocol.jsonrpc import RpcError
from journeyman.protocol.turns import TurnToolOutput


class UserSaid(msgspec.Struct, frozen=True):
    """The user's words; `client_id` is the client's own name for them."""

    content: Sequence[UserInput]
    client_id: str | None = None


class Reported(msgspec.Struct, frozen=True):
    """What a tool outside of this program brings, without having been called."""

    output: TurnToolOutput


class Injected(msgspec.Struct, frozen=True):
    """Items of history that a client adds; nobody is shown them."""

    items: Sequence[HistoryItem]


TurnInput = UserSaid | Reported | Injected


def check_said(content: Sequence[UserInput]) -> None:
    """Raise `RpcError` where there is nothing said, or it cannot be read."""
    if not content:
        message = "the input is empty"
        raise RpcError(message)
    try:
        user_message(content)
    except InputError as error:
        raise RpcError(str(error)) from error


def preview_of_inputs(inputs: Sequence[TurnInput]) -> str:
    """The text by which a person recognises a thread that begins so."""
    texts: list[str] = []
    for given in inputs:
        if isinstance(given, UserSaid):
            texts.append(preview_of(given.content))
        elif isinstance(given, Reported):
            said = given.output.output
            texts.append(said if isinstance(said, str) else given.output.name)
    return next((text for text in texts if text), "")


async def take_input(
    given: TurnInput, journal: Journal, settings: ThreadSettings, hooks: TurnHooks
) -> bool:
    """Add one input to the history and tell of it; returns False when a hook blocked it."""
    match given:
        case UserSaid():
            blocked = await hooks.prompt(preview_of(given.content))
            if blocked is not None:
                journal.warn(f"A hook kept the prompt from the model: {blocked}")
                return False
            _say(given, journal, settings)
        case Reported(output):
            _add_fragments(journal, settings)
            journal.add_to_history(outside_report(output))
            journal.add_item(
                FunctionCallOutputItem(
                    id=new_id(),
                    name=output.name,
                    namespace=output.namespace,
                    output=output.output,
                )
            )
        case Injected(items):
            inject(items, journal, settings)
    return True


def inject(items: Sequence[HistoryItem], journal: Journal, settings: ThreadSettings) -> None:
    """Add items to the history; nobody is told of them."""
    _add_fragments(journal, settings)
    for item in items:
        journal.add_to_history(item)


def _say(given: UserSaid, journal: Journal, settings: ThreadSettings) -> None:
    _add_fragments(journal, settings)
    message = user_message(given.content)
    journal.add_to_history(message)
    named = named_skills(given.content, settings.guidance.skills)
    for item in named.messages:
        journal.add_to_history(item)
    for warning in named.warnings:
        journal.warn(warning)
    text = "\n".join(part.text for part in message.content if isinstance(part, InputText))
    journal.record_event("user_message", message=text)
    content = list(given.content)
    journal.add_item(UserMessageItem(id=new_id(), content=content, client_id=given.client_id))


def _add_fragments(journal: Journal, settings: ThreadSettings) -> None:
    for fragment in fragments_to_add(journal.history, settings, journal.clock.now()):
        journal.add_to_history(fragment)
