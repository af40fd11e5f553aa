import copy

from settings.merge import merge
from settings import load
from settings.loader import DEFAULTS


def flat(table, path=()):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, (*path, key))
        else:
            yield (*path, key), value


def test_leaves_win():
    below = {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 4}
    above = {"a": {"b": {"d": 5, "x": 6}}, "y": {"z": 7}}
    before = copy.deepcopy((below, above))
    assert dict(flat(merge(below, above))) == {**dict(flat(below)), **dict(flat(above))}
    assert (below, above) == before


def test_kind_changes():
    assert merge({"a": 1}, {"a": {"b": 2}}) == {"a": {"b": 2}}
    assert merge({"a": {"b": 2}}, {"a": 1}) == {"a": 1}


def test_defaults_survive():
    load('{"server": {"host": "x"}}', ["server.port=1"])
    assert DEFAULTS == {"server": {"host": "localhost", "port": 80}, "debug": False}
    assert load('{"server": {"host": "x"}}')["server"] == {"host": "x", "port": 80}
