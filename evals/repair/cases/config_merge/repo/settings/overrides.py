def parse_override(text):
    """Turn "a.b=1" into {"a": {"b": 1}}; values are numbers, booleans or text."""
    path, _, raw = text.partition("=")
    value = _read(raw)
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def _read(raw):
    if raw in ("true", "false"):
        return raw == "true"
    try:
        return int(raw)
    except ValueError:
        return raw
