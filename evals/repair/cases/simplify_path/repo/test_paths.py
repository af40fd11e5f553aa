import pytest

from paths import simplify


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/a/b/", "/a/b"),
        ("/a/./b/../c", "/a/c"),
        ("/..", "/"),
        ("//a///b", "/a/b"),
    ],
)
def test_simplify(path, expected):
    assert simplify(path) == expected
