import luhn


def test_valid():
    assert luhn.is_valid("7992 7398 713")


def test_invalid():
    assert not luhn.is_valid("7992 7398 710")
    assert not luhn.is_valid("12a")


def test_check_digit():
    assert luhn.check_digit("7992739871") == "3"
