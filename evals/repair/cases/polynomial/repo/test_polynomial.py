import unittest

from polynomial import Polynomial


class PolynomialTest(unittest.TestCase):
    def test_value(self):
        self.assertEqual(Polynomial(1, 2, 3)(2), 17)

    def test_monomials(self):
        self.assertEqual(Polynomial(0, 2) * Polynomial(0, 0, 3), Polynomial(0, 0, 0, 6))

    def test_square(self):
        self.assertEqual(Polynomial(1, 1) * Polynomial(1, 1), Polynomial(1, 2, 1))

    def test_zero(self):
        self.assertEqual(Polynomial() * Polynomial(1, 1), Polynomial())
