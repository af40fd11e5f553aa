"""What the commands that move and remove threads share: whom they mean, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable

from journeyman.cli.errors import CommandError
from journeyman.cli.process import read_process
from journeyman.cli.stores import rollout_store
from journeyman.cli.terminal import write_error
from journeyman.cli.thread_names import find_thread
from journeyman.clock import SystemClock
from journeyman.protocol.threads import Thread
from journeyman.store.errors import StoreError, ThreadBusyError
from journeyman.store.head import read_head
from journeyman.store.headers import thread_of
from journeyman.store.shelf import Shelf
from journeyman.visible_text import folded, visible_line


def keep(
    wanted: str,
    act: Callable[[Shelf, str], None],
    done: str,
    ask: Callable[[str], None] | None = None,
) -> int:
    """Do something to the thread that is meant, and say so.

    Args:
        wanted: its id, the beginning of one, or its name.
        act: what to do.
        done: what to say afterwards, before the thread.
        ask: shows what it will be done to, and stops what is not wanted.

    Raises:
        CommandError: it could not be done.
    """
    store = rollout_store(read_process())
    try:
        thread_id = find_thread(store, wanted, cwd=None)
        path = store.path_of(thread_id)
        if store.is_foreign(path):
            raise CommandError(
                f"thread {thread_id} is another program's, in {path}: it is only read here"
            )
        shown = _shown(thread_of(read_head(path)), store.names.all().get(thread_id))
        if ask is not None:
            ask(shown)
        act(Shelf(store, SystemClock()), thread_id)
    except ThreadBusyError as error:
        raise CommandError(str(error)) from error
    except StoreError as error:
        raise CommandError(str(error)) from error
    write_error(f"{done} {shown}\n")
    return 0


def _shown(thread: Thread, name: str | None) -> str:
    title = visible_line(folded(name or thread.preview))[:60]
    return f"{thread.id}{f' ({title})' if title else ''}"
