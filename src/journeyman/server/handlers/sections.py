"""threadSection/* and thread/section/move: the headings under which the user sorts threads."""

from __future__ import annotations

from journeyman.protocol import sections
from journeyman.protocol.connection import Empty
from journeyman.server.dispatch import Call, Handler
from journeyman.server.pages import page_of


async def list_sections(call: Call, params: sections.ThreadSectionListParams) -> None:
    """The sections, by pages."""
    page = page_of(call.manager.marks.sections.all(), cursor=params.cursor, limit=params.limit)
    call.reply(sections.ThreadSectionListResponse(data=page.data, next_cursor=page.next_cursor))


async def create(call: Call, params: sections.ThreadSectionCreateParams) -> None:
    """Make a section."""
    made = call.manager.marks.sections.create(params.name, params.appearance)
    call.reply(sections.ThreadSectionResponse(section=made))


async def update(call: Call, params: sections.ThreadSectionUpdateParams) -> None:
    """Rename a section."""
    marks = call.manager.marks
    changed = marks.sections.update(params.section_id, params.name, params.appearance)
    call.reply(sections.ThreadSectionResponse(section=changed))


async def delete(call: Call, params: sections.ThreadSectionDeleteParams) -> None:
    """Remove a section."""
    call.manager.marks.sections.delete(params.section_id)
    call.reply(Empty())


async def move(call: Call, params: sections.ThreadSectionMoveParams) -> None:
    """Put a thread into a section or out of it; every client is told."""
    call.manager.expect(params.thread_id)
    call.manager.marks.sections.move(
        params.thread_id, params.section_id, params.before_thread_id, call.manager.now()
    )
    call.reply(Empty())
    call.services.clients.notify(
        sections.ThreadSectionChangedNotification(
            thread_id=params.thread_id, section_id=params.section_id
        )
    )


HANDLERS: dict[str, Handler] = {
    "thread/section/move": move,
    "threadSection/create": create,
    "threadSection/delete": delete,
    "threadSection/list": list_sections,
    "threadSection/update": update,
}
