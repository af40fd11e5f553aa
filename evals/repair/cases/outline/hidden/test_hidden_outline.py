from outline import outline


def test_deep():
    entries = ["end"]
    for depth in range(6, 0, -1):
        entries = [f"x{depth}", (f"n{depth}", entries), f"y{depth}"]
    lines = outline(entries)
    for line in lines:
        indent = (len(line) - len(line.lstrip())) // 2
        name = line.strip()
        assert indent == (6 if name == "end" else int(name[1]) - 1)
    assert len(lines) == 19


def test_start_depth():
    assert outline([("a", [("b", [])])], 2) == ["    a", "      b"]
