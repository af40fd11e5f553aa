from weather.average import mean as mean_of
from weather.units import to_celsius


def summary(readings):
    """One line about stations, each given as (degrees, "C" or "F") or None when silent."""
    values = []
    for reading in readings:
        if reading is None:
            continue
        degrees, unit = reading
        values.append(to_celsius(degrees) if unit == "F" else degrees)
    if not values:
        return "no data"
    mean = mean_of(values)
    return f"{mean:.1f} C, {max(values):.1f} C at most, {len(values)} stations"
