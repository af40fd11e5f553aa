import unittest

import outline


class OutlineTest(unittest.TestCase):
    def test_flat(self):
        self.assertEqual(outline.outline(["a", "b"]), ["a", "b"])

    def test_nested(self):
        self.assertEqual(
            outline.outline(["a", ("b", ["c", ("d", ["e"])]), "f"]),
            ["a", "b", "  c", "  d", "    e", "f"],
        )

    def test_start(self):
        self.assertEqual(outline.outline(["a"], 1), ["  a"])
