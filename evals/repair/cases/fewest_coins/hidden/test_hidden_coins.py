from coins import fewest_coins


def breadth_first(coins, amount):
    seen, edge, steps = {0}, {0}, 0
    while edge:
        if amount in edge:
            return steps
        edge = {v + c for v in edge for c in coins if v + c <= amount} - seen
        seen |= edge
        steps += 1
    return None


def test_against_breadth_first():
    for coins in ([1], [2, 5], [3, 7, 8], [4, 6, 9], [10, 1, 6]):
        for amount in range(40):
            assert fewest_coins(coins, amount) == breadth_first(coins, amount)
