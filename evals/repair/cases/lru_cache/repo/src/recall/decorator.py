import functools

from recall.cache import RecentCache

_MISSING = object()


def remember(room):
    def wrap(function):
        cache = RecentCache(room)

        @functools.wraps(function)
        def call(*args):
            value = cache.get(args, _MISSING)
            if value is _MISSING:
                value = function(*args)
                cache.put(args, value)
            return value

        return call

    return wrap
