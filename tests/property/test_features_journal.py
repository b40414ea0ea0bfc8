"""The balance of every customer on every day equals that of an independent double-entry book, on 200 random ledgers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from contracts.config.settlement import SettlementConfig
from features.ledger.bookings import Ledger
from features.ledger.settlement import Clock
from tests.features_books import engine, portfolio
from tests.features_journal import Journal
from tests.features_random import random_book, seeded

EPOCH = date(1970, 1, 1)
LEDGERS, CUSTOMERS = 20, 10


def test_balances_equal_a_double_entry_book() -> None:
    """Of 200 customers, each a ledger of its own, in exact decimals, by currency."""
    n_days = n_tolerated = 0
    for seed in range(LEDGERS):
        tables = random_book(seeded(seed), CUSTOMERS)
        with engine(tables, portfolio()) as (con, loaded):
            books = Ledger(loaded, Clock.KNOWN, SettlementConfig())
            changes = con.to_pyarrow(books.changes).to_pylist()
        moves: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        for row in changes:
            day = EPOCH + timedelta(days=row["day"])
            moves[row["customer_id"], row["currency"]][day] += row["open"] - row["credit"]
        for (whose, currency), by_day in moves.items():
            journal = Journal(tables, whose, currency)
            wanted = journal.balances()
            days = sorted(by_day)
            found = dict(zip(days, accumulate(by_day[day] for day in days), strict=True))
            assert found == {day: wanted[day] for day in found}, (seed, whose)
            assert set(wanted) == set(found), (seed, whose)
            n_days += len(found)
            n_tolerated += sum(journal.accounts[("tolerated", of)] > 0 for of in journal.invoices)
    assert (n_days, n_tolerated) > (2_000, 50)
