"""What `edit_file` is about to replace, while the model is still writing it.

Shown once both the file and the text to be replaced are known to have begun, so that a new file is not taken for a
changed one; the text that still grows only by whole lines.
"""

from __future__ import annotations

from journeyman.protocol.items import AddKind, FileUpdateChange, UpdateKind

_PATH, _OLD, _NEW = "path", "old_text", "new_text"


class EditPreview:
    """See `journeyman.tools.api.Preview`."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._texts: dict[str, list[str]] = {}
        self._growing = ""
        self._characters = 0

    @property
    def size(self) -> int:
        """See `Preview.size`."""
        return self._characters if self._is_shown else 0

    def add(self, member: str, text: str) -> None:
        """See `Preview.add`."""
        if member in {_PATH, _OLD, _NEW} and (text or member not in self._texts):
            self._growing = member
            # Half a character would make the message that tells of it unreadable.
            self._texts.setdefault(member, []).append(text.encode("utf-8", "replace").decode())
            self._characters += len(text)

    def changes(self) -> list[FileUpdateChange]:
        """See `Preview.changes`."""
        if not self._is_shown:
            return []
        path, old, new = self._text(_PATH), self._text(_OLD), self._text(_NEW)
        if not old and not any(self._texts[_OLD]):
            return [FileUpdateChange(path=path, kind=AddKind(), diff=new)]
        lines = [*_signed("-", old), *_signed("+", new)]
        return [FileUpdateChange(path=path, kind=UpdateKind(), diff="\n".join(["@@", *lines]))]

    @property
    def _is_shown(self) -> bool:
        """Whether it is known which file, and whether it is a new one."""
        is_named = _PATH in self._texts and self._growing != _PATH
        return is_named and (
            any(self._texts.get(_OLD, ())) or self._texts.keys() == {_PATH, _OLD, _NEW}
        )

    def _text(self, member: str) -> str:
        text = "".join(self._texts.get(member, ()))
        return text[: text.rfind("\n") + 1] if member == self._growing else text


def _signed(sign: str, text: str) -> list[str]:
    return [sign + line for line in text.removesuffix("\n").split("\n")] if text else []
