"""Other texts for a line of code, by the local model: where it would have gone on otherwise, it goes on.

The line is read token by token. Wherever the model holds another token likely, the line is finished from there,
the likeliest first. Nothing is drawn by chance: the same lines lead to the same proposals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from journeyman.models.api import ModelError
from journeyman.models.local.server import Address, LocalServer
from journeyman.models.repair.answer import Proposal, Suspect
from journeyman.models.transport import Poster
from journeyman.net.http import HttpError

# In all; each takes some 50 ms, and its test as long.
_MOST_PROPOSALS = 120
_ALTERNATIVES = 6
_MOST_LINE_TOKENS = 60
_MOST_NEW_TOKENS = 48
_SECONDS = 60.0
_MAX_ANSWER_BYTES = 1 << 20


class _Piece(msgspec.Struct):
    id: int
    piece: str | list[int]


class _Tokens(msgspec.Struct):
    tokens: list[_Piece]


class _Choice(msgspec.Struct):
    id: int
    token: str
    logprob: float


class _Step(msgspec.Struct):
    top_logprobs: list[_Choice]


class _Completion(msgspec.Struct):
    content: str
    completion_probabilities: list[_Step] = []


class _Turn(msgspec.Struct, frozen=True):
    """Another way for a line: the tokens up to there and the other one, the text so far, and how likely it is there."""

    suspect: Suspect
    prompt: list[int]
    text: str
    likelihood: float


class LineProposer:
    """See `journeyman.models.repair.client.Proposer`."""

    def __init__(self, server: LocalServer, http: Poster) -> None:
        """Nothing is started yet."""
        self._server = server
        self._http = http

    async def propose(self, suspects: Sequence[Suspect]) -> Sequence[Proposal]:
        """See `Proposer.propose`; a server that does not start or fails proposes nothing."""
        try:
            async with self._server.running() as address:
                turns = [turn for one in suspects for turn in await self._turns(address, one)]
                turns.sort(key=lambda turn: -turn.likelihood)
                found = [await self._finished(address, turn) for turn in turns[:_MOST_PROPOSALS]]
        except (ModelError, HttpError, msgspec.DecodeError):
            return []
        return list(dict.fromkeys(one for one in found if one.text.strip()))

    async def _turns(self, address: Address, suspect: Suspect) -> list[_Turn]:
        head = [piece.id for piece in await self._tokens(address, suspect.before)]
        line = (await self._tokens(address, f"{suspect.text}\n"))[:_MOST_LINE_TOKENS]
        turns: list[_Turn] = []
        text = ""
        for number, piece in enumerate(line):
            before = [*head, *(one.id for one in line[:number])]
            choices = await self._choices(address, before)
            turns += [
                _Turn(
                    suspect,
                    [*before, one.id],
                    text + one.token,
                    one.logprob,
                )
                for one in choices[:_ALTERNATIVES]
                if one.id != piece.id
            ]
            if not isinstance(piece.piece, str):
                break
            text += piece.piece
        return turns

    async def _finished(self, address: Address, turn: _Turn) -> Proposal:
        text = turn.text
        if "\n" not in text:
            more = {"prompt": turn.prompt, "n_predict": _MOST_NEW_TOKENS, "stop": ["\n"]}
            text += (await self._complete(address, more)).content
        suspect = turn.suspect
        return Proposal(suspect.path, suspect.line, text.partition("\n")[0].rstrip())

    async def _choices(self, address: Address, prompt: list[int]) -> list[_Choice]:
        one = {"prompt": prompt, "n_predict": 1, "n_probs": _ALTERNATIVES + 2}
        steps = (await self._complete(address, one)).completion_probabilities
        return steps[0].top_logprobs if steps else []

    async def _complete(self, address: Address, body: dict[str, Any]) -> _Completion:
        settings = {"temperature": 0, "cache_prompt": True}
        answer = await self._ask(address, "/completion", {**body, **settings})
        return msgspec.json.decode(answer, type=_Completion)

    async def _tokens(self, address: Address, text: str) -> list[_Piece]:
        answer = await self._ask(address, "/tokenize", {"content": text, "with_pieces": True})
        return msgspec.json.decode(answer, type=_Tokens).tokens

    async def _ask(self, address: Address, path: str, body: dict[str, Any]) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {address.key}"}
        async with self._http.post_stream(
            address.url + path, headers, msgspec.json.encode(body), idle_timeout_seconds=_SECONDS
        ) as answer:
            return await answer.read(_MAX_ANSWER_BYTES)
