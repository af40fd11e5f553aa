from resilient.decorator import GaveUp, retry

__all__ = ["GaveUp", "retry"]
