"""Small repositories with a fault each, for the engine's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

GCD = "def gcd(a, b):\n    if b == 0:\n        return a\n    return gcd(a % b, b)\n"
GCD_TESTS = (
    "from gcd import gcd\n\n"
    "def test_two():\n    assert gcd(12, 8) == 4\n\n"
    "def test_zero():\n    assert gcd(7, 0) == 7\n\n"
    "def test_none_shared():\n    assert gcd(17, 5) == 1\n"
)
HALVE = "def halvings(n):\n    steps = 0\n    while n > 1:\n        n //= 1\n        steps += 1\n    return steps\n"
HALVE_TESTS = (
    "import unittest\nfrom pack.halve import halvings\n\n"
    "class Halvings(unittest.TestCase):\n"
    "    def test_eight(self):\n        self.assertEqual(halvings(8), 3)\n"
    "    def test_one(self):\n        self.assertEqual(halvings(1), 0)\n"
)


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder, which is made."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def read_all(root: Path) -> dict[str, str]:
    """All files below a folder."""
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
