def read_headers(text):
    """Header lines as a dict of lists, by lower-case name; reading ends at a blank line.

    A line that starts with a blank continues the one before.
    """
    headers = {}
    last = None
    for line in text.splitlines():
        if not line.strip():
            break
        if line[0] in " \t" and last is not None:
            headers[last][-1] += " " + line.strip()
            continue
        name, value = line.split(":")
        last = name.strip().lower()
        headers.setdefault(last, []).append(value.strip())
    return headers
