def interleave(*iterables):
    """Take one value of each iterable in turn until all are used up."""
    sources = [iter(iterable) for iterable in iterables]
    active = list(sources)
    while active:
        for source in list(active):
            try:
                yield next(source)
            except StopIteration:
                active = sources
