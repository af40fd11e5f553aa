from columns import column_name, column_number


def test_number():
    assert column_number("AB") == 28


def test_first():
    assert column_name(1) == "A"


def test_around_z():
    assert column_name(26) == "Z"
    assert column_name(27) == "AA"
