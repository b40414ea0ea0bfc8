"""What each faulty reading of the ledger would do to the demo's newest book: one reading at a time, all else as it is today.

    python -m benchmarks.readings --folder ../demo     # after `make demo`

The double-entry bookkeeper (`tests/bookkeeper`) counts every customer's figures as a fault had them. Features take the faulty value in the
matrix of the day, and ranks among peers follow; the run's own boosters and calibrator give the PD, and the bookkeeper decides. The model is
the one of the run: it was trained on right features, and is not trained again on wrong ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.bookkeeper_demo import Demo
from contracts.files import read_json
from contracts.tables.derived import MATRIX
from features.catalog.peers import MIN_PEERS, RANKED
from models.base.data import ModelContract
from models.boosting.booster import load
from models.calibration import calibrators
from tests.bookkeeper import ability, record
from tests.bookkeeper.accounts import Entry
from tests.bookkeeper.ageing import age_values, past_due
from tests.bookkeeper.credit import Decision, File, decide
from tests.bookkeeper.features import Desk
from tests.bookkeeper.items import NOTHING, Item, Position, position
from tests.bookkeeper.journal import known_on
from tests.bookkeeper.plans import last_date, plans
from tests.bookkeeper.record import Value, ratio
from tests.features_books import Row

Features = Callable[[Desk], Mapping[str, Value]]
QUARTER = timedelta(days=90)
DECIDED = ("limit", "terms", "action", "grade")


class Aged(Position):
    """Items that open credits have paid keep their age and their number."""

    def still_owed(self) -> tuple[Item, ...]:
        """Before open credits are set off."""
        return tuple(item for item in self.items if item.left > item.tolerance)


class AgedDesk(Desk):
    """A desk whose positions are read so."""

    def position(self, as_of: date | None = None) -> Position:
        """Of that kind."""
        now = super().position(as_of)
        return Aged(now.day, now.items, now.credit)


def _aged(desk: Desk) -> Desk:
    return AgedDesk(desk.books, desk.as_of, desk.rates, desk.rules)


def aged(desk: Desk) -> dict[str, Value]:
    """Fault 1: a cancelled invoice whose credit note is open grows old for ever."""
    desk = _aged(desk)
    now, names = desk.position(), ("ageing_oldest_days", "ageing_overdue_items_count", "ageing_overdue_age_mean")  # fmt: skip
    by_age = age_values(now, desk.as_of, now, (NOTHING, NOTHING))
    late = past_due(now, desk.as_of)
    found = {name: by_age[name] for name in names}
    for days in (90, 365):
        name = f"payments_days_late_with_open_mean_{days}d"
        found[name] = record.with_open_values(desk.books, desk.as_of, desk.rates, days, late)[name]
    return found


def since_booking(desk: Desk) -> dict[str, Value]:
    """Fault 2: the oldest item's days run from its booking."""
    late = [one for one in desk.position().still_owed() if one.due < desk.as_of]
    ages = [(desk.as_of - known_on(desk.books.documents[one.document])).days for one in late]
    return {"ageing_oldest_days": max(ages, default=0)}


def _is_booked(end: date, entry: Entry) -> bool:
    return entry.known <= end


def broken_as_booked(desk: Desk) -> dict[str, Value]:
    """Fault 3: a plan is broken where, as booked by its last date and before any credit or dispute, something of its items is open."""
    found = 0
    for plan in plans(desk.books.events, desk.as_of - timedelta(days=1)):
        end = last_date(plan)
        if end >= desk.as_of or max(end, plan["known_on"]) < desk.as_of - timedelta(days=1095):
            continue
        then = position(desk.books, end, partial(_is_booked, end), desk.rates, desk.rules)
        found += any(item.due < plan["occurred_on"] for item in then.items)
    return {"events_payment_plans_broken_count_1095d": found}


def disputed_gross(desk: Desk) -> dict[str, Value]:
    """Fault 5: what a credit has paid of a disputed item still counts as disputed."""
    now = desk.position()
    amount = sum((item.left for item in now.items if item.disputed), NOTHING)
    return {"disputes_open_share": ratio(amount, now.balance)}


