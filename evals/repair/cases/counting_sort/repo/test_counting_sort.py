import unittest

from counting_sort import counting_sort


class CountingSortTest(unittest.TestCase):
    def test_empty(self):
        self.assertEqual(counting_sort([]), [])

    def test_small(self):
        self.assertEqual(counting_sort([3, 1, 2, 3]), [1, 2, 3, 3])

    def test_negative(self):
        self.assertEqual(counting_sort([0, -5, 2]), [-5, 0, 2])


if __name__ == "__main__":
    unittest.main()
