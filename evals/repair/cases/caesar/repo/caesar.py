def encrypt(text, shift):
    shifted = []
    for letter in text:
        if letter.isascii() and letter.isalpha():
            first = "a" if letter.islower() else "A"
            shifted.append(chr(ord(first) + ord(letter) - ord(first) + shift))
        else:
            shifted.append(letter)
    return "".join(shifted)


def decrypt(text, shift):
    return encrypt(text, -shift)
