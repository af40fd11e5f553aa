def best_gain(prices):
    """The most that buying once and selling later could gain; a loss where all prices fall."""
    lowest = 0
    best = prices[1] - prices[0]
    for price in prices[1:]:
        best = max(best, price - lowest)
        lowest = min(lowest, price)
    return best
