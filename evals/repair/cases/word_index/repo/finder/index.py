from finder.document import Document


class Index:
    def __init__(self):
        self._documents = []

    def add(self, name, text):
        self._documents.append(Document(name).read(text))

    def search(self, *words):
        """Names of the documents that hold every word, in order of arrival."""
        wanted = {word.lower() for word in words}
        return [doc.name for doc in self._documents if wanted <= doc.words]
