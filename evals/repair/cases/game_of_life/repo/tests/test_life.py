import unittest

from life import step


class LifeTest(unittest.TestCase):
    def test_lonely_cell_dies(self):
        self.assertEqual(step({(0, 0)}), set())

    def test_block_stays(self):
        block = {(0, 0), (0, 1), (1, 0), (1, 1)}
        self.assertEqual(step(block), block)

    def test_blinker_turns(self):
        self.assertEqual(step({(0, -1), (0, 0), (0, 1)}), {(-1, 0), (0, 0), (1, 0)})
