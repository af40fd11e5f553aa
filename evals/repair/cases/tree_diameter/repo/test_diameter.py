from diameter import longest_path


def test_leaf():
    assert longest_path(()) == 0


def test_chain():
    assert longest_path(((((),),),)) == 4 - 1 + 0


def test_through_the_root():
    assert longest_path((((),), ((),))) == 4
