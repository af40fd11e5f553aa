import string

from caesar import decrypt, encrypt


def test_all_shifts():
    low = string.ascii_lowercase
    for shift in range(-60, 60):
        turn = shift % 26
        assert encrypt(low, shift) == low[turn:] + low[:turn]
        assert encrypt(low.upper(), shift) == (low[turn:] + low[:turn]).upper()
        assert decrypt(encrypt(string.printable, shift), shift) == string.printable


def test_others_stay():
    assert encrypt("é 12-ß", 5) == "é 12-ß"
