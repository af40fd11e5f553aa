class Listeners:
    """The listeners of one event in the order they came."""

    def __init__(self):
        self._entries = []

    def add(self, callback, *, once=False):
        self._entries.append((callback, once))

    def discard(self, entry):
        if entry in self._entries:
            self._entries.remove(entry)

    def discard_last(self):
        if self._entries:
            self._entries.pop()

    def snapshot(self):
        return tuple(self._entries)

    def __len__(self):
        return len(self._entries)
