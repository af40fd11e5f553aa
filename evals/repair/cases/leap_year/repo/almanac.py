LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def is_leap(year):
    return year % 4 == 0 and year % 100 != 0 and year % 400 == 0


def day_of_year(year, month, day):
    number = sum(LENGTHS[: month - 1]) + day
    if month > 2 and is_leap(year):
        number += 1
    return number
