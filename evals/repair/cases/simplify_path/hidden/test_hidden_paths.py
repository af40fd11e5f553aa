import itertools
import posixpath

from paths import simplify


def test_against_normpath():
    for size in range(6):
        for parts in itertools.product(["a", "b", ".", "..", ""], repeat=size):
            path = "/" + "/".join(parts)
            expected = "/" + posixpath.normpath("/" + path).strip("/")
            assert simplify(path) == expected, path
