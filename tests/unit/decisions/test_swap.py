"""The swap set of seven customers, reckoned by hand: who moves, by how much, and whose orders stop or flow again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.documents.swap import Driver, Swap
from decisions.swap import Why, _joined, swap

DAY = date(2025, 12, 31)
DRIVER = Driver(feature="late", en="Days late", zh="逾期天数", points=-7.5)
Row = tuple[float, int, int | None, str, str, int]
BEFORE: dict[str, Row] = {
    # PD, grade, limit, expected loss, action, open balance
    "D": (0.200, 9, None, "50.00", "secure", 700),
    "A": (0.010, 3, 1_000, "10.00", "keep", 500),
    "B": (0.040, 5, 2_000, "20.00", "keep", 2_000),  # owes its limit: blocked
    "C": (0.030, 4, None, "5.00", "keep", 300),
    "E": (0.002, 2, 4_000, "7.00", "keep", 3_500),
    "F": (0.001, 1, 100, "1.00", "keep", 0),
    "G": (0.050, 6, 200, "3.00", "keep", 10),
}
AFTER: dict[str, Row] = {
    "A": (0.015, 4, 1_500, "12.50", "review", 500),
    "B": (0.030, 4, 2_500, "15.00", "keep", 2_000),
    "C": (0.030, 4, 800, "5.00", "keep", 300),  # no limit before: nothing moves
    "D": (0.400, 10, None, "60.00", "stop", 700),
    "E": (0.002, 2, 3_000, "7.00", "review", 3_500),
    "F": (0.001, 1, 100, "1.00", "keep", 0),
    "G": (0.050, 6, 200, "3.40", "keep", 10),
}
BOUGHT = {"A": (1_200.0, 12), "B": (600.0, 6), "C": (None, None), "D": (480.0, None), "E": (2_400.0, 12), "F": (90.0, 9), "G": (None, None)}  # fmt: skip
"""Billed in twelve months, and the months known: 100, 100, nothing known, 40 of a full year, 200 and 10 a month."""


def rated(rows: dict[str, Row]) -> pd.DataFrame:
    made = [
        {
            "customer_id": one, "as_of": pd.Timestamp(DAY), "pd": chance, "score": 600 - grade, "grade": grade,
            "limit": None if limit is None else Decimal(limit), "expected_loss": Decimal(loss), "action": action,
            "exposure": Decimal(owed), "reason_1": f"{one} is late.", "reason_1_zh": f"{one} 逾期。",
            "reason_2": f"{one} owes." if grade > 3 else None, "reason_2_zh": f"{one} 欠款。" if grade > 3 else None,
            "reason_3": f"{one} again.", "reason_3_zh": f"{one} 又。",
        }
        for one, (chance, grade, limit, loss, action, owed) in rows.items()
    ]  # fmt: skip
    return pd.DataFrame(made, index=range(7, 7 + len(made))).astype({"limit": object})


def facts_of(bought: dict[str, Any]) -> Any:
    known = pd.DataFrame.from_dict(bought, orient="index", columns=["billed_12m", "months_known"])
    known = known.astype({"billed_12m": "Float64", "months_known": "Int64"})
    return SimpleNamespace(customers=known.sort_index(ascending=False))


def moved(before: dict[str, Row], after: dict[str, Row], bought: dict[str, Any] = BOUGHT) -> Swap:
    ids = list(before)
    customers = pd.DataFrame(
        {"customer_id": ids, "name": [f"{one} Ltd" for one in ids], "country": None, "industry": None}
    )  # fmt: skip
    customers.loc[customers["customer_id"] == "E", ["country", "industry"]] = ["DE", "metal"]
    facts = facts_of(bought)
    why = {one: Why(1.5, (DRIVER,)) for one in ids}
    return swap((rated(before), rated(after)), customers, facts, why, n_grades=10, is_same_scale=True)  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Swap:
    return moved(BEFORE, AFTER)


def test_limits_and_losses_that_move(found: Swap) -> None:
    """A and B gain 500 each, E loses 1,000; C has no limit before and D none at all."""
    assert (found.as_of, found.customers, found.is_same_scale) == (DAY, 7, True)
    assert (found.raised.customers, found.raised.amount) == (2, Decimal(1_000))
    assert (found.lowered.customers, found.lowered.amount) == (1, Decimal(1_000))
    assert (found.loss_up.customers, found.loss_up.amount) == (3, Decimal("12.90"))  # A, D, G
    assert (found.loss_down.customers, found.loss_down.amount) == (1, Decimal("5.00"))


def test_the_book_by_either(found: Swap) -> None:
    before, after = found.champion, found.challenger
    assert (before.limits, before.limited) == (Decimal(7_300), 5)
    assert (after.limits, after.limited) == (Decimal(8_100), 6)
    assert (before.expected_loss, after.expected_loss) == (Decimal("96.00"), Decimal("103.90"))
    assert before.expected_defaults == pytest.approx(0.333)
    assert before.by_grade == (1, 1, 1, 1, 1, 1, 0, 0, 1, 0)
    assert after.by_grade == (1, 1, 0, 3, 0, 1, 0, 0, 0, 1)
    # B owes all of its limit; then E more than its limit, and D is told to stop
    assert (before.blocked, before.blocked_sales) == (1, Decimal("100.00"))
    assert (after.blocked, after.blocked_sales) == (2, Decimal("240.00"))


def test_orders_that_stop_and_that_flow_again(found: Swap) -> None:
    blocked, released = found.crossings
    assert (blocked.kind, blocked.customers, blocked.exposure, blocked.sales) == ("blocked", 2, Decimal(4_200), Decimal("240.00"))  # fmt: skip
    assert (released.kind, released.customers, released.exposure, released.sales) == ("released", 1, Decimal(2_000), Decimal("100.00"))  # fmt: skip


def test_grades_and_actions_that_change(found: Swap) -> None:
    assert (found.better, found.worse) == (1, 2)
    grades = [(one.before, one.after, one.customers, one.exposure) for one in found.grades]
    assert grades == [(3, 4, 1, 500), (5, 4, 1, 2_000), (9, 10, 1, 700)]
    actions = [(one.before, one.after, one.customers, one.exposure) for one in found.actions]
    assert actions == [("keep", "review", 2, 4_000), ("secure", "stop", 1, 700)]


def test_who_moves_most_comes_first_and_who_moves_nothing_is_left_out(found: Swap) -> None:
    """By the limit, then by the loss: B's moves by 5.00, A's by 2.50; D has no limit, G's stays, C and F move nothing."""
    told = [(one.customer_id, one.limit_moved, one.loss_moved) for one in found.movers]
    assert told == [
        ("E", Decimal(-1_000), Decimal("0.00")),
        ("B", Decimal(500), Decimal("-5.00")),
        ("A", Decimal(500), Decimal("2.50")),
        ("D", None, Decimal("10.00")),
        ("G", Decimal(0), Decimal("0.40")),
    ]
    first, last = found.movers[0], found.movers[3]
    assert (first.country, first.industry, first.challenger.limit) == ("DE", "metal", Decimal(3_000))  # fmt: skip
    assert (last.name, last.country, last.industry, last.exposure) == ("D Ltd", None, None, 700)
    assert (last.level, last.drivers) == (1.5, (DRIVER,))
    own = last.challenger
    assert (own.pd, own.score, own.grade, own.limit) == (0.4, 590, 10, None)
    assert (own.expected_loss, own.action, own.is_blocked) == (Decimal("60.00"), "stop", True)
    assert last.champion.is_blocked is False
    # two reasons at most, and those that there are
    assert [one.en for one in own.reasons] == ["D is late.", "D owes."]
    assert [one.zh for one in found.movers[0].champion.reasons] == ["E 逾期。"]


def test_equal_moves_go_by_customer_and_twenty_are_shown() -> None:
    ids = [f"C{number:02d}" for number in range(24)]
    before = dict.fromkeys(reversed(ids), BEFORE["A"])
    after = dict.fromkeys(reversed(ids), AFTER["A"])
    found = moved(before, after, dict.fromkeys(ids, (120.0, 12)))
    assert [one.customer_id for one in found.movers] == ids[:20]
    assert found.raised.customers == 24


def test_without_a_ledger_nothing_is_said_of_sales() -> None:
    unknown = dict.fromkeys(BEFORE, (np.nan, np.nan))
    found = moved(BEFORE, AFTER, unknown)
    assert (found.champion.blocked_sales, found.crossings[0].sales) == (None, None)


def test_a_customer_that_is_rated_twice_is_refused() -> None:
    ratings = rated(BEFORE), pd.concat([rated(AFTER), rated({"A": AFTER["A"]})])
    with pytest.raises(pd.errors.MergeError, match="not a one-to-one merge"):
        _joined(ratings, facts_of(BOUGHT))
