from temperature import highest, is_fever


def test_limits():
    assert [is_fever(t / 10) for t in range(370, 390)] == [t >= 380 for t in range(370, 390)]
    assert highest(range(5)) == 4
