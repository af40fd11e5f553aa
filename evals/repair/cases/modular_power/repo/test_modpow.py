from modpow import mod_power


def test_small():
    assert mod_power(2, 1, 7) == 2
    assert mod_power(5, 0, 9) == 1


def test_larger():
    assert mod_power(3, 13, 50) == 23
    assert mod_power(7, 6, 11) == 4


def test_modulus_one():
    assert mod_power(3, 5, 1) == 0
