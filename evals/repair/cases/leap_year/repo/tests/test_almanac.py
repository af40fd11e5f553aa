import unittest

from almanac import day_of_year, is_leap


class AlmanacTest(unittest.TestCase):
    def test_leap(self):
        self.assertTrue(is_leap(2024))
        self.assertTrue(is_leap(2000))

    def test_common(self):
        self.assertFalse(is_leap(1900))
        self.assertFalse(is_leap(2023))

    def test_day(self):
        self.assertEqual(day_of_year(2024, 3, 1), 61)
        self.assertEqual(day_of_year(2023, 12, 31), 365)
