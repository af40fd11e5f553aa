def to_gray(number):
    return number ^ (number >> 1)


def from_gray(code):
    number = 0
    for _ in range(code.bit_length()):
        number ^= code
        code <<= 1
    return number


def gray_sequence(bits):
    return [to_gray(number) for number in range(1 << bits)]
