"""Signing in to an MCP server by OAuth: the SDK's flow, our storage, and what an address may look like.

The SDK makes and compares state, verifier and issuer (RFC 7636, 9207). Here: every address of the flow is
https, or of this machine where the server itself is; nothing is opened; tokens are only ever sent, never shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth.oauth2 import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
)
from pydantic import AnyUrl, BaseModel, ValidationError

from journeyman.tools.mcp.loopback import Loopback
from journeyman.tools.mcp.servers import McpServerError

ModelT = TypeVar("ModelT", bound=BaseModel)

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class SignIns(Protocol):
    """Where sign-ins are kept; see `journeyman.auth.mcp_sign_ins`."""

    def load(self, url: str) -> dict[str, Any] | None:
        """The entry of a server."""
        ...

    def save(self, url: str, entry: dict[str, Any]) -> None:
        """Keep one."""
        ...


class SignedIn(OAuthClientProvider):
    """Sends the kept token, and renews it; a server that wants more is told to need a sign-in."""

    def __init__(self, name: str, url: str, kept: SignIns, *, person: Person | None = None) -> None:
        """For the server `name` at `url`. With `person` a new sign-in begins; without, what is kept is used."""
        self._storage = _Storage(url, kept, begins_anew=person is not None)
        redirect = person.redirect_url if person else "http://127.0.0.1/callback"
        super().__init__(
            url,
            _ClientMetadata(
                client_name="Journeyman",
                redirect_uris=[AnyUrl(redirect)],
                scope=" ".join(person.scopes) or None if person else None,
            ),
            self._storage,
            redirect_handler=person.send if person else _nobody_to_ask(name),
            callback_handler=person.answer if person else None,
        )
        self._storage.expiry = lambda: self.context.token_expiry_time

    async def _initialize(self) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        await super()._initialize()
        self.context.token_expiry_time = self._storage.expires_at
        self.context.oauth_metadata = self._storage.metadata

    async def _handle_token_response(self, response: httpx2.Response) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        # So that a later process finds where tokens are renewed.
        self._storage.metadata = self.context.oauth_metadata
        await super()._handle_token_response(response)


class _ClientMetadata(OAuthClientMetadata):
    """What is registered and asked for. The SDK sets the scope to what the server names; the user's word stays."""

    def __setattr__(self, name: str, value: object) -> None:  # pyright: ignore[reportImplicitOverride] -- typing.override came with 3.12
        if name != "scope" or not self.scope:
            super().__setattr__(name, value)


def refusal_names_sign_in(name: str) -> Callable[[httpx2.Response], Awaitable[None]]:
    """A hook for every answer to whom no token is sent: a refusal says what to do."""

    async def check(response: httpx2.Response) -> None:
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise McpServerError(f"it wants a sign-in: run jm mcp login {name}")

    return check


def only_safe_addresses(url: str) -> Callable[[httpx2.Request], Awaitable[None]]:
    """A hook for every request to the server at `url` and to whom it names: https, or both on this machine."""

    async def check(request: httpx2.Request) -> None:
        check_address(str(request.url), url)

    return check


def check_address(address: str, server_url: str) -> None:
    """Raise `McpServerError` where an address that a server names must not be asked, or shown to be opened."""
    try:
        parts = urlsplit(address)
        host, has_login = parts.hostname, "@" in parts.netloc
    except ValueError:
        parts, host, has_login = urlsplit(""), None, False
    is_here = host in _HERE and urlsplit(server_url).hostname in _HERE
    is_clean = host is not None and not has_login and address.isprintable() and " " not in address
    if not is_clean or not (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        shown = address.partition("?")[0][:200]
        raise McpServerError(f"it names the address {shown!r}, which is no https:// address")


class Person:
    """Whoever signs in, in a browser: told where to go, and awaited at the loopback address."""

    def __init__(
        self,
        server_url: str,
        loopback: Loopback,
        tell: Callable[[str], None],
        scopes: Sequence[str] = (),
    ) -> None:
        """`tell` shows the address to open; `scopes` are what to ask for, where not what the server names."""
        self.scopes = scopes
        self._server_url = server_url
        self._loopback = loopback
        self._tell = tell

    @property
    def redirect_url(self) -> str:
        """Where the browser comes back to."""
        return self._loopback.url

    async def send(self, address: str) -> None:
        """Show the address; it is checked first, and opened by nobody but the user."""
        check_address(address, self._server_url)
        self._loopback.expect(parse_qs(urlsplit(address).query)["state"][0])
        self._tell(address)

    async def answer(self) -> AuthorizationCodeResult:
        """What the browser brings back."""
        brought = await self._loopback.answer()
        if "error" in brought:
            why = brought.get("error_description") or brought["error"]
            raise McpServerError(f"the sign-in was refused: {why[:300]}")
        return AuthorizationCodeResult(
            code=brought.get("code", ""), state=brought["state"], iss=brought.get("iss")
        )


def _nobody_to_ask(name: str) -> Callable[[str], Awaitable[None]]:
    async def refuse(address: str) -> None:
        del address
        await asyncio.sleep(0)
        raise McpServerError(f"it wants a sign-in: run jm mcp login {name}")

    return refuse


def _read(kind: type[ModelT], value: object) -> ModelT | None:
    """What is kept, as the SDK's; None where it is nothing of the kind, so that a new sign-in is asked for."""
    try:
        return None if value is None else kind.model_validate(value)
    except ValidationError:
        return None


class _Storage:
    """The SDK's `TokenStorage` over our entries: tokens, who we are to the server, where tokens come from."""

    def __init__(self, url: str, kept: SignIns, *, begins_anew: bool) -> None:
        self._url = url
        self._kept = kept
        # A registration of before names another port of ours.
        entry = {} if begins_anew else kept.load(url) or {}
        self.expires_at: float | None = entry.get("expires_at")
        self.expiry: Callable[[], float | None] = lambda: self.expires_at
        self.metadata = _read(OAuthMetadata, entry.get("metadata"))
        self._tokens = _read(OAuthToken, entry.get("tokens"))
        self._client = _read(OAuthClientInformationFull, entry.get("client"))

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._tokens = tokens
        parts = {"tokens": tokens, "client": self._client, "metadata": self.metadata}
        entry: dict[str, Any] = {
            name: part.model_dump(mode="json", exclude_none=True)
            for name, part in parts.items()
            if part is not None
        }
        self._kept.save(self._url, entry | {"expires_at": self.expiry()})

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._client = client_info
