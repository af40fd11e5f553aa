"""All handlers of the server: each resource's own table, merged; a method that two claim is a defect told at import."""

from __future__ import annotations

from journeyman.server.dispatch import Handler
from journeyman.server.handlers import (
    account,
    attachments,
    budget,
    command,
    config,
    file_search,
    fs,
    grants,
    listings,
    mcp,
    model,
    process,
    projects,
    read_states,
    review,
    sections,
    thread,
    thread_ahead,
    thread_occurrences,
    thread_pages,
    thread_shelf,
    thread_work,
    turn,
    undo,
)


def _merge(*tables: dict[str, Handler]) -> dict[str, Handler]:
    merged: dict[str, Handler] = {}
    for table in tables:
        if twice := merged.keys() & table.keys():
            message = f"two handlers for {', '.join(sorted(twice))}"
            raise ValueError(message)
        merged |= table
    return merged


HANDLERS = _merge(
    model.HANDLERS,
    account.HANDLERS,
    attachments.HANDLERS,
    budget.HANDLERS,
    command.HANDLERS,
    config.HANDLERS,
    file_search.HANDLERS,
    fs.HANDLERS,
    grants.HANDLERS,
    listings.HANDLERS,
    mcp.HANDLERS,
    process.HANDLERS,
    projects.HANDLERS,
    read_states.HANDLERS,
    review.HANDLERS,
    sections.HANDLERS,
    thread.HANDLERS,
    thread_ahead.HANDLERS,
    thread_occurrences.HANDLERS,
    thread_pages.HANDLERS,
    thread_shelf.HANDLERS,
    thread_work.HANDLERS,
    turn.HANDLERS,
    undo.HANDLERS,
)
