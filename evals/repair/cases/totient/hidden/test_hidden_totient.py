from math import gcd

from totient import totient


def test_against_counting():
    for number in range(1, 300):
        assert totient(number) == sum(gcd(number, k) == 1 for k in range(1, number + 1))
