from modpow import mod_power


def test_against_pow():
    for base in range(12):
        for exponent in range(25):
            for modulus in range(1, 20):
                assert mod_power(base, exponent, modulus) == pow(base, exponent, modulus)


def test_large():
    assert mod_power(123456789, 987654321, 1000000007) == pow(123456789, 987654321, 1000000007)
