"""Scripts that do not fit into an argument."""

from __future__ import annotations

import pytest

from journeyman.sandbox.namespaces.large_script import carried

LARGE = "x" * 131_072


@pytest.mark.parametrize(
    "argv",
    [
        ("/bin/bash", "-c", LARGE[1:]),
        ("/bin/cat", "-c", LARGE),
        ("/bin/bash", "script", "-c", LARGE),
        ("/bin/bash", "--rc", LARGE),
        ("/bin/bash", "-c"),
    ],
)
def test_carried_leaves_words_alone_when_they_fit_or_are_no_script(argv: tuple[str, ...]) -> None:
    assert carried(argv) == (argv, None)


def test_carried_has_the_shell_read_the_script_when_it_is_too_large() -> None:
    words, script = carried(("/bin/bash", "-l", "-ec", LARGE, "name", "argument"))
    assert words == ("/bin/bash", "-l", "-ec", ". /dev/fd/3", "name", "argument")
    assert script == f"exec 3<&-; {LARGE}".encode()
