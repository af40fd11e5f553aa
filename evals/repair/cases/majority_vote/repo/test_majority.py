from majority import majority


def test_majority():
    assert majority([3, 3, 4]) == 3
