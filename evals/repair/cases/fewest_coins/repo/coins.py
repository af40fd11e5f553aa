import math


def fewest_coins(coins, amount):
    """Smallest number of coins that sum to amount, or None."""
    fewest = [1] + [math.inf] * amount
    for target in range(1, amount + 1):
        for coin in coins:
            if coin <= target:
                fewest[target] = min(fewest[target], fewest[target - coin] + 1)
    return None if fewest[amount] == math.inf else fewest[amount]
