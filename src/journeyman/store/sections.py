"""The sections of one home, each with its threads in the user's order: the truth of who is in which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from journeyman.protocol.ids import new_id
from journeyman.protocol.sections import ThreadSection, ThreadSectionAppearance
from journeyman.store.document import Document, ResultT
from journeyman.store.errors import MarkError, StoreError

# The reference's id: clients that know it show it in a way of its own.
PINNED = "01984de2-8f74-7c91-a3b2-5c5e937cf318"


class _Member(msgspec.Struct, frozen=True):
    """A thread of a section, and since when, in unix seconds."""

    id: str
    entered_at: int


class _Section(msgspec.Struct, frozen=True):
    id: str
    name: str
    appearance: ThreadSectionAppearance | None = None
    threads: tuple[_Member, ...] = ()

    def shown(self) -> ThreadSection:
        return ThreadSection(id=self.id, name=self.name, appearance=self.appearance)

    def member(self, thread_id: str) -> _Member | None:
        return next((member for member in self.threads if member.id == thread_id), None)

    def with_member(self, member: _Member, before: str | None) -> _Section:
        """With one more, before another one or last; raises `StoreError` where the other one is not here."""
        ids = [one.id for one in self.threads]
        if before is not None and before not in ids:
            raise StoreError(f"before thread {before} is not in section {self.id}")
        place = len(ids) if before is None else ids.index(before)
        threads = (*self.threads[:place], member, *self.threads[place:])
        return msgspec.structs.replace(self, threads=threads)

    def without(self, thread_id: str) -> _Section:
        left = tuple(member for member in self.threads if member.id != thread_id)
        return msgspec.structs.replace(self, threads=left)


class _Sections(msgspec.Struct, frozen=True):
    sections: tuple[_Section, ...] = (_Section(PINNED, "Pinned"),)


class ThreadSections:
    """Whoever moves a thread knows that it is there."""

    def __init__(self, file: Path) -> None:
        """Nothing is read yet."""
        self._document = Document(file, _Sections())
        self._read: _Sections | None = None
        self._places: dict[str, tuple[ThreadSection, int]] = {}

    def all(self) -> list[ThreadSection]:
        """The sections, the built-in one first, then in the order they were made; raises `StoreError`."""
        return [section.shown() for section in self._document.read().sections]

    def place_of(self, thread_id: str) -> tuple[ThreadSection, int] | None:
        """The section that a thread is in, and since when, in unix seconds."""
        now = self._document.shown()
        if now is not self._read:
            self._places = {
                member.id: (section.shown(), member.entered_at)
                for section in now.sections
                for member in section.threads
            }
            self._read = now
        return self._places.get(thread_id)

    def threads_of(self, section_id: str) -> list[str]:
        """The threads of a section in their order; none of one that is not there."""
        for section in self._document.shown().sections:
            if section.id == section_id:
                return [member.id for member in section.threads]
        return []

    def create(self, name: str, appearance: ThreadSectionAppearance | None) -> ThreadSection:
        """Make a section; raises `MarkError` for an empty name, `StoreError`."""
        made = _Section(new_id(), _named(name), appearance)
        return self._change(lambda all_: ((*all_, made), made.shown()))

    def update(
        self,
        section_id: str,
        name: str,
        appearance: ThreadSectionAppearance | msgspec.UnsetType | None,
    ) -> ThreadSection:
        """Rename a section; an appearance that is unset stays. Raises `MarkError`, `StoreError`."""
        name = _named(name)

        def work(sections: tuple[_Section, ...]) -> tuple[tuple[_Section, ...], ThreadSection]:
            section = _own(sections, section_id, "renamed")
            kept = section.appearance if isinstance(appearance, msgspec.UnsetType) else appearance
            after = msgspec.structs.replace(section, name=name, appearance=kept)
            return _with(sections, after), after.shown()

        return self._change(work)

    def delete(self, section_id: str) -> None:
        """Remove a section; raises `MarkError`, `StoreError`."""

        def work(sections: tuple[_Section, ...]) -> tuple[tuple[_Section, ...], None]:
            gone = _own(sections, section_id, "deleted")
            return tuple(section for section in sections if section is not gone), None

        self._change(work)

    def move(self, thread_id: str, section_id: str | None, before: str | None, now: float) -> None:
        """Put a thread into a section before another one or last, or into none; raises `StoreError`."""
        if before is not None and section_id is None:
            raise StoreError("beforeThreadId requires a non-null sectionId")
        if before == thread_id:
            raise StoreError(f"thread {thread_id} cannot be moved before itself")

        def work(sections: tuple[_Section, ...]) -> tuple[tuple[_Section, ...], None]:
            left = tuple(section.without(thread_id) for section in sections)
            if section_id is None:
                return left, None
            was = next((one for one in sections if one.id == section_id), None)
            if was is None:
                raise StoreError(f"section {section_id} does not exist")
            member = was.member(thread_id) or _Member(thread_id, int(now))
            return _with(left, was.without(thread_id).with_member(member, before)), None

        self._change(work)

    def forget(self, thread_id: str) -> None:
        """The thread is gone; raises `StoreError`."""
        if self.place_of(thread_id) is not None:
            self.move(thread_id, None, None, 0)

    def _change(
        self, work: Callable[[tuple[_Section, ...]], tuple[tuple[_Section, ...], ResultT]]
    ) -> ResultT:
        def on_all(now: _Sections) -> tuple[_Sections, ResultT]:
            sections, result = work(now.sections)
            return _Sections(sections), result

        return self._document.change(on_all)


def _named(name: str) -> str:
    if not name.strip():
        raise MarkError("section name must not be empty")
    return name.strip()


def _own(sections: tuple[_Section, ...], section_id: str, changed: str) -> _Section:
    """A section that the user made."""
    if section_id == PINNED:
        raise MarkError(f"the built-in pinned section cannot be {changed}")
    for section in sections:
        if section.id == section_id:
            return section
    raise MarkError(f"thread section not found: {section_id}")


def _with(sections: tuple[_Section, ...], changed: _Section) -> tuple[_Section, ...]:
    return tuple(changed if section.id == changed.id else section for section in sections)
