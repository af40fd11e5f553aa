from finder.text import words_of


class Document:
    def __init__(self, name, words=set()):
        self.name = name
        self.words = words

    def read(self, text):
        self.words.update(words_of(text))
        return self
