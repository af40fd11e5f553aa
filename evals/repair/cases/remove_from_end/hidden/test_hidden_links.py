from links import Link, remove_from_end, values


def test_every_place():
    for size in range(1, 8):
        for count in range(1, size + 1):
            expected = list(range(size))
            del expected[-count]
            assert values(remove_from_end(Link.chain(*range(size)), count)) == expected
