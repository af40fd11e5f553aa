from multisort import sort_rows


def test_one_key():
    assert sort_rows([{"a": 2}, {"a": 1}], [("a", "asc")]) == [{"a": 1}, {"a": 2}]


def test_two_keys():
    rows = [{"a": 1, "b": 1}, {"a": 2, "b": 5}, {"a": 1, "b": 3}]
    assert sort_rows(rows, [("a", "asc"), ("b", "desc")]) == [rows[2], rows[0], rows[1]]
    assert sort_rows(rows, [("b", "desc"), ("a", "asc")]) == [rows[1], rows[2], rows[0]]


def test_missing_value():
    rows = [{"a": None}, {"a": 3}, {}, {"a": 5}]
    assert sort_rows(rows, [("a", "desc")]) == [rows[3], rows[1], rows[0], rows[2]]


def test_nothing():
    assert sort_rows([], []) == []
