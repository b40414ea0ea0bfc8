"""What may be asked for, and the fewest payments that lift a grade, by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from decisions.levers.answers import helps
from decisions.levers.proposals import Case, Proposal, proposals

AS_OF = date(2026, 1, 1)
RATES = {"EUR": Decimal(1), "USD": Decimal("0.5")}
SCALE = ScaleConfig()


def item(name: str, due: date, amount: str, **more: Any) -> dict[str, Any]:
    return {
        "invoice_id": name, "due_on": due, "days": (AS_OF - due).days, "currency": "EUR",
        "open": Decimal(amount), "is_disputed": False, "is_planned": False,
    } | more  # fmt: skip


OLD, LATE, NEXT = date(2025, 10, 1), date(2025, 12, 1), date(2026, 2, 1)
ITEMS = [item("I1", OLD, "100"), item("I2", LATE, "400"), item("I3", NEXT, "50")]


def case(*rows: dict[str, Any], **more: Any) -> Case:
    columns = list(item("x", OLD, "1"))
    return Case("A", AS_OF, pd.DataFrame(list(rows), columns=columns), **{"rates": RATES, "stated_until": date(2024, 12, 31), **more})  # fmt: skip


def of_kind(made: list[Proposal], kind: str) -> list[list[str]]:
    return [[due.invoice_id for due in one.items] for one in made if one.kind == kind]


def test_payments_are_asked_for_by_due_day_and_by_size() -> None:
    made = proposals(case(*ITEMS))
    assert made[0].kind is None
    assert made[0].booked.paid == {}
    assert of_kind(made, "oldest") == [["I1"], ["I1", "I2"], ["I1", "I2", "I3"]]
    assert of_kind(made, "largest") == [["I2"], ["I2", "I1"]]  # I3 is not overdue
    assert of_kind(made, "overdue") == [["I1", "I2"]]
    assert of_kind(made, "everything") == [["I1", "I2", "I3"]]
    assert [one.n_not_due for one in made if one.kind == "oldest"] == [0, 0, 1]
    assert [one.amount for one in made if one.kind == "oldest"] == [100, 500, 550]


def test_open_credits_are_set_off_before_anything_is_asked_for() -> None:
    """120 on account clear I1 (100) and 20 of I2: what is asked for is 380 of I2 first."""
    made = proposals(case(*ITEMS, credit={"EUR": Decimal(120)}))
    assert of_kind(made, "oldest") == [["I2"], ["I2", "I3"]]
    assert next(one for one in made if one.kind == "oldest").booked.paid == {"I2": Decimal(380)}
    foreign = proposals(case(*ITEMS, credit={"USD": Decimal(120)}))
    assert of_kind(foreign, "oldest")[0] == ["I1"]


def test_an_item_in_dispute_is_paid_only_with_its_dispute_settled() -> None:
    made = proposals(case(*ITEMS, item("I0", OLD, "30", is_disputed=True)))
    assert all("I0" not in one for kind in ("oldest", "largest", "overdue") for one in of_kind(made, kind))  # fmt: skip
    (settled,) = [one for one in made if one.kind == "disputes"]
    assert settled.booked.settled == ("I0",)
    assert settled.booked.paid == {"I0": Decimal(30)}
    assert of_kind(made, "everything") == [["I0", "I1", "I2", "I3"]]


@pytest.mark.parametrize(
    ("limit", "found"),
    [(None, []), (550, []), (549, [["I1"]]), (450, [["I1"]]), (449, [["I1", "I2"]]), (49, [["I1", "I2", "I3"]])],
)  # fmt: skip
def test_the_limit_takes_as_many_items_as_bring_the_balance_to_it(limit: int | None, found: list[list[str]]) -> None:  # fmt: skip
    made = proposals(case(*ITEMS, limit=None if limit is None else Decimal(limit)))
    assert of_kind(made, "to_limit") == found


def test_amounts_of_other_currencies_are_asked_for_in_their_own_and_added_at_the_days_rate() -> None:  # fmt: skip
    made = proposals(case(item("I1", OLD, "100", currency="USD")))
    one = next(one for one in made if one.kind == "oldest")
    assert (one.items[0].currency, one.items[0].amount, one.amount) == ("USD", 100, 50)


def test_plans_and_statements_are_asked_for_where_they_make_sense() -> None:
    assert of_kind(proposals(case(*ITEMS)), "plan") == [[]]
    planned = [one | {"is_planned": True} for one in ITEMS]
    assert of_kind(proposals(case(*planned)), "plan") == []
    assert of_kind(proposals(case(*ITEMS, has_events=False)), "plan") == []
    assert of_kind(proposals(case(ITEMS[2])), "plan") == []  # nothing is overdue
    states = {date(2024, 12, 31): "on_file", date(2024, 6, 30): "old", None: "none"}
    for until, state in states.items():
        asked = case(*ITEMS, stated_until=until)
        assert asked.statement == state
        assert len(of_kind(proposals(asked), "statement")) == (state == "old")
    assert case(*ITEMS, has_statements=False).statement == "not_delivered"


def test_the_fewest_payments_win_then_the_least_money() -> None:
    """Grade 10 begins at 30 %, grade 9 at 10 %: one item leaves it in 10, the two due first lift it to 9."""
    tried = proposals(case(*ITEMS))
    chance = {("oldest", 1): 0.35, ("largest", 1): 0.31, ("overdue", 2): 0.2, ("oldest", 3): 0.2, ("everything", 3): 0.2, ("plan", 0): 0.5}  # fmt: skip
    pds = np.array([0.4, *(chance.get((str(one.kind), len(one.items)), 0.2) for one in tried[1:])])
    found = helps(tried, pds, SCALE, "on_file")
    assert (found.grade, found.wanted, found.n_worse) == (10, 9, 0)
    assert found.reached is not None
    assert (found.reached.kind, found.reached.n_items, found.reached.grade) == ("oldest", 2, 9)
    assert found.short is not None
    assert (found.short.n_items, found.short.grade) == (1, 10)
    assert {one.kind for one in found.levers} == {"overdue", "everything", "plan"}


def test_where_no_payment_lifts_it_the_bound_is_there_and_a_fall_is_counted() -> None:
    """0.40, then 0.38 for one, 0.39 for two: the second payment is said to harm, which is counted and not told."""
    tried = proposals(case(*ITEMS[:2]))
    pds = np.array([0.40, 0.38, 0.39, 0.37, 0.36, 0.36, 0.36, 0.36])[: len(tried)]
    found = helps(tried, pds, SCALE, "none")
    assert found.reached is None
    assert found.short is None
    everything = next(one for one in found.levers if one.kind == "everything")
    assert (everything.grade, everything.n_items) == (10, 2)
    assert found.n_worse == 1
    # 40 points double the odds: 0.39/0.61 over 0.38/0.62 is 1.0432, log2 of it times 40 is 2.44
    assert found.worst == pytest.approx(2.44, abs=0.01)


def scored(
    tried: list[Proposal], chance: dict[tuple[str, int], float], now: float, other: float
) -> np.ndarray[Any, Any]:
    return np.array(
        [now, *(chance.get((str(one.kind), len(one.items)), other) for one in tried[1:])]
    )


def test_items_that_lower_the_score_on_the_way_are_asked_for_together() -> None:
    """0.40 as it is, 0.42 with the oldest paid, 0.20 with the two due first: one alone would harm."""
    tried = proposals(case(*ITEMS))
    found = helps(
        tried,
        scored(tried, {("oldest", 1): 0.42, ("oldest", 2): 0.2}, 0.40, 0.39),
        SCALE,
        "on_file",
    )
    assert found.reached is not None
    assert (found.reached.kind, found.reached.n_items, found.falls_between) == ("oldest", 2, True)
    rising = helps(
        tried,
        scored(tried, {("oldest", 1): 0.39, ("oldest", 2): 0.2}, 0.40, 0.39),
        SCALE,
        "on_file",
    )
    assert (rising.reached is not None, rising.falls_between) == (True, False)


def test_of_as_many_items_those_that_raise_the_score_one_by_one_are_offered() -> None:
    """Both ways lead to grade 9 with two items; the largest first raise the score at each step, the oldest first do not."""
    tried = proposals(case(*ITEMS))
    way = {("oldest", 1): 0.42, ("oldest", 2): 0.2, ("largest", 1): 0.35, ("largest", 2): 0.2}
    found = helps(tried, scored(tried, way, 0.40, 0.39), SCALE, "on_file")
    assert found.reached is not None
    assert (found.reached.kind, found.reached.n_items, found.falls_between) == ("largest", 2, False)


def test_a_payment_that_lowers_the_score_is_no_lever_and_the_best_grade_wants_nothing() -> None:
    tried = proposals(case(ITEMS[0]))
    worse = helps(tried, np.linspace(0.2, 0.3, len(tried)), SCALE, "on_file")
    assert {one.kind for one in worse.levers} == {"plan"}
    best = helps(tried, np.full(len(tried), 1e-4), SCALE, "on_file")
    assert (best.grade, best.wanted, best.reached) == (1, None, None)


def test_who_owes_nothing_has_nothing_to_pay() -> None:
    tried = proposals(case())
    assert [one.kind for one in tried] == [None]
    found = helps(tried, np.array([0.2]), SCALE, "on_file")
    assert (found.reached, found.levers, found.n_tried) == (None, (), 0)
