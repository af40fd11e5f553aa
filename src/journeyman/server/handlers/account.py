"""account/*: signing in with a key and out again. Every client is told; none is told the key."""

from __future__ import annotations

from journeyman.protocol import account
from journeyman.protocol.connection import Empty
from journeyman.protocol.jsonrpc import RpcError
from journeyman.server.dispatch import Call, Handler
from journeyman.server.services import required


async def read(call: Call, params: account.AccountReadParams) -> None:
    """Tell whether a key is kept that the provider in use takes."""
    del params
    store = required(call.services.account, "account")
    takes_key = store.provider_takes_key()
    signed_in = takes_key and store.has_key()
    call.reply(
        account.AccountReadResponse(
            account=account.ApiKeyAccount() if signed_in else None, requires_openai_auth=takes_key
        )
    )


async def login(call: Call, params: account.LoginStartParams) -> None:
    """Keep a key; account/login/completed and account/updated follow."""
    store = required(call.services.account, "account")
    if params.type != "apiKey":
        message = (
            f"account/login/start: signing in with `{params.type}` is not supported, since it needs "
            "an account of its vendor: use `apiKey`, or the variable of your provider"
        )
        raise RpcError(message)
    store.login(params.api_key or "")
    call.reply(account.LoginStartResponse())
    call.services.clients.notify(account.LoginCompletedNotification(success=True))
    call.services.clients.notify(account.AccountUpdatedNotification(auth_mode="apikey"))


async def cancel(call: Call, params: account.LoginCancelParams) -> None:
    """Nothing waits: a key is kept at once."""
    del params
    call.reply(account.LoginCancelResponse(status="notFound"))


async def logout(call: Call, params: Empty) -> None:
    """Forget the key; account/updated follows."""
    del params
    required(call.services.account, "account").logout()
    call.reply(account.LogoutResponse())
    call.services.clients.notify(account.AccountUpdatedNotification(auth_mode=None))


HANDLERS: dict[str, Handler] = {
    "account/login/cancel": cancel,
    "account/login/start": login,
    "account/logout": logout,
    "account/read": read,
}
