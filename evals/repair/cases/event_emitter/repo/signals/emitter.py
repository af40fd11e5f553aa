from collections import defaultdict

from signals.listeners import Listeners


class Emitter:
    def __init__(self):
        self._events = defaultdict(Listeners)

    def on(self, event, callback):
        self._events[event].add(callback)

    def once(self, event, callback):
        self._events[event].add(callback, once=True)

    def emit(self, event, *values):
        """Call every listener; how many there were."""
        listeners = self._events[event]
        entries = listeners.snapshot()
        for entry in entries:
            callback, is_once = entry
            if is_once:
                self._drop(listeners, entry)
            callback(*values)
        return len(entries)

    def _drop(self, listeners, entry):
        if len(listeners):
            listeners.discard_last()

    def count(self, event):
        return len(self._events[event])
