import unittest

from bank import Ledger
from bank.account import Overdrawn


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger(ann=100, bob=20)

    def test_transfer(self):
        self.ledger.transfer("ann", "bob", 30)
        self.assertEqual((self.ledger.balance("ann"), self.ledger.balance("bob")), (70, 50))

    def test_overdrawn_changes_nothing(self):
        with self.assertRaises(Overdrawn):
            self.ledger.transfer("bob", "ann", 21)
        self.assertEqual((self.ledger.balance("ann"), self.ledger.balance("bob")), (100, 20))

    def test_total(self):
        self.ledger.transfer("ann", "bob", 100)
        self.assertEqual(self.ledger.total(), 120)
