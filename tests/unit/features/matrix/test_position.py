"""What customers owe: by hand, against another reckoning, equal to the features and to the delivery's check, blind to the future."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest

from contracts.calendar import months_back
from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.settlement import SettlementConfig
from contracts.errors import ContractError
from contracts.tables.ledger import BUCKETS, POSITION
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import conform, write_arrow
from features.engine.backend import checked, connected, opened
from features.matrix.matrix import build
from quality.delivery.balances import _open
from tests.features_books import portfolio
from tests.positions import EXACT, frame_of, position_of, written

pytestmark = pytest.mark.long

AS_OF = date(2025, 12, 31)
ENGINE = EngineConfig(threads=2)
Write = Callable[..., dict[str, Path]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return partial(written, tmp_path)


def position(
    as_of: date, tables: dict[str, Path], settlement: SettlementConfig = EXACT
) -> pd.DataFrame:
    """The rows of customers that owe something, by customer; to the last cent unless told otherwise."""
    folder = next(iter(tables.values())).parent
    frame = frame_of(position_of(tables, [as_of], folder, settlement=settlement))
    rows = frame[(frame["as_of"] == pd.Timestamp(as_of)) & (frame["exposure"] > 0)]
    return rows.set_index("customer_id").drop(columns="as_of")


def total(frame: pd.DataFrame, column: str) -> Decimal:
    return sum(frame[column], Decimal(0))


def invoice(number: str, amount: float, due: date, **more: Any) -> dict[str, Any]:
    row = {"invoice_id": number, "customer_id": "A", "amount": amount, "due_on": due}
    return row | {"issued_on": due - timedelta(days=30)} | more


def payment(number: str, invoice_id: str, amount: float, day: date, **more: Any) -> dict[str, Any]:
    return {"payment_id": number, "invoice_id": invoice_id, "amount": amount, "paid_on": day} | more


def test_buckets_by_hand(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2026, 1, 10)),
            invoice("i2", 200, date(2025, 12, 31)),  # due on the day itself: not past due
            invoice("i3", 400, date(2025, 12, 30)),  # one day
            invoice("i4", 800, date(2025, 12, 1)),  # 30 days
            invoice("i5", 1600, date(2025, 11, 30)),  # 31 days
            invoice("i6", 3200, date(2025, 10, 1)),  # 91 days
        ],
        payments=[payment("p1", "i3", 150, date(2025, 12, 30))],
    )
    found = position(AS_OF, tables)
    amounts = {bucket: int(total(found, bucket)) for bucket in BUCKETS}
    # i3 has 400 - 150 = 250 left, i4 800: both 1-30
    assert amounts == {"not_due": 300, "1-30": 1050, "31-60": 1600, "61-90": 0, "90+": 3200}
    assert total(found, "exposure") == Decimal("6150.00")
    assert total(found, "overdue") == Decimal("5850.00")


def test_credits_clear_the_oldest_items_first(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2026, 1, 10)),
            invoice("i2", 100, date(2025, 9, 1)),
            invoice("i3", 100, date(2025, 12, 20)),
            invoice("c1", 120, date(2025, 12, 20), kind="credit_note"),
        ],
        payments=[payment("p1", "i1", 130, date(2025, 12, 29))],  # 30 too much
    )
    found = position(AS_OF, tables)
    # open 0 + 100 + 100, credit 120 + 30: the 150 clear i2 and half of i3
    assert total(found, "exposure") == Decimal("50.00")
    assert total(found, "90+") == 0
    assert total(found, "1-30") == Decimal("50.00")


def test_a_customer_in_credit_owes_nothing(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2025, 12, 1)),
            invoice("c1", 101, date(2025, 12, 2), kind="credit_note"),
        ],
        payments=[],
    )
    assert position(AS_OF, tables).empty


def test_open_disputes_only(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 100, date(2025, 12, 1)), invoice("i2", 40, date(2025, 12, 1))],
        payments=[],
        disputes=[
            {"dispute_id": "d1", "invoice_id": "i1", "opened_on": date(2025, 12, 5), "closed_on": date(2025, 12, 30)},
            {"dispute_id": "d2", "invoice_id": "i2", "opened_on": date(2025, 12, 5), "closed_on": date(2025, 12, 31)},
            {"dispute_id": "d3", "invoice_id": "i1", "opened_on": date(2025, 12, 31)},
        ],
    )  # fmt: skip
    # d1 is over; that d2 ends today is not known yet; d3 begins today
    assert total(position(AS_OF, tables), "disputed") == Decimal("40.00")


def test_foreign_money_takes_the_last_rate_before_the_day(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 1000, date(2025, 12, 1), currency="USD"), invoice("i2", 5, date(2025, 12, 1))],
        payments=[payment("p1", "i1", 250, date(2025, 12, 2))],
        fx_rates=[
            {"currency": "USD", "rate_on": date(2025, 12, 29), "rate": 0.5},
            {"currency": "USD", "rate_on": date(2025, 12, 30), "rate": 0.9},
            {"currency": "USD", "rate_on": date(2025, 12, 31), "rate": 7},
        ],
    )  # fmt: skip
    assert total(position(AS_OF, tables), "exposure") == Decimal("680.00")  # 750 x 0.9 + 5


def test_large_amounts_do_not_overflow(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 5_000_000_000, date(2025, 12, 1), currency="JPY")],
        payments=[],
        fx_rates=[{"currency": "JPY", "rate_on": date(2025, 12, 1), "rate": 0.00612345}],
    )
    assert total(position(AS_OF, tables), "exposure") == Decimal("30617250.00")


def test_a_currency_without_a_rate_on_the_day_is_named(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 1, date(2025, 12, 1), currency="CHF")],
        payments=[],
        fx_rates=[{"currency": "CHF", "rate_on": AS_OF, "rate": 1.1}],
    )
    with pytest.raises(ContractError, match="no exchange rate") as caught:
        position(AS_OF, tables)
    assert caught.value.value == "CHF before 2025-12-31"


def test_without_a_ledger_nobody_owes(write: Write) -> None:
    tables = write(invoices=[invoice("i1", 1, date(2025, 12, 1))])
    assert position_of(tables, [AS_OF], tables["invoices"].parent).num_rows == 0
    assert position_of({}, [AS_OF], tables["invoices"].parent).schema == POSITION.arrow_schema()


def test_a_half_cent_goes_up_and_buckets_make_the_exposure(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 1.15, date(2025, 9, 1), currency="USD"),  # 0.575
            invoice("i2", 1.15, date(2025, 12, 20), currency="USD"),  # 0.575
            invoice("i3", 0.01, date(2026, 1, 20), currency="USD"),  # 0.005
        ],
        payments=[],
        fx_rates=[{"currency": "USD", "rate_on": date(2025, 12, 1), "rate": 0.5}],
    )
    row = position(AS_OF, tables).loc["A"]
    # 1.155 -> 1.16; past due 1.15; more than 30 days 0.575 -> 0.58
    assert [row[one] for one in ("exposure", "overdue", "90+", "1-30", "not_due")] == [
        Decimal(amount) for amount in ("1.16", "1.15", "0.58", "0.57", "0.01")
    ]


def test_the_oldest_item_and_who_is_in_credit(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2025, 12, 1)),
            invoice("i2", 100, date(2025, 12, 20)),
            invoice("b1", 50, date(2025, 12, 1), customer_id="B"),
            invoice("b2", 80, date(2025, 12, 1), customer_id="B", kind="credit_note"),
        ],
        payments=[payment("p1", "i1", 99, date(2025, 12, 5))],
    )
    folder = tables["invoices"].parent
    exact = frame_of(position_of(tables, [AS_OF], folder, settlement=EXACT))
    frame = exact.set_index("customer_id")
    assert frame.loc["A", "oldest_days"] == 30
    assert (frame.loc["B", "balance"], frame.loc["B", "exposure"]) == (Decimal(-30), Decimal(0))


def test_what_is_left_within_the_tolerance_is_not_owed(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("i1", 100, date(2025, 9, 1)),  # 1.00 is left of it
            invoice("i2", 100, date(2025, 12, 1)),  # 1.01
            invoice("i3", 4000, date(2025, 10, 20)),  # 20.00, which is 0.5 %
            invoice("i4", 0.8, date(2025, 12, 20)),
        ],
        payments=[
            payment("p1", "i1", 99, date(2025, 12, 5)),
            payment("p2", "i2", 98.99, date(2025, 12, 5)),
            payment("p3", "i3", 3980, date(2025, 12, 5)),
        ],
    )
    row = position(AS_OF, tables, SettlementConfig()).loc["A"]
    assert (row["exposure"], row["1-30"], row["oldest_days"]) == (Decimal("1.01"),) * 2 + (30,)
    row = position(AS_OF, tables).loc["A"]
    amounts = [row[one] for one in ("exposure", "1-30", "61-90", "90+")]
    assert amounts == [Decimal(one) for one in ("22.81", "1.81", "20.00", "1.00")]
    assert row["oldest_days"] == 121


def test_the_peak_is_the_highest_balance_at_twelve_month_ends(write: Write) -> None:
    tables = write(
        invoices=[
            invoice("old", 900, date(2024, 4, 1)),
            invoice("june", 600, date(2025, 7, 10)),
            invoice("nov", 300, date(2025, 12, 10)),
            invoice("gone", 70, date(2025, 3, 1), customer_id="B"),
            invoice("next", 5_000, date(2026, 1, 30), customer_id="C"),
            invoice("year", 80, date(2025, 1, 10), customer_id="D"),
        ],
        payments=[
            payment("1", "old", 900, date(2025, 1, 15)),
            payment("2", "june", 600, date(2025, 7, 20)),
            payment("3", "gone", 70, date(2025, 3, 1)),
            payment("4", "year", 80, date(2025, 1, 30)),
        ],
    )
    frame = frame_of(position_of(tables, [AS_OF, date(2025, 9, 30)], tables["invoices"].parent))
    peaks = frame[frame["as_of"] == pd.Timestamp(AS_OF)].set_index("customer_id")["peak_balance"]
    # before 31 Jan 0 of A are open (900 were paid on the 15th), before 30 June 600, before 31 Dec 300; B owed 70 before
    # 28 Feb; C's is billed on 31 Dec, which is not before it; D had paid the day before 31 January
    assert peaks.to_dict() == {"A": Decimal(600), "B": Decimal(70)}
    assert frame.loc[frame["as_of"] < pd.Timestamp(AS_OF), "peak_balance"].isna().all()


def drawn(seed: int, n: int = 300) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = np.random.default_rng(seed)
    invoices, payments = [], []
    for i in range(n):
        issued = AS_OF - timedelta(days=int(rng.integers(-20, 400)))
        booked = issued + timedelta(days=int(rng.integers(0, 4)))
        kind = "credit_note" if rng.random() < 0.08 else "invoice"
        cents = int(rng.integers(100, 90_000))
        row = invoice(f"i{i}", cents / 100, issued + timedelta(days=30), issued_on=issued)
        row |= {"customer_id": f"C{rng.integers(0, 12)}", "kind": kind, "booked_at": booked}
        invoices.append(row)
        for part in range(int(rng.integers(0, 3)) if kind == "invoice" else 0):
            paid = issued + timedelta(days=int(rng.integers(0, 120)))
            amount = max(int(cents * rng.choice([0.4, 0.5, 1.0])), 1) / 100
            late = timedelta(days=int(rng.integers(0, 5)))
            payments.append(payment(f"p{i}-{part}", f"i{i}", amount, paid, booked_at=paid + late))
    return invoices, payments


def naive(
    invoices: list[dict[str, Any]],
    payments: list[dict[str, Any]],
    as_of: date,
    settlement: SettlementConfig,
) -> dict[str, dict[str, Decimal]]:
    """The same, one document after the other."""
    owed: dict[str, list[tuple[date, Decimal]]] = {}
    credit: dict[str, Decimal] = {}
    for row in invoices:
        if row["booked_at"] >= as_of:
            continue
        who, amount = row["customer_id"], Decimal(str(row["amount"]))
        if row["kind"] == "credit_note":
            credit[who] = credit.get(who, Decimal(0)) + amount
            continue
        paid = sum(
            (Decimal(str(p["amount"])) for p in payments
             if p["invoice_id"] == row["invoice_id"] and p["booked_at"] < as_of), Decimal(0),
        )  # fmt: skip
        share = (amount * Decimal(str(settlement.share))).quantize(Decimal("0.01"), ROUND_DOWN)
        left = amount - paid
        is_owed = left > max(settlement.amount, share)
        owed.setdefault(who, []).append((row["due_on"], left if is_owed else Decimal(0)))
        credit[who] = credit.get(who, Decimal(0)) + max(paid - amount, Decimal(0))
    result = {}
    for who, items in owed.items():
        rest = credit[who]
        buckets = dict.fromkeys(BUCKETS, Decimal(0))
        for due, amount in sorted(items):
            cleared = min(rest, amount)
            rest -= cleared
            days = (as_of - due).days
            place = sum(days > edge for edge in (0, 30, 60, 90))
            buckets[BUCKETS[place]] += amount - cleared
        if sum(buckets.values()):
            result[who] = buckets
    return result


@pytest.mark.parametrize(
    ("seed", "settlement"), [(1, EXACT), (2, EXACT), (3, EXACT), (1, SettlementConfig())]
)
def test_agrees_with_a_naive_reckoning(
    write: Write, seed: int, settlement: SettlementConfig
) -> None:
    invoices, payments = drawn(seed)
    found = position(AS_OF, write(invoices=invoices, payments=payments), settlement)
    expected = naive(invoices, payments, AS_OF, settlement)
    assert len(expected) > 5
    shown = {who: {bucket: row[bucket] for bucket in BUCKETS} for who, row in found.iterrows()}
    assert shown == expected
    assert (found["overdue"] == found["exposure"] - found["not_due"]).all()


def test_what_becomes_known_later_changes_nothing(write: Write) -> None:
    invoices, payments = drawn(4)
    before = position(AS_OF, write(invoices=invoices, payments=payments))
    kept = [row for row in invoices if row["booked_at"] < AS_OF]
    known = {row["invoice_id"] for row in kept}
    rest = [p for p in payments if p["booked_at"] < AS_OF and p["invoice_id"] in known]
    assert len(kept) < len(invoices)
    assert len(rest) < len(payments)
    kept.append(invoice("x", 1e9, date(2025, 6, 1), booked_at=AS_OF))
    rest.append(payment("y", kept[0]["invoice_id"], 1e9, date(2025, 6, 1), booked_at=AS_OF))
    after = position(AS_OF, write(invoices=kept, payments=rest))
    pd.testing.assert_frame_equal(before, after)


def foreign(seed: int, **rates: str) -> dict[str, list[dict[str, Any]]]:
    """A drawn ledger in several currencies, some of it disputed."""
    invoices, payments = drawn(seed)
    currencies = ["EUR", *rates]
    for number, row in enumerate(invoices):
        row["currency"] = currencies[number % len(currencies)]
    quotes = [
        {"currency": code, "rate_on": AS_OF - timedelta(days=500), "rate": rate} for code, rate in rates.items()
    ]  # fmt: skip
    return {
        "invoices": invoices,
        "payments": payments,
        "fx_rates": quotes,
        "customers": [{"customer_id": f"C{i}"} for i in range(12)],
        "disputes": [
            {"dispute_id": f"d{i}", "invoice_id": f"i{i}", "opened_on": AS_OF - timedelta(days=i)}
            for i in range(1, 60, 3)
        ],
    }


def test_decisions_and_features_speak_of_one_balance(write: Write, tmp_path: Path) -> None:
    """Documents rounded one by one at 0.0137 differ by up to half a cent each from the rounded sum."""
    days = [AS_OF, date(2025, 9, 30), date(2025, 6, 30)]
    tables = write(**foreign(5, USD="0.91234567", JPY="0.01374321"))
    owed = frame_of(position_of(tables, days, tmp_path)).set_index(["customer_id", "as_of"])
    config = FeaturesConfig(families=("ageing",), names=("balance_amount", "ageing_over_90d_share"))
    with connected(ENGINE, tmp_path / "spill") as con:
        read = {
            name: checked(opened(con, path, name), RAW_TABLES[name])
            for name, path in tables.items()
        }
        asked = (
            read["customers"]
            .select("customer_id")
            .cross_join(ibis.memtable({"as_of": days}, schema={"as_of": "date"}))
        )
        rows, _ = build(con, read, asked, portfolio(), config)
    matrix = frame_of(rows).set_index(["customer_id", "as_of"])
    assert len(matrix) == 36
    both = matrix.join(owed)
    assert both["balance"].notna().sum() > 30
    pairs = {"balance_amount": "balance", "ageing_overdue_amount": "overdue"}
    for feature, column in pairs.items():
        ours = both[column].fillna(Decimal(0)).astype(float)
        # to the cent: the feature keeps what is below it
        assert (both[feature] - ours).abs().max() <= 0.005 + 1e-9
    over90 = both["90+"].fillna(Decimal(0)).astype(float) / both["exposure"].astype(float)
    assert (both["ageing_over_90d_share"] - over90).abs().max() < 1e-3
    assert (both["ageing_oldest_days"] == both["oldest_days"].fillna(0)).all()


def test_the_delivery_check_sums_to_the_same_balance(write: Write, tmp_path: Path) -> None:
    """Quality runs before the features and adds up documents; it asks about the end of the day before.

    A general ledger tolerates nothing.
    """
    tables = write(**foreign(6, USD="1"))
    for as_of in (AS_OF, date(2025, 9, 30)):
        owed = frame_of(position_of(tables, [as_of], tmp_path, settlement=EXACT))
        with connected(ENGINE, tmp_path / "spill") as con:
            read = {name: opened(con, path, name) for name, path in tables.items()}
            by_documents = sum(
                _open(read, as_of - timedelta(days=1), code) for code in ("EUR", "USD")
            )
        assert total(owed, "balance") == by_documents > 0


def test_the_same_bytes_on_any_number_of_threads(write: Write, tmp_path: Path) -> None:
    tables = write(**foreign(7, USD="0.91234567"))
    found = []
    for threads in (1, 2):
        rows = position_of(tables, [AS_OF, months_back(AS_OF, 3)], tmp_path, threads)
        write_arrow(rows, tmp_path / "position.parquet")
        found.append((tmp_path / "position.parquet").read_bytes())
        assert conform(frame_of(rows), POSITION).equals(rows)  # by contract, and in its order
    assert found[0] == found[1]
