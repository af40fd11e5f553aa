class Overdrawn(Exception):
    pass


class Account:
    def __init__(self, cents=0):
        self.cents = cents

    def deposit(self, cents):
        if cents <= 0:
            raise ValueError("a deposit is positive")
        self.cents += cents

    def withdraw(self, cents):
        if cents > self.cents:
            raise Overdrawn(cents - self.cents)
        self.cents -= cents
