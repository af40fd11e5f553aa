import random

from argsy import parse
from argsy.tokens import pair_up


def test_generated():
    rng = random.Random(23)
    for _ in range(300):
        line, expected, flag = [], [], False
        for _ in range(rng.randrange(8)):
            kind = rng.choice(["flag", "equals", "value", "word"])
            if kind == "word" and flag:
                continue
            flag = kind == "flag"
            if kind == "word":
                line.append("w")
                expected.append((None, "w"))
            elif kind == "flag":
                line.append("--f")
                expected.append(("f", True))
            elif kind == "equals":
                line.append("--e=--x")
                expected.append(("e", "--x"))
            else:
                line += ["--v", "-1"]
                expected.append(("v", "-1"))
        assert list(pair_up(line)) == expected


def test_flags_in_a_row():
    assert parse(["--a", "--b", "--a"]) == ({"a": [True, True], "b": True}, [])
