"""What a risk committee may count on, whatever the customer: worse never gets more, and every figure is the formula's."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score
from contracts.tables.derived import PILLARS
from contracts.tables.ledger import BUCKETS, POSITION
from decisions.exposure import exposure_for, uninsured
from decisions.facts.book import Book, Facts
from decisions.facts.position import Position
from decisions.limit import appetite, capacity, need, tidy_down, tidy_up
from decisions.rating import rate

AS_OF = pd.Timestamp("2025-12-31")
SCALE, RULES = ScaleConfig(), RateConfig()
NOBODY = POSITION.arrow_schema().empty_table().to_pandas(date_as_object=False)
EMPTY = Position(pd.DataFrame(columns=["exposure", "overdue", "disputed", *BUCKETS]))

amounts = st.floats(0, 1e8).map(lambda value: round(value, 2))
chances = st.floats(1e-5, 0.9)
maybe = st.one_of(st.none(), st.floats(-1e7, 1e9).map(lambda value: round(value, 2)))

facts_of_one = st.fixed_dictionaries(
    {
        "not_due": amounts, "1-30": amounts, "31-60": amounts, "61-90": amounts, "90+": amounts,
        "peak_balance": amounts, "billed_3m": amounts, "billed_12m": amounts, "best_paid_month": amounts,
        "months_known": st.floats(1, 12), "days_late": st.one_of(st.none(), st.floats(0, 90)),
        "limit_current": st.one_of(st.none(), amounts), "insured_limit": st.one_of(st.none(), amounts),
        "insured_share": st.one_of(st.none(), st.floats(0, 1)),
        "terms_current": st.one_of(st.none(), st.sampled_from([0.0, 14.0, 30.0, 60.0, 90.0])),
        "equity": maybe, "turnover": maybe,
    }
)  # fmt: skip


def decide(
    facts: list[dict[str, Any]], chance: list[float], *, has_ledger: bool = True
) -> pd.DataFrame:
    ids = [f"C{i:03}" for i in range(len(facts))]
    frame = pd.DataFrame(facts, index=pd.Index(ids, name="customer_id"))
    frame["exposure"] = frame[list(BUCKETS)].sum(axis=1).round(2)
    frame["overdue"] = (frame["exposure"] - frame["not_due"]).round(2)
    frame["disputed"] = 0.0
    scored = pd.DataFrame({"customer_id": ids, "as_of": AS_OF, "pd": chance})
    distance = exact_score(chance, SCALE) - 610.0
    weights = np.linspace(0.1, 0.4, 4)
    explanations = pd.concat(
        scored[["customer_id", "as_of"]].assign(
            feature=pillar, pillar=pillar, points=distance * weight
        )
        for pillar, weight in zip(PILLARS, weights, strict=True)
    )
    reasons = pd.DataFrame(
        columns=["customer_id", "as_of", "rank", "role", "sentence_en", "sentence_zh"]
    )
    tables = dict.fromkeys(("invoices", "payments", "financials")) if has_ledger else {}
    book = Book(scored, explanations, reasons, tables, "EUR", NOBODY, NOBODY)  # type: ignore[arg-type]
    known = Facts(frame, EMPTY, [0.0] * 12, [0.0] * 12, EMPTY, None, {})
    return rate(book, SCALE, RULES, facts=known)


@given(
    facts=facts_of_one,
    chance=st.lists(chances, min_size=2, max_size=12),
    has_ledger=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_a_worse_customer_never_gets_more_or_longer(
    *, facts: dict[str, Any], chance: list[float], has_ledger: bool
) -> None:
    chance = sorted(chance)
    found = decide([facts] * len(chance), chance, has_ledger=has_ledger)
    assert (found["limit"].astype(float).diff().dropna() <= 0).all()
    assert (found["terms_days"].diff().dropna() <= 0).all()
    assert (found["grade"].diff().dropna() >= 0).all()
    assert (pd.to_datetime(found["review_on"]) > AS_OF).all()


@given(st.lists(st.tuples(facts_of_one, chances), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_the_limit_is_within_all_three_bounds(rows: list[tuple[dict[str, Any], float]]) -> None:
    facts, chance = [row[0] for row in rows], [row[1] for row in rows]
    found = decide(facts, chance)
    for one, pd_, row in zip(facts, chance, found.to_dict("records"), strict=True):
        grade, limit = int(row["grade"]), float(row["limit"])
        terms = row["terms_days"]
        agreed = one["terms_current"]
        days = terms if agreed is None else min(agreed, terms)
        months = one["months_known"]
        monthly = max(one["billed_3m"] / min(months, 3.0), one["billed_12m"] / months)
        needed = float(need(monthly, days, one["days_late"] or 0.0))
        if grade <= RULES.good_until_grade:
            needed = max(needed, float(tidy_up(float(row["exposure"]))))
        if days == 0:  # on prepayment nothing is open
            needed = 0.0
        share = np.array(
            [[lst[grade - 1]] for lst in (RULES.capacity_share_of_equity, RULES.capacity_share_of_turnover, RULES.capacity_months_paid)]
        )  # fmt: skip
        nan = float("nan")
        equity = nan if one["equity"] is None else one["equity"]
        turnover = nan if one["turnover"] is None else one["turnover"]
        carried = float(capacity([equity], [turnover], [one["best_paid_month"]], share)[0])
        starts = share[2, 0] > 0 and not equity <= 0  # a statement that shows none is no beginning
        carried = max(carried, RULES.starter_limit if starts else 0.0)
        allowed = float(
            appetite(pd_, RULES.lgd, RULES.allowed_loss, one["insured_limit"] or 0.0, one["insured_share"] or 0.0)
        )  # fmt: skip
        bounds = {"need": needed, "capacity": carried, "appetite": allowed}
        least = min(bounds.values())
        ceiling = min(carried, allowed)
        if row["action"] == "keep" and one["limit_current"] is not None:
            # the limit in force stays: it is not far above what it can carry and we may lose, nor below what it owes
            assert abs(limit - one["limit_current"]) < 0.006
            assert limit <= ceiling * (1 + RULES.limit_band) * (1 + 1e-9) + 0.005
            assert limit >= float(row["exposure"]) - 0.005
            assert row["limit_bound"] == "in_force"
            continue
        if row["action"] == "reduce" and one["limit_current"] is not None:
            least = ceiling  # what it needs is no reason to cut a limit further
        assert limit <= least * (1 + 1e-9) + 0.005
        if row["limit_bound"] in bounds:
            assert bounds[row["limit_bound"]] <= least * (1 + 1e-9)
        else:
            ladder = RULES.terms_by_grade[grade - 1]
            assert limit == 0
            assert (row["limit_bound"] == "grade") == (ladder == 0 or share.max() == 0)
        assert least - limit <= max(0.1 * least, 100.0) + 0.01


@given(st.lists(st.tuples(facts_of_one, chances), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_expected_loss_is_the_formula_to_the_cent(rows: list[tuple[dict[str, Any], float]]) -> None:
    facts, chance = [row[0] for row in rows], [row[1] for row in rows]
    found = decide(facts, chance)
    for one, pd_, row in zip(facts, chance, found.to_dict("records"), strict=True):
        ead = max(float(row["exposure"]), one["peak_balance"])
        assert abs(float(row["ead"]) - ead) < 0.006
        own = ead - (one["insured_share"] or 0.0) * min(ead, one["insured_limit"] or 0.0)
        exact = Decimal(pd_ * RULES.lgd * own)
        assert abs(
            row["expected_loss"] - exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        ) <= Decimal("0.01")
        assert 0 <= row["expected_loss"] <= row["ead"]


@given(st.lists(chances, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_points_add_up_to_the_exact_score(chance: list[float]) -> None:
    blank = dict.fromkeys(
        (
            "equity",
            "turnover",
            "limit_current",
            "insured_limit",
            "insured_share",
            "terms_current",
            "days_late",
        )
    )
    zeros = dict.fromkeys(
        (*BUCKETS, "peak_balance", "billed_3m", "billed_12m", "best_paid_month"), 0.0
    )
    found = decide([blank | zeros | {"months_known": 12.0}] * len(chance), chance)
    total = found[["points_base", *(f"points_{one}" for one in PILLARS)]].sum(axis=1)
    assert np.abs(total - exact_score(chance, SCALE)).max() < 1e-9
    assert np.ptp(found["points_base"]) < 1e-6


@given(amounts, amounts, st.floats(0, 0.99))
@settings(max_examples=200, deadline=None)
def test_cover_there_and_back(ead: float, cover: float, share: float) -> None:
    own = float(uninsured(ead, cover, share))
    assert 0 <= own <= ead
    back = float(exposure_for(own, cover, share))
    assert abs(back - ead) <= 1e-6 * max(ead, 1.0)


@given(st.floats(0, 1e12).map(lambda value: round(value, 2)))
@settings(max_examples=300, deadline=None)
def test_a_tidy_number_is_near_and_stays_tidy(amount: float) -> None:
    low, high = float(tidy_down(amount)), float(tidy_up(amount))
    assert low <= amount * (1 + 1e-9)
    assert high >= amount * (1 - 1e-9)
    assert float(tidy_down(low)) == low
    assert float(tidy_down(high)) == high
    assert low == 0 or len(f"{low:.0f}".rstrip("0")) <= 2
    assert amount - low <= max(100.0, 0.1 * amount) + 1e-6


def test_the_property_would_notice_a_rising_limit() -> None:
    """The comparison is not vacuous: limits do differ between grades."""
    facts = dict.fromkeys(BUCKETS, 1_000.0) | {
        "peak_balance": 9_000.0, "billed_3m": 30_000.0, "billed_12m": 120_000.0, "best_paid_month": 10_000.0,
        "months_known": 12.0, "days_late": 5.0, "limit_current": 9_000.0, "insured_limit": None,
        "insured_share": None, "terms_current": None, "equity": None, "turnover": None,
    }  # fmt: skip
    found = decide([facts] * 5, [0.0006, 0.006, 0.03, 0.06, 0.2])
    assert len(set(found["limit"])) >= 4
    assert found["review_on"].iloc[-1].date() == date(2026, 1, 31)
