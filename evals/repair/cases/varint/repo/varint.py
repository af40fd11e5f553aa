"""Integers in groups of seven bits, smallest group first, the top bit says that more follows."""


def encode(number):
    groups = []
    while True:
        groups.append(number & 0x7F)
        if not number:
            break
    while len(groups) > 1 and not groups[-1]:
        groups.pop()
    return bytes([group | 0x80 for group in groups[:-1]] + groups[-1:])


def decode(data):
    number = 0
    for position, group in enumerate(data):
        number |= (group & 0x7F) << (7 * position)
        if not group & 0x80:
            return number
    raise ValueError("the number is cut off")
