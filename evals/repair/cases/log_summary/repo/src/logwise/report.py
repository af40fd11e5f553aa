from logwise.record import parse_line
from logwise.stats import busiest_hour, per_level


def report(text):
    records = [record for record in map(parse_line, text.splitlines()) if record]
    return {"levels": per_level(records), "busiest": busiest_hour(records), "lines": len(records)}
