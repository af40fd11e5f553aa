from collections import Counter


def per_level(records):
    return dict(Counter(record.level for record in records))


def busiest_hour(records):
    """The hour with the most records, the earliest on a tie; None without records."""
    hours = Counter(record.hour for record in records)
    if not hours:
        return None
    return min(hours, key=lambda hour: (hours[hour], hour))
