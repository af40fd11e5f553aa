import random

from recall import RecentCache


def test_against_list():
    rng = random.Random(31)
    for room in (1, 2, 3, 5):
        cache, order, values = RecentCache(room), [], {}
        for turn in range(400):
            key = rng.randrange(8)
            if rng.random() < 0.5:
                cache.put(key, turn)
                values[key] = turn
            else:
                assert cache.get(key, "no") == (values[key] if key in order else "no")
                if key not in order:
                    continue
            if key in order:
                order.remove(key)
            order.append(key)
            del order[: max(0, len(order) - room)]
            assert cache.keys() == order
            assert len(cache) == len(order)
