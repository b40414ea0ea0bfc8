"""Books of houses that book in their own way: who is in default by the extract as it comes, and by it as the page advises.

Each house is built with its truth. `false` are payers in default, `lost` those that are in default and in none by the extract, `moved`
those whose first default is a week off or more, `balances` the customers whose open balance is wrong by more than 1.00 and half a
per cent (where a house is built of debts); `stops` are the rules beyond their tolerance, `says` those that found something. The
second row of a house follows docs/your-own-data.md.

    python -m benchmarks.houses                 # every house, 150 customers each
    python -m benchmarks.houses --only factor   # some
    python -m benchmarks.houses --rules         # what the rules say alone, in half the time
"""

from __future__ import annotations

import argparse
import inspect
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from benchmarks.houses import (
    accounts,
    applications,
    applied,
    cleared,
    days,
    deducted,
    documents,
    exports,
    instruments,
    misread,
    notes,
    numbered,
    postings,
    rebilled,
    sound,
    systems,
    terms,
    trades,
    units,
    unpaid,
    whose,
)
from benchmarks.houses.book import UNTIL, Book
from contracts.config.engine import EngineConfig
from contracts.duck import connect
from features.engine.backend import connected, load
from features.engine.scratch import Scratch
from features.labels.cohort import all_rates
from features.labels.default import spells
from features.matrix.position import position
from quality.delivery.delivery import Delivery
from quality.delivery.findings import beyond
from quality.rules.catalogue import Tolerances
from tests.sources_books import Tables, write_raw

House = Callable[..., None]
HOUSES: dict[str, House] = {
    name: one
    for file in (
        misread,
        terms,
        accounts,
        exports,
        applied,
        documents,
        cleared,
        days,
        notes,
        whose,
        units,
        sound,
        systems,
        applications,
        trades,
        unpaid,
        postings,
        instruments,
        deducted,
        rebilled,
        numbered,
    )
    for name, one in vars(file).items()
    if inspect.isfunction(one)
    and one.__module__ == file.__name__
    and "is_told" in inspect.signature(one).parameters
    and not name.startswith("_")
}
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Read:
    """What the product makes of an extract: first defaults and balances by customer, rows set aside, rules."""

    defaults: dict[str, date]
    balances: dict[str, Decimal]
    aside: int
    stops: list[str]
    says: list[str]


def read(book: Book, tables: Tables, folder: Path, *, is_by_rules: bool = False) -> Read:
    """The rows through the rules, the definition of default and the ledger; or through the rules alone."""
    portfolio = book.portfolio
    raw, out = write_raw(tables, folder / "raw"), folder / "out"
    for name in ("valid", "quarantine"):
        (out / name).mkdir(parents=True)
    with connect(EngineConfig(threads=1)) as connection:
        delivery = Delivery(connection, raw, portfolio)
        found = delivery.check()
        delivery.write(out / "valid", out / "quarantine")
    stops = {one.rule.name for one in beyond(found, Tolerances({}, where=""))}
    says = {
        f"{one.rule.name} {one.broken}"
        for one in found.findings
        if one.broken and one.rule.name not in stops
    }
    held = sum(one.rows_in - one.rows_valid for one in found.counts)
    if is_by_rules:
        return Read({}, {}, held, sorted(stops), sorted(says))
    day = UNTIL + timedelta(days=1)
    with connected(EngineConfig(threads=1), out / "spill") as con:
        valid = load(con, out / "valid", portfolio)
        rates = all_rates(con, valid, portfolio)
        rows = spells(valid, portfolio.default, rates, portfolio.settlement, Scratch(con).keep)
        started = con.to_pyarrow(rows).to_pylist()
        owed = position(con, valid, portfolio, [day]).to_pylist()
    last = (UNTIL - date(1970, 1, 1)).days
    firsts: dict[str, date] = {}
    for one in sorted(started, key=lambda one: -one["start"]):
        if one["start"] <= last:
            firsts[one["customer_id"]] = date(1970, 1, 1) + timedelta(days=one["start"])
    balances = {one["customer_id"]: one["balance"] for one in owed}
    return Read(firsts, balances, held, sorted(stops), sorted(says))


def cells(book: Book, now: Read) -> list[object]:
    """A house's truth beside what was made of it."""
    firsts, open_now = _by_owner(book, now)
    truth: dict[str, date | None] = dict(book.defaults()) if book.debts else dict.fromkeys(book.owing())  # fmt: skip
    moved = [who for who, day in truth.items() if day and who in firsts and abs(firsts[who] - day) > WEEK]  # fmt: skip
    wrong: object = "-"
    if book.debts:
        owed = book.balances()
        whole = {who: (owed.get(who, Decimal(0)), open_now.get(who, Decimal(0))) for who in {*owed, *open_now}}  # fmt: skip
        wrong = sum(abs(one - two) > 1 + one / 200 for one, two in whole.values())
    false, lost = set(firsts) - set(truth), set(truth) - set(firsts)
    return [len(truth), len(firsts), len(false), len(lost), len(moved), wrong, now.aside, ", ".join(now.stops), ", ".join(now.says)]  # fmt: skip


def _by_owner(book: Book, now: Read) -> tuple[dict[str, date], dict[str, Decimal]]:
    """First defaults and balances, of all numbers of a customer together."""
    firsts: dict[str, date] = {}
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for who, day in now.defaults.items():
        own = book.alias.get(who, who)
        firsts[own] = min(day, firsts.get(own, day))
    for who, amount in now.balances.items():
        owed[book.alias.get(who, who)] += amount
    return firsts, owed


def main() -> None:
    """Prints two rows a house."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--only", nargs="*", default=[], choices=HOUSES)
    parser.add_argument("--customers", type=int, default=150)
    parser.add_argument("--rules", action="store_true", help="default and balances are not measured")  # fmt: skip
    given = parser.parse_args()
    print(
        "| house | delivered | truth | in default | false | lost | moved | balances | set aside | stops | says |"
    )
    print("|" + "---|" * 11, flush=True)
    for name in given.only or HOUSES:
        before: object = None
        for is_told in (False, True):
            book = Book(random.Random(7))  # noqa: S311 - a book, no secret
            HOUSES[name](book, given.customers, is_told=is_told)
            tables = book.tables(given.customers)
            if (tables, book.portfolio) == before:  # there is nothing to advise
                continue
            before = tables, book.portfolio
            with tempfile.TemporaryDirectory() as place:
                now = read(book, tables, Path(place), is_by_rules=given.rules)
            found = cells(book, now)
            if given.rules:
                found[1:6] = "-" * 5
            row = [name, "as advised" if is_told else "as it comes", *found]
            print(f"| {' | '.join(map(str, row))} |", flush=True)


if __name__ == "__main__":
    main()
