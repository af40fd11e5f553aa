"""account/*: the key that the server keeps for the user. It is sent to the server and never back."""

from __future__ import annotations

from typing import Literal

from journeyman.protocol.wire import Wire


class AccountReadParams(Wire, frozen=True):
    """Ask who is signed in; `refresh_token` has no effect on keys."""

    refresh_token: bool = False


class ApiKeyAccount(Wire, frozen=True, tag_field="type", tag="apiKey"):
    """Signed in with a key."""


class AccountReadResponse(Wire, frozen=True):
    """`account` is None where nobody is signed in, or the provider in use takes no such key."""

    account: ApiKeyAccount | None
    requires_openai_auth: bool


class LoginStartParams(Wire, frozen=True):
    """Sign in; `type` is `apiKey`, and `api_key` the key. Ways that need a vendor's account are refused."""

    type: str
    api_key: str | None = None


class LoginStartResponse(Wire, frozen=True):
    """The key is kept."""

    type: Literal["apiKey"] = "apiKey"


class LoginCancelParams(Wire, frozen=True):
    """Give up a sign-in that waits for the user."""

    login_id: str


class LoginCancelResponse(Wire, frozen=True):
    """What became of it."""

    status: Literal["canceled", "notFound"]


class LogoutResponse(Wire, frozen=True):
    """The key is forgotten."""


class LoginCompletedNotification(Wire, frozen=True):
    """A sign-in has ended; `login_id` is None for a key."""

    success: bool
    login_id: str | None = None
    error: str | None = None


class AccountUpdatedNotification(Wire, frozen=True):
    """Who is signed in has changed."""

    auth_mode: Literal["apikey"] | None
    plan_type: str | None = None
