"""The tool `apply_patch`: changes files by a patch, all of it or nothing. Owns the shapes models call it in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from journeyman.clock import Clock
from journeyman.models.api import ToolSpec
from journeyman.tools import apply_patch
from journeyman.tools.api import Invocation, Preview, Scope, ToolCall
from journeyman.tools.apply_patch.preview import PatchPreview
from journeyman.tools.builtin.arguments import prompt_beside, read_arguments

_GRAMMAR = Path(apply_patch.__file__).with_name("grammar.lark")

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "input": {
            "type": "string",
            "description": "The patch, from *** Begin Patch to *** End Patch.",
        }
    },
    "required": ["input"],
    "additionalProperties": False,
}


class _Arguments(msgspec.Struct, frozen=True):
    input: str


class ApplyPatchTool:
    """See `journeyman.tools.api.Tool`."""

    parallel = False

    def __init__(self, clock: Clock, *, freeform: bool, python: str = sys.executable) -> None:
        """Offer the shape that the model's profile asks for; `python` runs the writer."""
        self._clock = clock
        self._python = python
        description = prompt_beside(__file__)
        if freeform:
            grammar = _GRAMMAR.read_text(encoding="utf-8")
            self.spec = ToolSpec(name="apply_patch", description=description, grammar=grammar)
        else:
            self.spec = ToolSpec(
                name="apply_patch", description=description, parameters=_PARAMETERS
            )

    def prepare(self, call: ToolCall, scope: Scope) -> Invocation:
        """See `Tool.prepare`."""
        text = call.text if call.text is not None else read_arguments(call, _Arguments).input
        return self._checked(text, call.call_id, scope)

    def prepare_command(self, script: str, call_id: str, scope: Scope) -> Invocation | None:
        """The patch that a shell script in `scope.cwd` applies; None when it does anything else.

        Raises:
            ToolError: it only applies a patch, and that does not fit; or it is a patch and no script.
        """
        if "patch" not in script.lower():
            return None
        from journeyman.tools.builtin import patch_invocation  # noqa: PLC0415 -- with the first patch

        found = patch_invocation.patch_in_command(script, scope.cwd)
        if found is None:
            return None
        text, cwd = found
        return self._checked(text, call_id, msgspec.structs.replace(scope, cwd=cwd))

    def preview(self) -> Preview:
        """See `Previewing.preview`."""
        return PatchPreview()

    async def settle(self, *, kill: bool) -> None:
        """Nothing outlives a call."""

    def _checked(self, text: str, call_id: str, scope: Scope) -> Invocation:
        from journeyman.tools.builtin import patch_invocation  # noqa: PLC0415 -- with the first patch

        return patch_invocation.PatchInvocation(
            text, call_id, scope, clock=self._clock, python=self._python
        )
