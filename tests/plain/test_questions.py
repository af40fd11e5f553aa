"""What a person is asked: nothing of it is hidden, whoever wrote it."""

from __future__ import annotations

from typing import Any

from journeyman.plain.approvals import change_question, command_question, mcp_question
from journeyman.plain.grants import permissions_question
from journeyman.protocol.approvals import CommandApprovalParams, FileChangeApprovalParams
from journeyman.protocol.items import AddKind, FileUpdateChange
from journeyman.protocol.mcp import ElicitationParams
from journeyman.protocol.permission_requests import (
    FileSystemEntry,
    FileSystemPermissions,
    PathEntry,
    PermissionsApprovalParams,
    PermissionsProfile,
)
from journeyman.transcript.style import Style

PLAIN = Style(colour=False)
# Nobody sees a zero-width space, and an override turns what follows around.
HIDDEN = "safe\u200b\u202etxt\x1b[2K"
SHOWN = "safe<U+200B><U+202E>txt^[[2K"


def test_questions_show_what_would_be_hidden_wherever_it_stands() -> None:
    asked: dict[str, Any] = {
        "thread_id": "t",
        "turn_id": "u",
        "item_id": "i",
        "started_at_ms": 0,
        "reason": HIDDEN,
    }
    change = FileUpdateChange(path=HIDDEN, kind=AddKind(), diff="x\n")
    permissions = PermissionsProfile(
        file_system=FileSystemPermissions(
            entries=[FileSystemEntry(path=PathEntry(HIDDEN), access="write")]
        )
    )
    tool = ElicitationParams(
        thread_id="t",
        server_name="s",
        message=HIDDEN,
        requested_schema={},
        meta={"tool_params": {HIDDEN[:5]: HIDDEN[:6]}},
    )
    shown = {
        "command": command_question(
            CommandApprovalParams(**asked, command=HIDDEN, cwd=HIDDEN), PLAIN
        ),
        "change": change_question(FileChangeApprovalParams(**asked), [change], PLAIN),
        "permissions": permissions_question(
            PermissionsApprovalParams(**asked, cwd="/", permissions=permissions), PLAIN
        ),
        "tool": mcp_question(tool, PLAIN),
    }

    counts = {name: "\n".join(choice.lines).count(SHOWN) for name, choice in shown.items()}
    assert counts == {"command": 3, "change": 2, "permissions": 2, "tool": 1}
    assert '"safe<U+200B>": "safe<U+200B><U+202E>"' in "\n".join(shown["tool"].lines)
