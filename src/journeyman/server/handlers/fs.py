"""fs/*: files for the user's own client, absolute paths only. Work on the disk is done beside the event loop."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from journeyman.protocol import files
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.workspace import user_files

_WATCH = "fs/watch"
_NS_PER_MS = 1_000_000

WorkP = ParamSpec("WorkP")
ResultT = TypeVar("ResultT")


async def read_file(call: Call, params: files.FsPathParams) -> None:
    """Answer with the content."""
    data = await _on_disk(user_files.read_file, _absolute(params.path))
    call.reply(files.FsReadFileResponse(data_base64=base64.b64encode(data).decode()))


async def write_file(call: Call, params: files.FsWriteFileParams) -> None:
    """Make or replace a file."""
    try:
        data = base64.b64decode(params.data_base64, validate=True)
    except ValueError as error:
        message = f"fs/writeFile: `dataBase64` is not base64: {error}"
        raise RpcError(message) from error
    await _on_disk(user_files.write_file, _absolute(params.path), data)
    call.reply(files.FsDone())


async def create_directory(call: Call, params: files.FsCreateDirectoryParams) -> None:
    """Make a directory."""
    recursive = params.recursive is not False
    await _on_disk(user_files.create_directory, _absolute(params.path), recursive=recursive)
    call.reply(files.FsDone())


async def get_metadata(call: Call, params: files.FsPathParams) -> None:
    """Tell what a path is."""
    found = await _on_disk(user_files.read_metadata, _absolute(params.path))
    call.reply(
        files.FsMetadata(
            is_directory=found.is_directory,
            is_file=found.is_file,
            is_symlink=found.is_link,
            created_at_ms=found.created_ns // _NS_PER_MS,
            modified_at_ms=found.modified_ns // _NS_PER_MS,
        )
    )


async def read_directory(call: Call, params: files.FsPathParams) -> None:
    """List a directory; names that are no text are shown as far as they are."""
    found = await _on_disk(user_files.read_directory, _absolute(params.path))
    entries = [
        files.FsDirectoryEntry(file_name=_as_text(name), is_directory=folder, is_file=file)
        for name, folder, file in found
    ]
    call.reply(files.FsReadDirectoryResponse(entries=entries))


async def remove(call: Call, params: files.FsRemoveParams) -> None:
    """Remove a file, a link or a directory."""
    recursive, force = params.recursive is not False, params.force is not False
    await _on_disk(user_files.remove, _absolute(params.path), recursive=recursive, force=force)
    call.reply(files.FsDone())


async def copy(call: Call, params: files.FsCopyParams) -> None:
    """Copy a file or a directory."""
    source, destination = _absolute(params.source_path), _absolute(params.destination_path)
    await _on_disk(user_files.copy, source, destination, recursive=params.recursive)
    call.reply(files.FsDone())


async def watch(call: Call, params: files.FsWatchParams) -> None:
    """Begin to tell of changes, for as long as the client is there."""
    from journeyman.workspace.watch import Watch  # noqa: PLC0415 -- only who watches pays for it

    path = _absolute(params.path)
    belongings = call.peer.belongings
    if belongings.find(_WATCH, params.watch_id, Watch) is not None:
        message = f"watchId already exists: {params.watch_id}"
        raise RpcError(message)

    def tell(changed: list[str]) -> None:
        paths = [_as_text(name) for name in changed]
        call.peer.notify(files.FsChangedNotification(watch_id=params.watch_id, changed_paths=paths))

    try:
        belongings.hold(_WATCH, params.watch_id, Watch(path, tell))
    except OSError as error:
        raise _refused(error, path) from error
    call.reply(files.FsWatchResponse(path=params.path))


async def unwatch(call: Call, params: files.FsUnwatchParams) -> None:
    """Tell no more."""
    await call.peer.belongings.release(_WATCH, params.watch_id)
    call.reply(files.FsDone())


def _absolute(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or "\0" in text:
        message = f"not an absolute path: {text!r}: write it in full"
        raise RpcError(message)
    return path


async def _on_disk(
    work: Callable[WorkP, ResultT], *args: WorkP.args, **kwargs: WorkP.kwargs
) -> ResultT:
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise _refused(error, args[0]) from error
    except UnicodeEncodeError as error:
        message = "a path holds characters that no file name can have"
        raise RpcError(message) from error


def _refused(error: OSError, path: object) -> RpcError:
    return RpcError(f"{error.strerror or error}: {_as_text(str(error.filename or path))}")


def _as_text(name: str) -> str:
    return name.encode(errors="surrogateescape").decode(errors="replace")


HANDLERS: dict[str, Handler] = {
    "fs/copy": copy,
    "fs/createDirectory": create_directory,
    "fs/getMetadata": get_metadata,
    "fs/readDirectory": read_directory,
    "fs/readFile": read_file,
    "fs/remove": remove,
    "fs/unwatch": unwatch,
    "fs/watch": watch,
    "fs/writeFile": write_file,
}
