from recall.cache import RecentCache
from recall.decorator import remember

__all__ = ["RecentCache", "remember"]
