from finder.document import Document
from finder.index import Index


def test_documents_are_apart():
    a, b = Document("a").read("x y"), Document("b").read("z")
    assert (a.words, b.words) == ({"x", "y"}, {"z"})


def test_given_words_are_copied_or_kept_apart():
    assert Document("c", {"k"}).read("m").words == {"k", "m"}
    assert Document("d").words == set()


def test_many():
    index = Index()
    for number in range(26):
        index.add(number, chr(97 + number) + " all")
    assert index.search("all") == list(range(26))
    for number in range(26):
        assert index.search(chr(97 + number)) == [number]
        assert index.search(chr(97 + number), "ALL") == [number]
