"""The model asks for more than the sandbox allows: what may be asked, what is shown, and what an answer gives.

The request is a question and nothing else: what is granted is what the user's answer names, as far as it was shown
to the user, and judged once more. What is in doubt is not granted. A reviewer model never answers here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import msgspec

from journeyman.core.grants import Grants
from journeyman.core.journal import Journal
from journeyman.core.questions import Questions
from journeyman.core.settings import ThreadSettings
from journeyman.protocol.permission_requests import (
    FileSystemEntry,
    FileSystemPermissions,
    Grant,
    GrantScope,
    NetworkPermissions,
    PathEntry,
    PermissionsApprovalResponse,
    PermissionsProfile,
)
from journeyman.protocol.permissions import ApprovalPolicy, DangerFullAccess, Granular
from journeyman.sandbox.api import ConfinementError
from journeyman.sandbox.deny_read import ReadDenials
from journeyman.sandbox.policy import Policy
from journeyman.sandbox.requested_folders import FolderRefusedError, RequestedFolders
from journeyman.tools.api import PermissionsRequest, ToolError
from journeyman.visible_text import visible_line

_NOT_ASKED = "the approval policy lets nobody be asked for permissions; work within the sandbox"
_NO_PERSON = (
    "only a person may grant permissions, and an automatic reviewer answers here; ask to run single commands without"
    " the sandbox instead"
)
_DECLINED = "not granted by the user; work within the sandbox, or tell the user what they must do"
_INSTEAD = "Ask for the folder that the task needs, no more; or ask to run the one command without the sandbox"
_IS_OPEN = "commands may do that already"


class PermissionRequests:
    """The requests of one thread."""

    def __init__(self, journal: Journal, questions: Questions, grants: Grants) -> None:
        """Ask by `questions`; what is given goes to `grants`."""
        self._journal = journal
        self._questions = questions
        self._grants = grants
        self._denials = ReadDenials(())

    async def put(
        self, request: PermissionsRequest, policy: Policy, settings: ThreadSettings
    ) -> tuple[str, bool]:
        """The answer as JSON for the model, and whether anything was granted.

        Args:
            request: what the model asks for.
            policy: what commands may do now.
            settings: those of the turn.

        Raises:
            ToolError: it asks for what no user is asked for.
        """
        refusal = _refusal(settings)
        if refusal is not None:
            return _answer({}, "turn", refusal)
        folders = self._folders(policy, settings)
        reading, asked = self._asked(request, folders, policy, settings)
        if asked == Grant():
            return _answer(_granted(reading, asked), "turn", _IS_OPEN)
        answer = await self._questions.put_permissions(
            _profile(reading, asked), settings, call_id=request.call_id, reason=request.reason
        )
        if answer is None:
            return _answer({}, "turn", _DECLINED)
        granted = self._accepted(answer, asked, self._folders(policy, settings))
        if granted == Grant():
            return _answer({}, "turn", _DECLINED)
        self._grants.give(granted, answer.scope, settings)
        return _answer(_granted(reading, granted), answer.scope)

    def _folders(self, policy: Policy, settings: ThreadSettings) -> RequestedFolders:
        env, cwd = settings.command_env, settings.cwd
        try:
            denied = self._denials.paths(policy, env, cwd)
        except ConfinementError as error:
            raise ToolError(f"nobody was asked: {error}") from error
        return RequestedFolders(policy, env, cwd, denied)

    def _asked(
        self,
        request: PermissionsRequest,
        folders: RequestedFolders,
        policy: Policy,
        settings: ThreadSettings,
    ) -> tuple[list[str], Grant]:
        """What may be read already, and what the user is asked for."""
        may_read = self._denials.reader(policy, settings.command_env, settings.cwd)
        try:
            reading = [folders.real(path) for path in request.read]
            wanted = dict.fromkeys(folders.real(path) for path in request.write)
            write = [real for real in wanted if not folders.is_open(real)]
            for real in write:
                folders.check(real)
        except FolderRefusedError as error:
            why = visible_line(str(error))
            self._journal.warn(f"The model asked for what nobody can grant: {why}.")
            raise ToolError(f"nobody was asked: {why}. {_INSTEAD}") from error
        closed = next((path for path in reading if not may_read(path)), None)
        if closed is not None:
            shown = visible_line(closed)
            raise ToolError(f"nobody was asked: {shown} is closed to commands by the user")
        return reading, Grant(write=write, network=request.network and not policy.network_access)

    def _accepted(
        self, answer: PermissionsApprovalResponse, asked: Grant, folders: RequestedFolders
    ) -> Grant:
        """What the answer gives of what was asked; all that it gives beyond is left out, and said."""
        files = answer.permissions.file_system or FileSystemPermissions()
        wanted = _folders_to_write(files)
        if wanted is None or answer.strict_auto_review:
            self._journal.warn(
                "Nothing was granted: the answer sets conditions that this program cannot keep."
            )
            return Grant()
        write: list[str] = []
        for folder in wanted:
            if _is_granted(folder, asked, folders):
                write.append(folder)
            else:
                shown = visible_line(folder)
                self._journal.warn(
                    f"Not granted: {shown} is not what was asked for, or not what it was then."
                )
        network = answer.permissions.network
        is_on = network is not None and network.enabled is True
        if is_on and not asked.network:
            self._journal.warn("Not granted: the network is not what was asked for.")
        return Grant(write=write, network=is_on and asked.network)


def _may_request(policy: ApprovalPolicy) -> bool:
    if isinstance(policy, Granular):
        return policy.granular.request_permissions
    return policy != "never"


def grants_anything(settings: ThreadSettings) -> bool:
    """Whether a request could be granted under these settings: there is a sandbox, and a person may be asked."""
    return _refusal(settings) is None


def _refusal(settings: ThreadSettings) -> str | None:
    """Why nobody is asked, whatever for."""
    if isinstance(settings.sandbox, DangerFullAccess):
        return "commands run without a sandbox already"
    if not _may_request(settings.approval_policy):
        return _NOT_ASKED
    return None if settings.approvals_reviewer == "user" else _NO_PERSON


def _is_granted(folder: str, asked: Grant, folders: RequestedFolders) -> bool:
    """Whether it is a folder that was shown or lies in one, and still leads to where it did."""
    if not any(folder == shown or folder.startswith(f"{shown}/") for shown in asked.write):
        return False
    try:
        folders.check(folder)
        return folders.real(folder) == folder and os.path.normpath(folder) == folder
    except FolderRefusedError:
        return False


def _folders_to_write(files: FileSystemPermissions) -> list[str] | None:
    """The folders that an answer opens for writing; None where it has conditions that cannot be kept."""
    write, read = list(files.write or ()), list(files.read or ())
    for entry in files.entries or ():
        if entry.access == "deny" or not isinstance(entry.path, PathEntry):
            return None
        (write if entry.access == "write" else read).append(entry.path.path)
    # What only may be read in a folder that is written to would be a condition.
    if any(path.startswith(f"{folder}/") for path in read for folder in write):
        return None
    return list(dict.fromkeys(write))


def _profile(reading: list[str], asked: Grant) -> PermissionsProfile:
    entries = [
        *(FileSystemEntry(path=PathEntry(path), access="read") for path in reading),
        *(FileSystemEntry(path=PathEntry(path), access="write") for path in asked.write),
    ]
    files = FileSystemPermissions(read=reading or None, write=asked.write or None, entries=entries)
    return PermissionsProfile(
        network=NetworkPermissions(enabled=True) if asked.network else None,
        file_system=files if entries else None,
    )


def _granted(reading: list[str], grant: Grant) -> dict[str, Any]:
    files = {"read": reading or None, "write": grant.write or None}
    return {
        "network": {"enabled": True} if grant.network else None,
        "file_system": files if reading or grant.write else None,
    }


def _answer(granted: Mapping[str, Any], scope: GrantScope, why: str = "") -> tuple[str, bool]:
    """In the words of the reference program, which models know; `why` says what there is to say beside."""
    permissions = {"network": None, "file_system": None, **granted}
    told = {"permissions": permissions, "scope": scope, **({"reason": why} if why else {})}
    return msgspec.json.encode(told).decode(), any(permissions.values())
