from gray import from_gray, gray_sequence, to_gray


def test_inverse_everywhere():
    for number in range(2000):
        assert from_gray(to_gray(number)) == number
        assert to_gray(from_gray(number)) == number


def test_one_bit_steps():
    codes = gray_sequence(7)
    assert sorted(codes) == list(range(128))
    assert all(bin(a ^ b).count("1") == 1 for a, b in zip(codes, codes[1:]))
