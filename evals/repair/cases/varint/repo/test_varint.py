import pytest

from varint import decode, encode


def test_zero():
    assert encode(0) == b"\x00"


def test_decode():
    assert decode(b"\xac\x02") == 300
    with pytest.raises(ValueError):
        decode(b"\x80")


def test_encode():
    assert encode(5) == b"\x05"
    assert encode(300) == b"\xac\x02"
