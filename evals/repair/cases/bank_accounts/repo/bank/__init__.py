from bank.ledger import Ledger

__all__ = ["Ledger"]
