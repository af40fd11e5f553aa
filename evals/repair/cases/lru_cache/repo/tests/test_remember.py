from recall import RecentCache, remember


def test_calls_once():
    calls = []

    @remember(4)
    def double(number):
        calls.append(number)
        return 2 * number

    assert [double(2), double(2), double(3)] == [4, 4, 6]
    assert calls == [2, 3]


def test_drops_the_least_recent():
    calls = []

    @remember(2)
    def triple(number):
        calls.append(number)
        return 3 * number

    for number in (1, 2, 1, 3, 1):
        triple(number)
    assert calls == [1, 2, 3]


def test_room():
    cache = RecentCache(2)
    for key in "abc":
        cache.put(key, key)
    assert len(cache) == 2
    assert "a" not in cache
