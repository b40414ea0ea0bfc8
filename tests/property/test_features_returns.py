"""What stands of every payment on every day, for thousands of invoices of few amounts, beside a pile that is kept by hand."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from random import Random

import ibis
import pandas as pd

from contracts.tables.engine import MONEY
from features.ledger.returns import taken_back
from features.time.asof import DAY

DAYS = 6
Rows = list[dict[str, object]]


def random_rows(seed: int, invoices: int) -> Rows:
    """Up to eight payments and reversals an invoice, of 1, 2 or 3, some known on one day."""
    random, rows = Random(seed), Rows()  # noqa: S311 - no secret
    for number in range(invoices):
        for place in range(random.randint(2, 8)):
            rows.append(
                {
                    "invoice_id": f"I{number}", "payment_id": f"P{random.randint(0, 9)}{place}",
                    "kind": random.choice(["payment", "payment", "reversal"]), "is_credit": False,
                    "paid_amount": Decimal(random.randint(1, 3)), DAY: random.randrange(DAYS),
                }
            )  # fmt: skip
    return rows


def by_hand(rows: Rows, until: int) -> dict[tuple[str, str], Decimal]:
    """The payment of exactly the amount, the newest such; once there is none, from the top of the pile."""
    piles: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    owing: dict[str, Decimal] = defaultdict(Decimal)
    broken = set[str]()
    known = [row for row in rows if int(str(row[DAY])) <= until]
    for row in sorted(known, key=lambda r: (r[DAY], r["kind"] == "reversal", r["payment_id"])):
        of, amount = str(row["invoice_id"]), Decimal(str(row["paid_amount"]))
        pile = piles[of]
        if row["kind"] == "payment":
            used = min(owing[of], amount)
            owing[of] -= used
            pile.append((str(row["payment_id"]), amount - used))
            continue
        equal = [at for at, (_, left) in enumerate(pile) if left == amount]
        if equal and of not in broken:
            pile.pop(equal[-1])
            continue
        broken.add(of)
        for at in range(len(pile) - 1, -1, -1):
            taken = min(pile[at][1], amount)
            pile[at], amount = (pile[at][0], pile[at][1] - taken), amount - taken
        owing[of] += amount
    return {(of, name): left for of, pile in piles.items() for name, left in pile if left}


def test_what_stands_on_every_day_is_the_pile_by_hand() -> None:
    rows = random_rows(7, 3_000)
    frame = pd.DataFrame(rows)
    con = ibis.duckdb.connect()
    receipts = con.create_table("receipts", ibis.memtable(frame).mutate(paid_amount=lambda t: t.paid_amount.cast(MONEY)))  # fmt: skip
    taken = con.to_pyarrow(taken_back(receipts)).to_pandas()
    paid = {(row["invoice_id"], row["payment_id"]): row for row in rows if row["kind"] == "payment"}
    exact = 0
    for day in range(DAYS):
        stands = {key: Decimal(str(row["paid_amount"])) for key, row in paid.items() if int(str(row[DAY])) <= day}  # fmt: skip
        for one in taken[taken["back"] <= day].itertuples():
            stands[(one.invoice_id, one.payment_id)] -= one.taken
        found = {key: left for key, left in stands.items() if left}
        assert found == by_hand(rows, day), f"day {day}"
        exact += len(found)
    gone = taken.groupby(["invoice_id", "payment_id"])["is_whole"].sum()
    assert gone.max() == 1  # nothing is taken of what is gone
    assert exact > 5_000
