from bank.account import Account


class Ledger:
    def __init__(self, **cents):
        self._accounts = {name: Account(value) for name, value in cents.items()}

    def balance(self, name):
        return self._accounts[name].cents

    def total(self):
        return sum(account.cents for account in self._accounts.values())

    def transfer(self, source, target, cents):
        self._accounts[target].deposit(cents)
        self._accounts[source].withdraw(cents)
