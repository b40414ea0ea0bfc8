"""What a ledger in many currencies is worth, day by day, beside a sum that goes through every day and every currency."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from contracts.tables.engine import AMOUNT
from features.labels.steps import MEASURES
from features.labels.valued import converted, rate_spans

CODES = tuple(f"{a}{b}{c}" for a in "QX" for b in "ABC" for c in "KL")
LAST = 60
State = dict[tuple[str, int], dict[str, Decimal]]


def book(seed: int, customers: int = 6) -> tuple[pa.Table, pd.DataFrame]:
    """Changes of accounts that come back to nought, and rates that are told on some days of each currency."""
    draw = np.random.default_rng(seed)
    rows: dict[tuple[str, str, int], dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(MEASURES, Decimal(0)))  # fmt: skip
    for number in range(customers):
        for _ in range(12):
            currency, day = str(draw.choice(CODES)), int(draw.integers(0, LAST - 20))
            amount, name = Decimal(int(draw.integers(1, 9_000))), str(draw.choice(MEASURES))
            rows[f"C{number}", currency, day][name] += amount
            if draw.random() < 0.8:
                rows[f"C{number}", currency, day + int(draw.integers(1, 20))][name] -= amount
    kind = pa.decimal128(38, 3)
    columns = [list(one) for one in zip(*rows, strict=True)]
    sums = {name: pa.array([one[name] for one in rows.values()], kind) for name in MEASURES}
    changes = pa.table({"customer_id": columns[0], "currency": columns[1], "day": pa.array(columns[2], "int64"), **sums})  # fmt: skip
    told = [
        (code, int(day), int(draw.integers(1, 4)))
        for code in CODES
        for day in np.flatnonzero(draw.random(LAST) < 0.2)
    ]
    told += [(code, 0, 1) for code in CODES if not any(one[0] == code for one in told)]
    return changes, pd.DataFrame(told, columns=["currency", "asked", "units"])


def worth(changes: pa.Table, rates: pd.DataFrame) -> dict[str, list[dict[str, Decimal]]]:
    """Every measure of every customer at the end of every day."""
    priced: dict[str, list[int]] = {}
    for code, own in rates.groupby("currency"):
        known = dict(zip(own["asked"].tolist(), own["units"].tolist(), strict=True))
        first = known[min(known)]
        days = []
        for day in range(LAST + 1):
            first = known.get(day, first)
            days.append(first)
        priced[str(code)] = days
    found = {}
    rows = changes.to_pylist()
    for customer in sorted({one["customer_id"] for one in rows}):
        mine = [one for one in rows if one["customer_id"] == customer]
        found[customer] = [
            {
                name: sum((one[name] * priced[one["currency"]][day] for one in mine if one["day"] <= day), Decimal(0))
                for name in MEASURES
            }
            for day in range(LAST + 1)
        ]  # fmt: skip
    return found


def states(changes: pa.Table, rates: pd.DataFrame) -> State:
    con: Any = ibis.duckdb.connect()
    rows = ibis.memtable(changes)
    spans = rate_spans(ibis.memtable(rates))
    table = con.to_pyarrow(
        converted(rows.mutate(**{name: rows[name].cast(AMOUNT) for name in MEASURES}), spans)
    )
    found = {(one["customer_id"], one["day"]): {name: one[name] for name in MEASURES} for one in table.to_pylist()}  # fmt: skip
    assert len(found) == table.num_rows  # one a customer and day
    return found


@pytest.mark.parametrize("seed", range(8))
def test_each_day_is_worth_what_all_its_currencies_are(seed: int) -> None:
    changes, rates = book(seed)
    wanted, found = worth(changes, rates), states(changes, rates)
    assert all(one == wanted[customer][day] for (customer, day), one in found.items())
    booked = {(one["customer_id"], one["day"]) for one in changes.to_pylist()}
    assert booked <= found.keys()


@pytest.mark.parametrize("seed", range(8))
def test_no_day_is_left_out_on_which_a_rate_decides(seed: int) -> None:
    """The newest state before a day is that of the day, wherever something was late before it or is late on it."""
    changes, rates = book(seed)
    wanted, found = worth(changes, rates), states(changes, rates)
    n_late = 0
    for customer, days in wanted.items():
        told: dict[str, Decimal] | None = None
        for day, one in enumerate(days):
            told = found.get((customer, day), told)
            if told is not None and (told["late"] > 0 or one["late"] > 0):
                n_late += 1
                assert told == one, (customer, day)
    assert n_late > LAST


def test_a_currency_in_which_nothing_is_owed_any_more_costs_nothing() -> None:
    """One invoice is late for 40 days in one currency; eleven others were settled before, and their rates move every day."""
    nothing = dict.fromkeys(MEASURES, Decimal(0))
    settled = [("C", code, day, {**nothing, "gross": amount}) for code in CODES[1:] for day, amount in ((0, Decimal(5)), (1, Decimal(-5)))]  # fmt: skip
    late = [("C", CODES[0], 10, {**nothing, "late": Decimal(7)}), ("C", CODES[0], 50, {**nothing, "late": Decimal(-7)})]  # fmt: skip
    rows = [*settled, *late]
    kind = pa.decimal128(38, 3)
    changes = pa.table(
        {
            "customer_id": [one[0] for one in rows],
            "currency": [one[1] for one in rows],
            "day": pa.array([one[2] for one in rows], "int64"),
            **{name: pa.array([one[3][name] for one in rows], kind) for name in MEASURES},
        }
    )
    told = [(code, day, 1 + day % 2) for code in CODES[1:] for day in range(LAST)]
    rates = pd.DataFrame([*told, (CODES[0], 0, 1)], columns=["currency", "asked", "units"])
    assert sorted(day for _, day in states(changes, rates)) == [0, 1, 10, 50]
