from disjoint import DisjointSets


def test_alone():
    sets = DisjointSets(3)
    assert sets.sets == 3
    assert not sets.together(0, 2)


def test_join():
    sets = DisjointSets(4)
    assert sets.join(0, 1)
    assert not sets.join(1, 0)
    assert sets.together(0, 1)


def test_chain_keeps_earlier_members():
    sets = DisjointSets(6)
    sets.join(0, 1)
    sets.join(2, 3)
    sets.join(0, 2)
    assert sets.together(1, 3)
    assert sets.together(0, 3)
    assert sets.sets == 3
