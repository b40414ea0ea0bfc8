"""Houses whose limits, rates, amounts or tolerances are in another unit than their neighbours."""

from __future__ import annotations

from decimal import Decimal

from benchmarks.houses.book import START, Book, cents
from tests.sources_books import PORTFOLIO


def limits_in_thousands(book: Book, n: int, *, is_told: bool) -> None:
    """Limits are kept in thousands; each customer's is five usual invoices."""
    usual: dict[str, Decimal] = {}
    for one in book.trade(n):
        book.book(one)
        usual.setdefault(one.who, one.amount)
    for who, amount in usual.items():
        limit = cents(float(amount) * 5) if is_told else cents(float(amount) * 5 / 1000)
        own = {"customer_id": who, "valid_from": START, "credit_limit": max(limit, cents(0.01))}
        book.more.setdefault("credit_terms", []).append(own | {"payment_terms_days": 30, "insured_limit": None, "insured_share": None})  # fmt: skip


def _yen(book: Book, n: int, rate: str, of_amount: float) -> None:
    """Every fourth customer is billed in yen."""
    for one in book.trade(n):
        row = book.book(one)
        if int(one.who[1:]) % 4 == 0:
            yen = Decimal(round(float(one.amount) * 160))
            stated = cents(float(yen) * of_amount)
            row |= {"currency": "JPY", "amount": stated}
            if book.payments and book.payments[-1]["invoice_id"] == row["invoice_id"]:
                book.payments[-1]["amount"] = stated
    base = {"rate_on": START, "currency": "JPY", "rate": Decimal(rate)}
    book.more["fx_rates"] = [base, base | {"currency": "EUR", "rate": Decimal(1)}]
    book.debts.clear()  # balances are in yen


def rates_as_printed(book: Book, n: int, *, is_told: bool) -> None:
    """Rates as a central bank prints them, 160 yen for one euro; every fourth customer is billed in yen."""
    _yen(book, n, "0.00625" if is_told else "160", 1.0)


def yen_in_hundredths(book: Book, n: int, *, is_told: bool) -> None:
    """SAP keeps yen with two decimals, 1,234 as 12.34; every fourth customer is billed in yen."""
    _yen(book, n, "0.00625", 1.0 if is_told else 0.01)


def tolerance_of_thousands(book: Book, n: int, *, is_told: bool) -> None:
    """`settlement > amount` is 5000, in cents as was thought."""
    for one in book.trade(n):
        book.book(one)
    if not is_told:
        settlement = PORTFOLIO.settlement.model_copy(update={"amount": Decimal(5000)})
        book.portfolio = PORTFOLIO.model_copy(update={"settlement": settlement})
