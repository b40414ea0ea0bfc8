"""The decisions and the figures of a scored book beside the bookkeeper's, row by row and sum by sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from decimal import ROUND_HALF_EVEN, Decimal
from math import isclose
from typing import Any

import pandas as pd

from contracts.config.decisions import RateConfig
from tests.bookkeeper.compare import CENT, HALF, Difference, desks, same
from tests.bookkeeper.credit import BOUNDS, Decision, File, decide, grade_of
from tests.bookkeeper.features import Desk
from tests.bookkeeper.items import NOTHING, cents
from tests.bookkeeper.receivables import Ledger, family, ledger, months_in_cents
from tests.bookkeeper.scored import AS_OF, THEN, Scored
from tests.bookkeeper.trade import record
from tests.features_books import Row

URGENT_FIRST = ("stop", "secure", "reduce", "review", "keep", "grow")
MOST = 10
"""Lines of a table of the page."""
Figures = dict[str, Any]


class House:
    """The bookkeeper's house: all desks of the day of decision and of three months before.

    Attributes:
        book: the rows and PDs.
        now, then: desks by customer.
        ledger: what all of them owe.
    """

    def __init__(self, book: Scored) -> None:
        self.book = book
        every = desks(book.tables, [AS_OF, THEN], book.config)
        self.now, self.then = ({whose: desk for (whose, day), desk in every.items() if day == on} for on in (AS_OF, THEN))  # fmt: skip
        self.ledger: Ledger = ledger(self.now, self.then, AS_OF)
        self.industry = {row["customer_id"]: row["industry"] for row in book.tables["customers"]}

    def decisions(self, rules: RateConfig) -> dict[str, Decision]:
        """One for every customer with a score."""
        statements: dict[str, list[Row]] = defaultdict(list)
        for row in self.book.tables["financials"]:
            statements[row["customer_id"]].append(row)
        return {
            whose: decide(self.now[whose], File(chance, statements[whose], rules))
            for whose, chance in self.book.now.items()
        }


def trading_differences(
    rows: pd.DataFrame, now: Mapping[str, Desk]
) -> tuple[int, list[Difference]]:
    """Of every figure of the table `trading`, to the cent; how many were compared."""
    theirs = rows.set_index("customer_id").to_dict(orient="index")
    found, compared = [], 0
    for whose, desk in now.items():
        if whose not in theirs:
            continue
        kept, row = record(desk), theirs[whose]
        money = {f"billed_{n}": one for n, one in enumerate(months_in_cents(kept.billed), 1)}
        money |= {f"booked_{n}": one for n, one in enumerate(months_in_cents(kept.booked), 1)}
        money["best_paid_month"] = kept.best
        compared += len(money) + 2
        found += [Difference(whose, AS_OF, name, row[name], one) for name, one in money.items() if cents(one) != row[name]]  # fmt: skip
        late = None if pd.isna(row["days_late"]) else float(row["days_late"])
        if not same(late, kept.late):
            found.append(Difference(whose, AS_OF, "days_late", late, kept.late))
        first = None if pd.isna(row["first_issued"]) else row["first_issued"].date()
        if first != kept.first:
            found.append(Difference(whose, AS_OF, "first_issued", first, kept.first))
    return compared, found


def decision_differences(
    rated: pd.DataFrame, decisions: Mapping[str, Decision]
) -> tuple[int, list[Difference]]:
    """Of every decided column, money to the cent; how many were compared."""
    theirs = rated.set_index("customer_id").to_dict(orient="index")
    assert set(theirs) == set(decisions)
    found, compared = [], 0
    for whose, ours in decisions.items():
        row = theirs[whose]
        current = row["limit_current"]
        wanted = {
            "grade": ours.grade, "exposure": ours.exposure, "overdue": ours.overdue, "ead": cents(ours.ead), "limit": ours.limit,
            "expected_loss": ours.expected_loss, "limit_bound": ours.bound, "terms_days": ours.terms, "action": ours.action,
            "limit_current": ours.current, "score": ours.score, "review_on": pd.Timestamp(ours.review),
        }  # fmt: skip
        row["limit_current"] = None if pd.isna(current) else current
        compared += len(wanted)
        for name, one in wanted.items():
            other = row[name]
            is_money = isinstance(one, Decimal) and other is not None
            if abs(other - one) > HALF if is_money else other != one:
                found.append(Difference(whose, AS_OF, name, other, one))
    return compared, found


def figures(house: House, decisions: Mapping[str, Decision], rules: RateConfig) -> Figures:
    """What the page is made of, by the names of the document `portfolio`."""
    whose, at = list(decisions), house.ledger
    risky = [one for one in whose if decisions[one].grade >= rules.at_risk_from_grade]
    total = _weight(whose, house, decisions)
    exposure = total["exposure"]
    outside = [one for one in house.now if one not in decisions and at.owed([one]) > 0]
    return {
        "headline": {
            "customers": len(whose), "exposure": exposure, "overdue": total["overdue"], "overdue_share": _ratio(total["overdue"], exposure),
            "expected_loss": total["expected_loss"], "expected_loss_share": _ratio(total["expected_loss"], exposure),
            "expected_defaults": sum(house.book.now.values(), NOTHING), "mean_pd": total["mean_pd"],
            "at_risk": len(risky), "at_risk_exposure": at.owed(risky),
        },
        "outside": {"customers": len(outside), "exposure": at.owed(outside), "overdue": at.owed(outside, "overdue")},
        "earlier": _moves(house, decisions, rules),
        "grades": [{"grade": n} | _weight([one for one in whose if decisions[one].grade == n], house, decisions) for n in range(1, len(BOUNDS) + 2)],
        "actions": [{"action": n} | _weight([one for one in whose if decisions[one].action == n], house, decisions) for n in URGENT_FIRST],
        "industries": _industries(house, decisions),
        "largest": [
            {"customer_id": one, "grade": decisions[one].grade, "exposure": at.owed([one]), "share": _ratio(at.owed([one]), exposure)}
            for one in sorted(whose, key=lambda one: (-at.owed([one]), one))[:MOST]
            if at.owed([one]) > 0
        ],
        "ageing": _ageing(at, whose, list(house.now)),
        "receivables": asdict(family(at, whose)),
        "receivables_ledger": asdict(family(at, list(house.now))),
    }  # fmt: skip


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def _weight(whose: Collection[str], house: House, decisions: Mapping[str, Decision]) -> Figures:
    """Customers, money and mean PD of a part of the book."""
    pds = [house.book.now[one] for one in whose]
    return {
        "customers": len(whose),
        "exposure": house.ledger.owed(whose),
        "overdue": house.ledger.owed(whose, "overdue"),
        "expected_loss": sum(
            (decisions[one].expected_loss.quantize(CENT, ROUND_HALF_EVEN) for one in whose), NOTHING
        ),
        "mean_pd": sum(pds, NOTHING) / len(pds) if pds else None,
    }


def _industries(house: House, decisions: Mapping[str, Decision]) -> list[Figures]:
    """Those that hold most of the book, the others, and those not known."""
    total = house.ledger.owed(list(decisions))
    parts: dict[str | None, list[str]] = defaultdict(list)
    for one in decisions:
        parts[house.industry[one]].append(one)
    unknown = parts.pop(None, [])
    named = sorted(parts, key=lambda name: (-house.ledger.owed(parts[name]), -len(parts[name]), name))  # fmt: skip
    rows = [(name, "named", parts[name]) for name in named[:MOST]]
    others = [one for name in named[MOST:] for one in parts[name]]
    more: list[tuple[str | None, str, list[str]]] = [*rows, (None, "others", others), (None, "unknown", unknown)]  # fmt: skip
    found = []
    for name, kind, part in more:
        weight = _weight(part, house, decisions)
        if part:
            found.append({"industry": name, "kind": kind, "share": _ratio(weight["exposure"], total)} | weight)  # fmt: skip
    return found


def _ageing(at: Ledger, whose: Collection[str], every: Collection[str]) -> list[Figures]:
    part, whole = at.ageing(whose), at.ageing(every)
    sums = sum(part.values(), NOTHING), sum(whole.values(), NOTHING)
    return [
        {
            "bucket": name, "amount": part[name], "share": part[name] / sums[0], "ledger_amount": whole[name],
            "ledger_share": whole[name] / sums[1],
        }
        for name in part
    ]  # fmt: skip


def _moves(house: House, decisions: Mapping[str, Decision], rules: RateConfig) -> Figures:
    """Of the customers with a score on both days: nobody's default counts as an improvement."""
    before = {one: grade_of(chance) for one, chance in house.book.then.items()}
    grades = {one: ours.grade for one, ours in decisions.items()}
    both = [one for one in grades if one in before]
    gone = [one for one in before if one not in grades]
    new = [one for one in grades if one not in before]
    at, then = house.ledger, ledger(house.then, {}, THEN)
    risk = rules.at_risk_from_grade

    def risky(of: Mapping[str, int], whose: Collection[str]) -> int:
        return sum(of[one] >= risk for one in whose)

    owed: Callable[[Ledger, Collection[str]], Figures] = lambda book, whose: {  # noqa: E731 - three words, used four times
        name: book.owed(whose, name) for name in ("exposure", "overdue")
    }
    return {
        "as_of": THEN, "customers": len(both),
        "worse": sum(grades[one] > before[one] for one in both), "better": sum(grades[one] < before[one] for one in both),
        "at_risk_change": risky(grades, both) - risky(before, both),
        **{f"{name}_change": at.owed(both, name) - then.owed(both, name) for name in ("exposure", "overdue")},
        "left": {"customers": len(gone), "at_risk": risky(before, gone), **owed(then, gone), **{f"{name}_now": one for name, one in owed(at, gone).items()}},
        "came": {"customers": len(new), "at_risk": risky(grades, new), **owed(at, new)},
    }  # fmt: skip


def figure_differences(theirs: Any, ours: Any, where: str = "") -> tuple[int, list[Difference]]:
    """Every number of the bookkeeper's figures beside the document's: money to the cent, the rest to 1e-9; how many were compared."""
    if isinstance(ours, dict):
        pairs = [(theirs[name], one, f"{where}.{name}".strip(".")) for name, one in ours.items()]
    elif isinstance(ours, list):
        assert len(theirs) == len(ours), (where, len(theirs), len(ours))
        pairs = [(*two, f"{where}[{n}]") for n, two in enumerate(zip(theirs, ours, strict=True))]
    else:
        return 1, [] if _equal(theirs, ours) else [Difference("", AS_OF, where, theirs, ours)]
    parts = [figure_differences(*one) for one in pairs]
    return sum(n for n, _ in parts), [one for _, found in parts for one in found]


def _equal(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, Decimal) and isinstance(ours, Decimal):
        return abs(theirs - ours) < HALF
    if isinstance(theirs, float) and ours is not None:
        return isclose(theirs, float(ours), rel_tol=1e-9, abs_tol=1e-9)
    return bool(theirs == ours)
