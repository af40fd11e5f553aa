from pool import run_all


def test_nothing():
    assert run_all([]) == 0


def test_all_end_well():
    assert run_all([["true"], ["sleep", "0.05"], ["true"]]) == 3


def test_failures():
    assert run_all([["false"], ["true"]], at_once=1) == 1
