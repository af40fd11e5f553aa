import re
from typing import NamedTuple

LINE = re.compile(r"(?P<hour>\d\d):(?P<minute>\d\d)\s+(?P<level>[A-Z]+)\s+(?P<text>.*)")


class Record(NamedTuple):
    hour: int
    minute: int
    level: str
    text: str


def parse_line(line):
    """The record of one line, or None when it is none."""
    match = LINE.fullmatch(line.strip())
    if match is None:
        return None
    return Record(int(match["hour"]), int(match["minute"]), match["level"], match["text"])
