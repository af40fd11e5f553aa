def outline(entries, depth=0):
    """Lines of a nested outline; entries are names or (name, entries) pairs."""
    lines = []
    for entry in entries:
        if isinstance(entry, tuple):
            name, below = entry
            lines.append("  " * depth + name)
            lines.extend(outline(below, depth))
        else:
            lines.append("  " * depth + entry)
    return lines
