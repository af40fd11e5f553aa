"""An invoice: its lines, and the three sums that customers look at."""

from dataclasses import dataclass, field

from billing.pricing import line_total
from billing.tax import tax_on

FREE_SHIPPING_FROM = 100_00
SHIPPING = 4_90


@dataclass(frozen=True)
class Line:
    """So many pieces of one article at one price."""

    article: str
    unit_cents: int
    quantity: int = 1

    @property
    def net(self) -> int:
        return line_total(self.unit_cents, self.quantity)


@dataclass
class Invoice:
    """Lines for one customer in one tax region."""

    customer: str
    region: str = "home"
    business: bool = False
    lines: list[Line] = field(default_factory=list)

    def add(self, article: str, unit_cents: int, quantity: int = 1) -> None:
        self.lines.append(Line(article, unit_cents, quantity))

    @property
    def goods(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def shipping(self) -> int:
        return 0 if not self.lines or self.goods >= FREE_SHIPPING_FROM else SHIPPING

    @property
    def net(self) -> int:
        return self.goods + self.shipping

    @property
    def tax(self) -> int:
        return tax_on(self.net, self.region, business=self.business)

    @property
    def total(self) -> int:
        return self.net + self.tax
