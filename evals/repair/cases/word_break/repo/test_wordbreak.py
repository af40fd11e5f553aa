import unittest

from wordbreak import can_split


class CanSplit(unittest.TestCase):
    def test_empty(self):
        self.assertTrue(can_split("", ["a"]))

    def test_whole(self):
        self.assertTrue(can_split("apple", ["apple"]))

    def test_parts(self):
        self.assertTrue(can_split("applepen", ["apple", "pen"]))

    def test_not(self):
        self.assertFalse(can_split("catsandog", ["cats", "dog", "sand", "and", "cat"]))