def streak_as_booked(desk: Desk) -> dict[str, Value]:
    """Fault 9: the streak of payments on time goes by booking, and of one day by payment number."""
    streak, rows = 0, []
    for row, entry in desk.books.paid():
        of = desk.books.documents.get(row["invoice_id"])
        if of is not None and of["kind"] == "invoice" and entry.known < desk.as_of and row["kind"] in ("payment", "reversal"):  # fmt: skip
            rows.append((entry.known, row["payment_id"], row["kind"] == "reversal" or entry.happened > of["due_on"]))  # fmt: skip
    for _, _, ends in sorted(rows):
        streak = 0 if ends else streak + 1
    return {"payments_on_time_streak": streak}


def sales_gross(desk: Desk) -> dict[str, Value]:
    """Sales before credit notes, over the whole window whatever the customer's age."""
    now, then = desk.position().balance, desk.position(desk.as_of - QUARTER).balance

    def days_sales(balance: Decimal, day: date, window: int) -> float | None:
        sold, _ = ability.billed(desk.books, desk.rates, day - timedelta(days=window), day)
        return ratio(max(balance, NOTHING) * window, sold)

    last, before = days_sales(now, desk.as_of, 90), days_sales(then, desk.as_of - QUARTER, 90)
    return {
        "balance_days_sales_outstanding_90d": last,
        "balance_days_sales_outstanding_365d": days_sales(now, desk.as_of, 365),
        "balance_days_sales_outstanding_change_90d": None if None in (last, before) else last - before,  # type: ignore[operator]
    }  # fmt: skip


def _equity_as_reported(rows: list[Row]) -> list[Row]:
    """Equity counts where it is told, and where it is negative the starter limit is carried all the same."""
    return [
        row | {"total_liabilities": row["total_liabilities"] if row["equity"] is not None else None, "equity": max(row["equity"], Decimal("1e-9")) if row["equity"] is not None else None}
        for row in rows
    ]  # fmt: skip


def _sixty_days(desk: Desk, right: Decision) -> Desk:
    """A customer on prepayment needs what it would on the terms of its grade."""
    open_terms = tuple(row | {"payment_terms_days": row["payment_terms_days"] or right.terms} for row in desk.books.terms)  # fmt: skip
    return replace(desk, books=replace(desk.books, terms=open_terms))


@dataclass(frozen=True)
class Reading:
    """A fault: what it makes of features, of a desk that decides, of statements; and whether ranks lack their rules."""

    what: str
    features: Features | None = None
    desk: Callable[[Desk, Decision], Desk] = lambda desk, _: desk
    statements: Callable[[list[Row]], list[Row]] = list
    ranks_anyone: bool = False


READINGS = (
    Reading("1: an item that open credits have paid keeps its age", aged, lambda desk, _: _aged(desk)),
    Reading("2: the oldest item's days run from booking", since_booking),
    Reading("3: a plan that was kept, booked late or in dispute is broken", broken_as_booked),
    Reading("5: what a credit has paid is still in dispute", disputed_gross),
    Reading("6: equity that follows is not used, and negative equity carries the starter limit", statements=_equity_as_reported),
    Reading("9: the streak goes by booking and payment number", streak_as_booked),
    Reading("9: ranks without an industry, or among fewer than five", ranks_anyone=True),
    Reading("9: prepayment needs as much as open terms", desk=_sixty_days),
    Reading("sales before credit notes, over the whole window", sales_gross),
)  # fmt: skip


