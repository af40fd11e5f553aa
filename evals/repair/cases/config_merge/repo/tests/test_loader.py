from settings import load
from settings.loader import DEFAULTS


def test_defaults():
    assert load() == DEFAULTS


def test_flat():
    assert load('{"debug": true}')["debug"] is True


def test_nested_override_keeps_its_neighbours():
    settings = load(overrides=["server.port=8080"])
    assert settings["server"] == {"host": "localhost", "port": 8080}


def test_new_table():
    assert load('{"log": {"level": "info"}}')["log"] == {"level": "info"}
