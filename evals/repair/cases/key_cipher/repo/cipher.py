def encipher(text, key):
    """Small letters moved on by the letters of a key that is repeated; a moves by nothing."""
    result = []
    for index, letter in enumerate(text):
        shift = ord(key[index]) - ord("a")
        result.append(chr((ord(letter) - ord("a") + shift) % 26 + ord("a")))
    return "".join(result)
