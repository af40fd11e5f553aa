import random

from bank import Ledger
from bank.account import Overdrawn


def test_against_dict():
    rng = random.Random(50)
    money = {"a": 50, "b": 5, "c": 0}
    ledger = Ledger(**money)
    for _ in range(300):
        source, target = rng.sample("abc", 2)
        cents = rng.randrange(1, 40)
        try:
            ledger.transfer(source, target, cents)
            covered = True
        except Overdrawn as error:
            covered = False
            assert error.args == (cents - money[source],)
        assert covered == (money[source] >= cents)
        if covered:
            money[source] -= cents
            money[target] += cents
        assert {name: ledger.balance(name) for name in money} == money
