def encode(text):
    pairs = []
    previous, count = None, 0
    for letter in text:
        if letter == previous:
            count += 1
        else:
            if count:
                pairs.append((previous, count))
            previous, count = letter, 1
    return pairs


def decode(pairs):
    return "".join(letter * count for letter, count in pairs)
