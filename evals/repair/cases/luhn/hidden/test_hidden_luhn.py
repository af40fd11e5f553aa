import luhn

DOUBLED = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]


def slow(text):
    digits = [int(c) for c in text][::-1]
    return (sum(digits[::2]) + sum(DOUBLED[d] for d in digits[1::2])) % 10 == 0


def test_every_number():
    for number in range(10, 3000):
        assert luhn.is_valid(str(number)) == slow(str(number))


def test_check_digit():
    for number in range(1, 500):
        assert slow(str(number) + luhn.check_digit(str(number)))
