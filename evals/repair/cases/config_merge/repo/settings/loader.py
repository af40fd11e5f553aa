import json

from settings.merge import merge
from settings.overrides import parse_override

DEFAULTS = {"server": {"host": "localhost", "port": 80}, "debug": False}


def load(text="{}", overrides=()):
    settings = merge(DEFAULTS, json.loads(text))
    for override in overrides:
        settings = merge(settings, parse_override(override))
    return settings
