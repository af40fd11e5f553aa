import pytest
from rotated import find_rotated


@pytest.mark.parametrize("size", range(9))
def test_every_rotation(size):
    for turn in range(max(size, 1)):
        plain = [2 * n for n in range(size)]
        items = plain[turn:] + plain[:turn]
        for wanted in range(-1, 2 * size + 1):
            expected = items.index(wanted) if wanted in items else -1
            assert find_rotated(items, wanted) == expected, (items, wanted)