class Book:
    """The newest book: its matrix, its model, and the decisions that are right."""

    def __init__(self, folder: Path) -> None:
        self.demo = Demo(folder)
        whole = self.demo.frame("data/features/matrix.parquet", MATRIX)
        self.matrix = whole[whole["as_of"] == pd.Timestamp(self.demo.as_of)].set_index("customer_id", drop=False)  # fmt: skip
        self.desks = {who: desk for who, desk in self.demo.desks(self.demo.as_of).items() if who in self.demo.pds}  # fmt: skip
        self.right = self.demo.decided(self.desks)
        model = folder / "data/model"
        self._ensemble = load(model, ModelContract.from_json(read_json(model / "contract.json")))
        self._calibrate = calibrators.from_json(read_json(model / "calibrator.json")).apply
        told = self.ranked(self.matrix, MIN_PEERS)
        for name in told:
            np.testing.assert_allclose(told[name].to_numpy(float), self.matrix[name].to_numpy(float), rtol=0, atol=1e-12)  # fmt: skip
        given = {who: float(one) for who, one in self.demo.pds.items()}
        if self.chances(self.matrix) != given:
            raise ValueError("the model of data/model is not the one that scored data/scored")

    def chances(self, matrix: pd.DataFrame) -> dict[str, float]:
        """PDs of the customers with a score."""
        rows = matrix.loc[list(self.demo.pds)]
        found = self._calibrate(self._ensemble.margin(rows.reset_index(drop=True)))
        return dict(zip(rows.index, map(float, found), strict=True))

    def ranked(self, matrix: pd.DataFrame, peers: int, *, anyone: bool = False) -> pd.DataFrame:
        """Ranks: the share of the others of the industry with a smaller value."""
        industry = matrix["customer_industry"].astype(object)
        if anyone:
            industry = industry.fillna("none")
        found = {}
        for name in RANKED:
            if f"peers_{name}_rank" in matrix:
                group = matrix[name].astype(float).groupby(industry)
                others = group.transform("count") - 1
                rank = (group.rank(method="min") - 1) / others.where(others > 0, 1)
                found[f"peers_{name}_rank"] = rank.where(others >= peers)
        return pd.DataFrame(found)

    def misread(self, reading: Reading) -> tuple[pd.DataFrame, int]:
        """The matrix as the fault has it, and how many customers have a feature that differs."""
        wrong = self.matrix.copy()
        if reading.features is not None:
            values = pd.DataFrame(
                {who: reading.features(desk) for who, desk in self.desks.items()}
            ).T
            for name in values:
                wrong[name] = wrong[name].astype(float)
                wrong.loc[values.index, name] = values[name].astype(float)
        ranks = self.ranked(wrong, 0 if reading.ranks_anyone else MIN_PEERS, anyone=reading.ranks_anyone)  # fmt: skip
        wrong[ranks.columns] = ranks
        numbers = self.matrix.select_dtypes("number").columns
        right, other = (frame[numbers].to_numpy(float) for frame in (self.matrix, wrong))
        moved = ~np.isclose(right, other, rtol=1e-9, atol=1e-9, equal_nan=True)
        return wrong, int(moved.any(axis=1).sum())

    def decided(self, reading: Reading, chances: Mapping[str, Any]) -> dict[str, Decision]:
        """What the house decides with the fault, at these PDs: anew for whoever has other inputs than before, as it was for all others."""
        found = dict(self.right)
        for who, right in self.right.items():
            desk, told = self.desks[who], self.demo.statements[who]
            misread, stated = reading.desk(desk, right), reading.statements(told)
            chance = Decimal(repr(float(chances[who])))
            if chance != self.demo.pds[who] or stated != told or _differ(desk, misread):
                found[who] = decide(misread, File(chance, stated, self.demo.house))
        return found

    def line(self, reading: Reading) -> str:
        """A row of the table."""
        wrong, n_features = self.misread(reading)
        chances = self.chances(wrong)
        n_pds = sum(chances[who] != float(one) for who, one in self.demo.pds.items())
        at_pd, found = (self.decided(reading, of) for of in (self.demo.pds, chances))
        n_direct = sum(at_pd[who].limit != one.limit for who, one in self.right.items())
        n = {name: sum(getattr(found[who], name) != getattr(one, name) for who, one in self.right.items()) for name in DECIDED}  # fmt: skip
        gaps = [found[who].limit - one.limit for who, one in self.right.items()]
        up, down = (sum((max(sign * gap, NOTHING) for gap in gaps), NOTHING) for sign in (1, -1))
        cells = (reading.what, n_features, n_pds, n_direct, n["limit"], f"{up:,.0f} / {down:,.0f}", n["terms"], n["action"], n["grade"])  # fmt: skip
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _differ(one: Desk, other: Desk) -> bool:
    """Whether two desks of a customer would decide on other grounds: its terms, or what it still owes."""
    if one is other:
        return False
    return one.books.terms != other.books.terms or one.position().still_owed() != other.position().still_owed()  # fmt: skip


def main() -> None:
    """Prints the table."""
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    asks.add_argument("--folder", type=Path, default=Path())
    started = time.process_time()
    book = Book(asks.parse_args().folder)
    print(f"{len(book.right):,} customers with a score on {book.demo.as_of}, limits of {sum(one.limit for one in book.right.values()):,.0f}")  # fmt: skip
    print("| reading | features | PDs | limits at the right PD | limits | more / less | terms | actions | grades |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for reading in READINGS:
        print(book.line(reading), flush=True)
    print(f"{time.process_time() - started:.0f} s of the processor")


if __name__ == "__main__":
    main()
