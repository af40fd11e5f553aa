def prefix_table(pattern):
    """For each prefix, the length of its longest proper border."""
    table = [0] * len(pattern)
    length = 0
    for position in range(1, len(pattern)):
        while length and pattern[length] != pattern[position]:
            length = table[length]
        if pattern[length] == pattern[position]:
            length += 1
        table[position] = length
    return table


def find_all(pattern, text):
    """Start positions of pattern in text, overlaps included."""
    if not pattern:
        return list(range(len(text) + 1))
    table = prefix_table(pattern)
    starts, length = [], 0
    for position, letter in enumerate(text):
        while length and (length == len(pattern) or pattern[length] != letter):
            length = table[length - 1]
        if pattern[length] == letter:
            length += 1
        if length == len(pattern):
            starts.append(position - length + 1)
    return starts
