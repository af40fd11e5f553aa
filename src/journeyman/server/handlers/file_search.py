"""fuzzyFileSearch: once, or in a session that reads the names once and answers while the user types."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from journeyman.protocol import file_search
from journeyman.protocol.file_search import FileMatch
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.server.peer import Peer
from journeyman.server.ports import FileLister
from journeyman.server.services import required
from journeyman.workspace import fuzzy

_SESSION, _ONCE = "fuzzyFileSearch/session", "fuzzyFileSearch"
_MOST_MATCHES = 50

# A root as the client wrote it, and the files below it.
Listed = Sequence[tuple[str, Sequence[str]]]


class _Turn:
    """The newest request of a token; an older one sees that it is not."""

    async def close(self) -> None:
        pass


class Session:
    """The names of one session, and the query that is being answered."""

    def __init__(self, peer: Peer, session_id: str, listed: Listed) -> None:
        """Tell `peer`."""
        self._peer = peer
        self._id = session_id
        self._listed = listed
        self._asked: asyncio.Task[None] | None = None

    def ask(self, query: str) -> None:
        """Answer this query instead of the one before."""
        if self._asked is not None:
            self._asked.cancel()
        self._asked = asyncio.create_task(self._answer(query))

    async def close(self) -> None:
        """Answer nothing more."""
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)

    async def _answer(self, query: str) -> None:
        found = await _find(self._listed, query)
        self._peer.notify(
            file_search.FileSearchSessionUpdated(session_id=self._id, query=query, files=found)
        )
        self._peer.notify(file_search.FileSearchSessionCompleted(session_id=self._id))


async def search(call: Call, params: file_search.FileSearchParams) -> None:
    """Answer with the best matches."""
    turn, token, belongings = _Turn(), params.cancellation_token, call.peer.belongings
    if token is not None:
        belongings.hold(_ONCE, token, turn)

    def is_newest() -> bool:
        return token is None or belongings.find(_ONCE, token, _Turn) is turn

    listed = await _list(call, params.roots)
    found = await _find(listed, params.query) if is_newest() else []
    call.reply(file_search.FileSearchResponse(files=found if is_newest() else []))
    if token is not None and is_newest():
        await belongings.release(_ONCE, token)


async def start(call: Call, params: file_search.FileSearchSessionStartParams) -> None:
    """Read the names; a session of the same id ends. sessionCompleted says that queries can come."""
    session = Session(call.peer, params.session_id, await _list(call, params.roots))
    await call.peer.belongings.release(_SESSION, params.session_id)
    call.peer.belongings.hold(_SESSION, params.session_id, session)
    call.reply(file_search.FileSearchDone())
    session.ask("")  # says that the names are read


async def update(call: Call, params: file_search.FileSearchSessionUpdateParams) -> None:
    """Begin to answer a query."""
    session = call.peer.belongings.find(_SESSION, params.session_id, Session)
    if session is None:
        message = f"fuzzy file search session not found: {params.session_id}"
        raise RpcError(message)
    call.reply(file_search.FileSearchDone())
    session.ask(params.query)


async def stop(call: Call, params: file_search.FileSearchSessionStopParams) -> None:
    """End a session."""
    await call.peer.belongings.release(_SESSION, params.session_id)
    call.reply(file_search.FileSearchDone())


async def _list(call: Call, roots: Sequence[str]) -> Listed:
    lister: FileLister = required(call.services.files, "fuzzyFileSearch")
    return [(root, await lister.files_below(root)) for root in dict.fromkeys(roots)]


async def _find(listed: Listed, query: str) -> list[FileMatch]:
    return await asyncio.to_thread(_find_now, listed, query)


def _find_now(listed: Listed, query: str) -> list[FileMatch]:
    found = [
        FileMatch(
            root=root,
            path=match.path,
            match_type="directory" if match.is_directory else "file",
            file_name=match.path.rpartition("/")[2],
            score=match.score,
            indices=list(match.indices),
        )
        for root, files in listed
        for match in fuzzy.find(files, query, _MOST_MATCHES)
    ]
    found.sort(key=lambda match: -match.score)
    return found[:_MOST_MATCHES]


HANDLERS: dict[str, Handler] = {
    "fuzzyFileSearch": search,
    "fuzzyFileSearch/sessionStart": start,
    "fuzzyFileSearch/sessionStop": stop,
    "fuzzyFileSearch/sessionUpdate": update,
}
