from heap.queue import PriorityQueue

__all__ = ["PriorityQueue"]
