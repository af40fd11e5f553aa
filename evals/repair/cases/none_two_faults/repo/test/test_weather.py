import unittest

from weather.average import mean
from weather.report import summary
from weather.units import to_celsius


class WeatherTest(unittest.TestCase):
    def test_units(self):
        self.assertAlmostEqual(to_celsius(50), 10)
        self.assertAlmostEqual(to_celsius(212), 100)
        self.assertAlmostEqual(to_celsius(-40), -40)

    def test_mean(self):
        self.assertAlmostEqual(mean([1, 2, 6]), 3)
        self.assertAlmostEqual(mean([5]), 5)

    def test_summary(self):
        self.assertEqual(summary([(10, "C"), None, (68, "F")]), "15.0 C, 20.0 C at most, 3 stations")
        self.assertEqual(summary([None]), "no data")
