import unittest

from links import Link, remove_from_end, values


class RemoveTest(unittest.TestCase):
    def test_last(self):
        self.assertEqual(values(remove_from_end(Link.chain(1, 2, 3), 1)), [1, 2])

    def test_middle(self):
        self.assertEqual(values(remove_from_end(Link.chain(1, 2, 3), 2)), [1, 3])

    def test_first(self):
        self.assertEqual(values(remove_from_end(Link.chain(1, 2, 3), 3)), [2, 3])

    def test_only(self):
        self.assertEqual(values(remove_from_end(Link.chain(7), 1)), [])
