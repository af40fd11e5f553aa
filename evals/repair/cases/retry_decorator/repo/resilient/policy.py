from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """How often to try and how long to wait in between."""

    attempts: int
    first_delay: float = 1.0
    factor: float = 2.0
    longest_delay: float = 30.0

    def delays(self):
        """Pairs of the attempt's number and the seconds to wait before it."""
        delay = 0.0
        for number in range(1, self.attempts):
            yield number, delay
            delay = min(delay * self.factor or self.first_delay, self.longest_delay)
