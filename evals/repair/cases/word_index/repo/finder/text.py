import re

WORD = re.compile(r"[a-z]+")


def words_of(text):
    return WORD.findall(text.lower())
