from varint import decode, encode


def test_round_trip():
    for number in [*range(1000), 2**14 - 1, 2**14, 2**21, 2**35 + 17, 2**63]:
        data = encode(number)
        assert decode(data) == number
        assert len(data) == max(1, -(-number.bit_length() // 7))
        assert all(byte & 0x80 for byte in data[:-1])
        assert not data[-1] & 0x80
