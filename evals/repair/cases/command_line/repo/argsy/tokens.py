def pair_up(arguments):
    """Yield (name, value) of each option and (None, word) of each other word.

    The value of a flag, an option without a value, is True.
    """
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            yield None, word
            continue
        name, equals, value = word[2:].partition("=")
        if equals:
            yield name, value
            continue
        following = rest[0] if rest else None
        if following is not None:
            yield name, rest.pop(0)
        else:
            yield name, True
