import heapq


class RunningMedian:
    """The median of a stream; the lower half is kept negated, to have its largest on top."""

    def __init__(self):
        self._low = []
        self._high = []

    def add(self, value):
        heapq.heappush(self._high, heapq.heappushpop(self._low, value))
        if len(self._high) > len(self._low):
            heapq.heappush(self._low, -heapq.heappop(self._high))

    def median(self):
        if not self._low:
            raise ValueError("no values")
        if len(self._low) > len(self._high):
            return -self._low[0]
        return (self._high[0] - self._low[0]) / 2


def medians(values):
    running = RunningMedian()
    for value in values:
        running.add(value)
        yield running.median()
