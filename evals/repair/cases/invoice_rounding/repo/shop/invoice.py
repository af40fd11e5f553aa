from dataclasses import dataclass, field
from decimal import Decimal

from shop.money import to_cents
from shop.tax import line_tax


@dataclass
class Line:
    name: str
    price: Decimal
    quantity: int = 1
    rate: Decimal = Decimal(19)

    @property
    def net(self):
        return to_cents(self.price * self.quantity)

    @property
    def tax(self):
        return line_tax(self.price, self.quantity, self.rate)


@dataclass
class Invoice:
    lines: list[Line] = field(default_factory=list)

    def add(self, *args, **options):
        self.lines.append(Line(*args, **options))
        return self

    @property
    def total(self):
        return sum((line.net + line.tax for line in self.lines), Decimal(0))
