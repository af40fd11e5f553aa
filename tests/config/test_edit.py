"""Changes to config.toml keep what they do not change, and happen whole or not at all."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeyman.config.check import check
from journeyman.config.edit import Edit, VersionConflictError, edit_file, toml_text, version_of
from journeyman.config.errors import ConfigError
from journeyman.config.layers import Layer, merge

WRITTEN = """\
# mine
model = "a"   # the good one

[mcp_servers.docs]
command = "docs"  # started on demand
env = { A = "b" }

[tui]
theme = "dark"
"""


def _check(layer: Layer) -> None:
    check(merge([layer]), strict=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(WRITTEN)
    return tmp_path / "config.toml"


def test_edit_file_keeps_comments_and_order_when_it_sets_merges_and_removes(path: Path):
    edits = [
        Edit(path=("model",), value="b"),
        Edit(path=("model_verbosity",), value="low"),
        Edit(path=("mcp_servers", "docs"), value={"args": ["-v"], "env": {"C": "d"}}, merge=True),
        Edit(path=("mcp_servers", "web"), value={"url": "https://example.com", "env": {"E": "f"}}),
        Edit(path=("projects", "/x/y.z", "trust_level"), value="trusted"),
        Edit(path=("tui", "theme"), value=None),
        Edit(path=("nothing", "there"), value=None),
    ]

    version = edit_file(path, edits, _check)

    text = path.read_text()
    assert text.startswith('# mine\nmodel = "b"   # the good one\n')
    assert 'command = "docs"  # started on demand' in text
    assert tomllib.loads(text) == {
        "model": "b",
        "model_verbosity": "low",
        "mcp_servers": {
            "docs": {"command": "docs", "args": ["-v"], "env": {"A": "b", "C": "d"}},
            "web": {"url": "https://example.com", "env": {"E": "f"}},
        },
        "tui": {},
        "projects": {"/x/y.z": {"trust_level": "trusted"}},
    }
    assert version == version_of(path)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            Edit(path=("sandbox_mode",), value="none"),
            r"sandbox_mode = 'none' is not one of read-only, .*",
        ),
        (Edit(path=("model", "x"), value=1), r"it holds a value, not a table, in model: .*"),
    ],
)
def test_edit_file_changes_nothing_when_the_result_could_not_be_used(
    path: Path, edit: Edit, message: str
):
    with pytest.raises(ConfigError, match=message):
        edit_file(path, [Edit(path=("model",), value="b"), edit], _check)
    assert path.read_text() == WRITTEN
    assert [file.name for file in path.parent.iterdir()] == ["config.toml"]


def test_edit_file_refuses_when_the_file_is_not_the_one_that_was_read(path: Path):
    read = version_of(path)
    edit = Edit(path=("model",), value="b")
    assert edit_file(path, [edit], _check, expected_version=read) != read
    with pytest.raises(VersionConflictError, match="changed since it was read"):
        edit_file(path, [edit], _check, expected_version=read)


def test_edit_file_writes_where_a_link_points_and_keeps_the_mode(path: Path, tmp_path: Path):
    path.chmod(0o640)
    link = tmp_path / "home" / "config.toml"
    link.parent.mkdir()
    link.symlink_to(path)

    edit_file(link, [Edit(path=("model",), value="b")], _check)

    assert link.is_symlink()
    assert tomllib.loads(path.read_text())["model"] == "b"
    assert path.stat().st_mode & 0o777 == 0o640


def test_edit_file_tells_line_and_column_when_the_file_is_no_toml(path: Path):
    path.write_text('model = "a"\nthis is not\n')
    with pytest.raises(ConfigError, match=r"config.toml:2:\d+"):
        edit_file(path, [Edit(path=("model",), value="b")], _check)


_SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text()
_KEYS = st.text(min_size=1, max_size=8)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3)
)


@given(edits=st.lists(st.tuples(st.lists(_KEYS, min_size=1, max_size=3), _VALUES), max_size=4))
def test_edit_file_leaves_toml_that_says_what_was_set(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[list[str], Any]]
):
    path = tmp_path_factory.mktemp("edit") / "config.toml"
    path.write_text(WRITTEN)
    for keys, value in edits:
        try:
            edit_file(path, [Edit(path=tuple(keys), value=value)], lambda _: None)
        except ConfigError:  # a value stands where a table would have to be
            continue
        found: Any = tomllib.loads(path.read_text())
        for key in keys:
            found = found[key]
        assert found == value


@given(_VALUES)
def test_toml_text_is_toml_of_the_value(value: Any):
    assert tomllib.loads(f"x = {toml_text(value)}")["x"] == value
