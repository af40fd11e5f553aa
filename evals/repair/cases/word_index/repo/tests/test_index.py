from finder.index import Index


def build(**texts):
    index = Index()
    for name, text in texts.items():
        index.add(name, text)
    return index


def test_search():
    index = build(one="The cat sat.", two="A dog sat!")
    assert index.search("sat") == ["one", "two"]
    assert index.search("Dog") == ["two"]


def test_missing():
    assert build(one="nothing here").search("fish") == []
