import unittest

from roman import read_roman


class ReadRoman(unittest.TestCase):
    def test_single(self):
        self.assertEqual(read_roman("X"), 10)

    def test_subtraction(self):
        self.assertEqual(read_roman("MCMXC"), 1990)

    def test_repetition(self):
        self.assertEqual(read_roman("viii"), 8)

    def test_mixed(self):
        self.assertEqual(read_roman("XXIX"), 29)
