"""What one client has open on the server, by kind and by the name it chose; closed when the client goes away."""

from __future__ import annotations

from typing import Protocol, TypeVar


class Belonging(Protocol):
    """Something that ends."""

    async def close(self) -> None:
        """End it; idempotent."""
        ...


KindT = TypeVar("KindT", bound=Belonging)


class Belongings:
    """Of one client. Names are the client's own: two clients never meet."""

    def __init__(self) -> None:
        """Nothing is open."""
        self._held: dict[tuple[str, str], Belonging] = {}

    def hold(self, kind: str, name: str, thing: Belonging) -> None:
        """Keep it; whoever calls has seen that the name is free."""
        self._held[kind, name] = thing

    def find(self, kind: str, name: str, shape: type[KindT]) -> KindT | None:
        """What is kept under this name."""
        found = self._held.get((kind, name))
        return found if isinstance(found, shape) else None

    async def release(self, kind: str, name: str) -> None:
        """Close it and forget it; no error where there is none."""
        thing = self._held.pop((kind, name), None)
        if thing is not None:
            await thing.close()

    def forget(self, kind: str, name: str) -> None:
        """It has ended by itself."""
        self._held.pop((kind, name), None)

    async def close(self) -> None:
        """Close everything."""
        while self._held:
            _, thing = self._held.popitem()
            await thing.close()
