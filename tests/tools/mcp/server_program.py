"""A small MCP server over its pipes, of the standard library alone, so that many tests can start it.

Tools: `echo`, `large`, `picture`, `slow`, `ask` and `die` say that they only read; `write` does not and keeps
a note. `slow` tells its progress, `ask` asks the user for the field that it is given.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


def described(name: str) -> dict[str, Any]:
    hints = {} if name == "write" else {"annotations": {"readOnlyHint": True}}
    return {"name": name, "description": f"The tool {name}.", "inputSchema": SCHEMA, **hints}


def called(name: str, text: str) -> dict[str, Any]:
    if name == "die":
        os._exit(3)
    if name == "picture":
        return {"type": "image", "data": PIXEL, "mimeType": "image/png"}
    if name == "write":
        Path(sys.argv[1]).write_text(f"{text}\n", encoding="utf-8")
    return {"type": "text", "text": "x" * 1_000_000 if name == "large" else f"{name}: {text}"}


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    match method:
        case "initialize":
            info = {"name": "notes", "version": "1"}
            version = params["protocolVersion"]
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
        case "tools/list":
            # Not in order, and over two pages.
            if "cursor" in params:
                return {"tools": [described(name) for name in ("echo", "die")]}
            first = [described(name) for name in ("write", "picture", "large", "slow", "ask")]
            return {"tools": first, "nextCursor": "2"}
        case "tools/call":
            text = params.get("arguments", {}).get("text", "")
            if params["name"] == "slow":
                token = params["_meta"]["progressToken"]
                for step, message in enumerate(("begun", None), start=1):
                    said = {"progressToken": token, "progress": step, "total": 2}
                    tell("notifications/progress", said | ({"message": message} if message else {}))
            if params["name"] == "ask":
                text = json.dumps(ask(text))
            return {"content": [called(params["name"], text)]}
        case "resources/read":
            return {"contents": [{"uri": params["uri"], "text": "so it reads"}]}
        case _:
            return {}


def tell(method: str, params: dict[str, Any], **more: Any) -> None:
    message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def ask(field: str) -> Any:
    form = {"type": "object", "properties": {field: {"type": "string"}}}
    params = {"message": "Please fill in.", "requestedSchema": form}
    tell("elicitation/create", params, id="question")
    return json.loads(sys.stdin.readline()).get("result")


for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        result = answer(message["method"], message.get("params") or {})
        reply = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result})
        sys.stdout.write(reply + "\n")
        sys.stdout.flush()
