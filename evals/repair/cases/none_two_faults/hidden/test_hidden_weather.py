from weather.average import mean
from weather.report import summary
from weather.units import to_celsius


def test_all():
    for celsius in range(-50, 120, 5):
        assert abs(to_celsius(celsius * 9 / 5 + 32) - celsius) < 1e-9
    assert mean([0, 0, 9]) == 3
    assert summary([None, (1, "C"), None]) == "1.0 C, 1.0 C at most, 3 stations"
