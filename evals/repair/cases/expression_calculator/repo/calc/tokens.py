import re

TOKEN = re.compile(r"\s*(?:(\d+)|(.))")


def tokens(text):
    found = []
    for number, symbol in TOKEN.findall(text):
        found.append(int(number) if number else symbol)
    return found
