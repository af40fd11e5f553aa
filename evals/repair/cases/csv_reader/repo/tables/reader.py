from tables.convert import convert
from tables.scanner import split_line


def read_table(text):
    """Rows as dicts, keys from the first line; blank lines are skipped."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    header = split_line(lines[0])
    return [
        dict(zip(header, map(convert, split_line(line)))) for line in lines[1:]
    ]
