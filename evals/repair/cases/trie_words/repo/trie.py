END = ""


class Trie:
    def __init__(self, words=()):
        self._root = {}
        for word in words:
            self.add(word)

    def add(self, word):
        node = self._root
        for letter in word:
            node = node.setdefault(word, {})
        node[END] = True

    def _find(self, prefix):
        node = self._root
        for letter in prefix:
            if letter not in node:
                return None
            node = node[letter]
        return node

    def __contains__(self, word):
        node = self._find(word)
        return node is not None and END in node

    def complete(self, prefix):
        """Words that begin with prefix, sorted."""
        start = self._find(prefix)

        def below(node, word):
            if END in node:
                yield word
            for letter in sorted(node.keys() - {END}):
                yield from below(node[letter], word + letter)

        return list(below(start, prefix)) if start is not None else []
