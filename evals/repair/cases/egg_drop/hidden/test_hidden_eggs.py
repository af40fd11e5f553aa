from eggs import drops


def reach(eggs, tries):
    return 0 if not eggs or not tries else reach(eggs - 1, tries - 1) + reach(eggs, tries - 1) + 1


def test_against_what_tries_can_reach():
    for eggs in range(1, 4):
        for floors in range(10):
            tries = 0
            while reach(eggs, tries) < floors:
                tries += 1
            assert drops(eggs, floors) == tries
