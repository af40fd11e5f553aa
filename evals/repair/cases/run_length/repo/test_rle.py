from rle import decode, encode


def test_encode():
    assert encode("aaab") == [("a", 3), ("b", 1)]


def test_empty():
    assert encode("") == []


def test_round_trip():
    assert decode(encode("hhello")) == "hhello"
