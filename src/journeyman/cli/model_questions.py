"""Asks a model's server what it tells of a model that the product does not know: once, briefly, and for free.

The server is asked at the very address and with the very key of the turn that follows, both of which no
repository can set. Nothing here fails a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import reduce
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from journeyman.models.providers import ON_DEMAND, Provider
from journeyman.models.told import LIST, Question, Told, kind_of, questions_for
from journeyman.net.http import HttpClient, HttpError

# In all, so that a server that does not answer is hardly felt.
_SECONDS = 1.5
_MAX_ANSWER_BYTES = 8 << 20


def can_be_asked(provider: Provider) -> bool:
    """Whether there is a server that may tell of its models in a form that is known."""
    has_server = bool(provider.base_url) and provider.base_url != ON_DEMAND
    # Whose key a program prints would be kept waiting for it.
    return has_server and provider.wire_api in {"chat", "responses"} and provider.auth is None


class Inquiry:
    """Questions about one model of one provider."""

    def __init__(
        self, http: HttpClient, provider: Provider, model: str, headers: Mapping[str, str]
    ) -> None:
        """Nothing is asked yet.

        Args:
            http: sends the requests.
            provider: whose address is complete.
            model: its name there.
            headers: of the turn's own requests, key included.
        """
        self._http = http
        self._provider = provider
        self._model = model
        self._headers = headers

    async def run(self) -> Told | None:
        """What the server tells; None where it answered nothing at all within the time."""
        told: list[Told] = []
        try:
            async with asyncio.timeout(_SECONDS):
                await self._ask_all(questions_for(self._provider.id), told)
        except TimeoutError:
            pass
        return reduce(lambda known, more: known | more, told) if told else None

    async def _ask_all(self, questions: tuple[Question, ...], told: list[Told]) -> None:
        answers = await asyncio.gather(*map(self._ask, questions))
        read = zip(questions, answers, strict=True)
        told += [one.read(answer, self._model) for one, answer in read if answer is not None]
        if questions == (LIST,) and (kind := kind_of(answers[0], self._model)):
            listed, told[:] = told[:], []
            native = tuple(one for one in questions_for(kind) if one is not LIST)
            await self._ask_all(native, told)
            told += listed

    async def _ask(self, question: Question) -> Any:
        parts = urlsplit(self._provider.base_url)
        root = f"{parts.scheme}://{parts.netloc}"
        url = (root if question.at_root else self._provider.base_url.rstrip("/")) + question.path
        if self._provider.query_params:
            url += f"?{urlencode(self._provider.query_params)}"
        method, headers, body = "GET", self._headers, b""
        if question.names_model:
            body = msgspec.json.encode({"model": self._model})
            method, headers = "POST", {**headers, "Content-Type": "application/json"}
        try:
            async with self._http.stream(
                method, url, headers, body, idle_timeout_seconds=_SECONDS
            ) as answer:
                if answer.status != 200:
                    return None
                return msgspec.json.decode(await answer.read(_MAX_ANSWER_BYTES))
        except (HttpError, msgspec.DecodeError, UnicodeDecodeError):
            return None
