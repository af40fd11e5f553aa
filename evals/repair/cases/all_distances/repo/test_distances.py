from distances import all_distances

FAR = float("inf")


def test_one_node():
    assert all_distances([[0]]) == [[0]]


def test_chain():
    assert all_distances([[0, 1, FAR], [FAR, 0, 2], [FAR, FAR, 0]]) == [
        [0, 1, 3],
        [FAR, 0, 2],
        [FAR, FAR, 0],
    ]


def test_detour():
    assert all_distances([[0, 9, 1], [4, 0, 9], [9, 2, 0]]) == [[0, 3, 1], [4, 0, 5], [6, 2, 0]]
