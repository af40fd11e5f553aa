from argsy.tokens import pair_up


def parse(arguments):
    """Split a command line into its options and its words; a repeated option is a list."""
    options, words = {}, []
    for name, value in pair_up(arguments):
        if name is None:
            words.append(value)
        elif name in options:
            if not isinstance(options[name], list):
                options[name] = [options[name]]
            options[name].append(value)
        else:
            options[name] = value
    return options, words
