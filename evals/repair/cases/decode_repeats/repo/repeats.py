def expand(text):
    """Expand counted groups: "3[ab]c" is "abababc"; groups nest."""
    stack = []
    current, count = "", 0
    for letter in text:
        if letter.isdigit():
            count = count * 10 + int(letter)
        elif letter == "[":
            stack.append((current, count))
            current, count = "", 0
        elif letter == "]":
            before, count = stack.pop()
            current = current * count + before
            count = 0
        else:
            current += letter
    return current
