from datetime import date, timedelta

from almanac import day_of_year


def test_against_datetime():
    for year in (1600, 1900, 2000, 2023, 2024, 2100):
        day = date(year, 1, 1)
        while day.year == year:
            assert day_of_year(day.year, day.month, day.day) == day.timetuple().tm_yday
            day += timedelta(days=1)
