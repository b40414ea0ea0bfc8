"""From PD to score, grade, limit, terms, expected loss and action: one row per customer of the latest book."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.errors import ContractError
from contracts.scale import exact_score, grade, score
from contracts.tables.derived import N_REASONS, PILLARS, PORTFOLIO
from decisions.action import Case, actions, review_days
from decisions.exposure import exposure_at_default, uninsured
from decisions.facts.book import Book, Facts, gather
from decisions.facts.position import LONG_OVERDUE
from decisions.limit import BOUNDS, Limits, appetite, capacity, need, smallest, tidy_up
from decisions.loss import cents, expected_loss, losses_in_cents
from decisions.terms import Price, breaks_even, longest_terms

# points are computed from floats; explanations of another model differ by whole points
BASE_TOLERANCE = 1e-4


def rate(
    book: Book, scale: ScaleConfig, config: RateConfig, *, facts: Facts | None = None
) -> pd.DataFrame:
    """The decision on every customer of the latest book (contract PORTFOLIO), sorted by customer.

    Args:
        book: PDs, explanations, reasons and tables.
        scale: PD to score and grade.
        config: what limits, terms and actions follow.
        facts: what the tables say, where already gathered.

    Raises:
        ConfigError: a list by grade does not have one value per grade.
        ContractError: the explanations are not those of this book, or a table cannot be used.
    """
    check_grades(scale, config)
    known = gather(book, config.statement_months) if facts is None else facts
    latest = book.latest()
    chance = latest["pd"].to_numpy(dtype=np.float64)
    inputs = _inputs(book, known, chance, grade(chance, scale))
    decided = _decide(inputs, scale.n_grades, config)
    frame = pd.DataFrame(
        {
            "customer_id": latest["customer_id"],
            "as_of": latest["as_of"],
            "pd": chance,
            "score": score(chance, scale),
            "grade": inputs.grade,
            **_points(book, latest, exact_score(chance, scale)),
            **_reasons(book, latest),
            "exposure": _money(known.customers["exposure"]),
            "overdue": _money(known.customers["overdue"]),
            "limit_current": _known_money(known.customers["limit_current"]),
            **asdict(decided),
            "review_on": review_days(book.as_of, inputs.grade, decided.action, config),
        }
    )
    return frame[list(PORTFOLIO.column_names)]


def check_grades(scale: ScaleConfig, config: RateConfig) -> None:
    """Raises ConfigError where what is given by grade does not fit the grades of the scale."""
    config.check_grades(scale.n_grades)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The facts as arrays, one value per customer; see `Facts` for their meaning."""

    pd: Floats
    grade: Ints
    column: dict[str, Floats]
    has_ledger: bool

    def filled(self, name: str) -> Floats:
        """The column with 0 where nothing is known."""
        return np.nan_to_num(self.column[name], nan=0.0)


@dataclass(frozen=True, slots=True)
class _Decided:
    """The columns of PORTFOLIO that are decided, by name."""

    ead: list[Decimal]
    expected_loss: list[Decimal]
    limit: list[Decimal | None]
    limit_bound: list[str | None]
    terms_days: list[int]
    action: list[str]
    because: list[str]


def _inputs(book: Book, known: Facts, chance: Floats, grades: Ints) -> _Inputs:
    column = {
        str(name): known.customers[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in known.customers.columns
    }
    return _Inputs(chance, grades, column, book.has_ledger)


def _decide(inputs: _Inputs, n_grades: int, config: RateConfig) -> _Decided:
    exposure, late = inputs.filled("exposure"), inputs.filled("days_late")
    ead = exposure_at_default(exposure, inputs.filled("peak_balance"))
    insured = inputs.filled("insured_limit"), inputs.filled("insured_share")
    own, owed_at_most = uninsured(ead, *insured), [cents(value) for value in ead]
    loss = expected_loss(inputs.pd, config.lgd, own)
    price = Price(config.gross_margin, config.lgd, config.funding_rate)
    terms = longest_terms(inputs.pd, inputs.grade, late, config.terms_by_grade, price)
    needed, carried, allowed = _bounds(inputs, terms, config)
    limits = smallest(needed, carried, allowed)
    ceiling = smallest(np.full_like(needed, np.nan), carried, allowed)
    case = Case(
        grade=inputs.grade,
        worst_grade=n_grades,
        exposure=exposure,
        long_overdue=sum((inputs.filled(bucket) for bucket in LONG_OVERDUE), np.zeros_like(ead)),
        expected_loss=loss,
        limit=limits.amount,
        ceiling=ceiling.amount,
        is_need_bound=limits.bound == BOUNDS.index("need"),
        limit_current=inputs.column["limit_current"],
        is_paid_for=_paid_for(inputs, terms, late, price),
    )
    chosen, because = actions(case, config)
    named = _with_cause(limits, inputs.grade, terms, config)
    agreed = _agreed(named, ceiling, case, chosen)
    return _Decided(
        ead=owed_at_most,
        expected_loss=losses_in_cents(inputs.pd, config.lgd, owed_at_most, insured),
        limit=_known_money(agreed.amount),
        limit_bound=[None if index < 0 else BOUNDS[index] for index in agreed.bound],
        # who can carry nothing, or may lose us nothing, is offered no open terms either
        terms_days=np.where(ceiling.amount == 0, 0, terms).tolist(),
        action=chosen,
        because=because,
    )


def _with_cause(limits: Limits, grade: Ints, terms: Ints, config: RateConfig) -> Limits:
    """A limit of 0 that the grade sets, or the margin, is said to be theirs: not what the customer needs or can carry."""
    ladder = np.asarray(config.terms_by_grade)[grade - 1]
    shares = (config.capacity_share_of_equity, config.capacity_share_of_turnover, config.capacity_months_paid)  # fmt: skip
    carries = np.max(np.array(shares)[:, grade - 1], axis=0)
    known = limits.bound >= 0
    by_grade = known & (limits.amount == 0) & ((ladder == 0) | (carries == 0))
    by_margin = known & (limits.amount == 0) & (terms == 0) & (ladder > 0)
    bound = np.select(
        [by_grade, by_margin], [BOUNDS.index("grade"), BOUNDS.index("margin")], limits.bound
    )
    return Limits(limits.amount, np.asarray(bound, dtype=np.int64))


def _agreed(limits: Limits, ceiling: Limits, case: Case, chosen: list[str]) -> Limits:
    """Where nothing is to be done, the limit in force stays; where it is reduced, it falls to the ceiling, not to the need.

    What its orders require falls below the open balance after every quiet month; that is no reason to cut a limit.
    """
    action = np.asarray(chosen)
    has_limit = ~np.isnan(case.limit_current) & (limits.bound >= 0)
    stays, falls = has_limit & (action == "keep"), has_limit & (action == "reduce")
    amount = np.select([stays, falls], [case.limit_current, ceiling.amount], limits.amount)
    in_force = np.full_like(limits.bound, BOUNDS.index("in_force"))
    lower = np.where(ceiling.amount == limits.amount, limits.bound, ceiling.bound)
    bound = np.select([stays, falls], [in_force, lower], limits.bound)
    return Limits(amount, np.asarray(bound, dtype=np.int64))


def _paid_for(inputs: _Inputs, terms: Ints, late: Floats, price: Price) -> Bools:
    """Whether the margin pays at the terms in force; at those recommended where none are on file."""
    in_force = inputs.column["terms_current"]
    days = np.where(np.isnan(in_force), terms, in_force)
    is_prepaid: Bools = days == 0  # which costs neither funding nor loss
    return breaks_even(inputs.pd, days + late, price) | is_prepaid


def recommended(inputs: _Inputs, terms: Ints, config: RateConfig) -> Limits:
    """The least of need, capacity and appetite.

    Without a ledger the need is not known and does not bind. Where capacity is not known either, for lack of a statement,
    there is no recommendation.
    """
    return smallest(*_bounds(inputs, terms, config))


def _bounds(inputs: _Inputs, terms: Ints, config: RateConfig) -> tuple[Floats, Floats, Floats]:
    """Need, capacity and appetite, in this order."""
    insured = inputs.filled("insured_limit"), inputs.filled("insured_share")
    allowed = appetite(inputs.pd, config.lgd, config.allowed_loss, *insured)
    return _need(inputs, terms, config), _capacity(inputs, config), allowed


def _need(inputs: _Inputs, terms: Ints, config: RateConfig) -> Floats:
    """Forecast billing over terms and delay; a customer in a good grade keeps at least what it uses.

    The forecast is the larger of the monthly averages of the last 3 and 12 months, so that neither a quiet
    quarter nor a quiet year cuts a limit. Terms are those it has, where they are shorter than those recommended.
    On prepayment nothing is open between delivery and payment, whatever is billed: the need is 0.
    """
    days = np.fmin(
        inputs.column["terms_current"], terms
    )  # the terms recommended, where none are on file
    if not inputs.has_ledger:
        return np.where(days == 0, 0.0, np.nan)
    months = np.nan_to_num(inputs.column["months_known"], nan=12.0)
    monthly = np.maximum(
        inputs.filled("billed_3m") / np.minimum(months, 3.0), inputs.filled("billed_12m") / months
    )
    needed = need(np.maximum(monthly, 0.0), days, inputs.filled("days_late"))
    used = tidy_up(inputs.filled("exposure"))
    is_good = inputs.grade <= config.good_until_grade
    wanted = np.where(is_good, np.maximum(needed, used), needed)
    return np.where(days == 0, 0.0, wanted)


def _capacity(inputs: _Inputs, config: RateConfig) -> Floats:
    """What the customer can carry, and at least the starter limit where its grade supports any credit.

    Missing where there is neither a ledger nor a statement that says anything of equity or turnover. A starter limit is
    for those of whom little is known; one whose statement shows no equity is not among them.
    """
    by_grade = np.array(
        [
            config.capacity_share_of_equity,
            config.capacity_share_of_turnover,
            config.capacity_months_paid,
        ]
    )
    shares = by_grade[:, inputs.grade - 1]
    equity = inputs.column["equity"]
    paid = inputs.filled("best_paid_month") if inputs.has_ledger else np.full(len(equity), np.nan)
    carried = capacity(equity, inputs.column["turnover"], paid, shares)
    starts: Bools = (shares[2] > 0) & ~(equity <= 0)
    # a missing capacity stays missing
    return np.where(starts, np.maximum(carried, config.starter_limit), carried)


def _known_money(values: Iterable[Any]) -> list[Decimal | None]:
    return [None if pd.isna(value) else cents(value) for value in values]


def _money(values: pd.Series[Any]) -> list[Decimal]:
    return [Decimal("0.00") if pd.isna(value) else cents(value) for value in values.tolist()]


def _points(book: Book, latest: pd.DataFrame, exact: Floats) -> dict[str, Floats]:
    """Points by pillar, and the base that makes them add up to the exact score.

    Raises:
        ContractError: a customer has no explanation, or the bases differ, so that the points are another model's.
    """
    of_day = book.explanations[book.explanations["as_of"] == pd.Timestamp(book.as_of)]
    table = of_day.pivot_table(
        index="customer_id", columns="pillar", values="points", aggfunc="sum", observed=True
    )
    table = table.reindex(columns=list(PILLARS)).fillna(0.0)
    absent = ~latest["customer_id"].isin(table.index)
    if absent.any():
        raise _not_this_book(f"{int(absent.sum())} customers have no explanation")
    points = table.reindex(latest["customer_id"]).to_numpy(dtype=np.float64)
    base = exact - points.sum(axis=1)
    if np.ptp(base) > BASE_TOLERANCE:
        raise _not_this_book(f"base points range from {base.min():.3f} to {base.max():.3f}")
    named = {f"points_{pillar}": points[:, index] for index, pillar in enumerate(PILLARS)}
    return {"points_base": base, **named}


def _not_this_book(value: str) -> ContractError:
    return ContractError(
        "The explanations are not those of this model and book.",
        where="data/scored/explanations.parquet",
        value=value,
        next_step="Run explain again: `dvc repro explain`.",
    )


def _reasons(book: Book, latest: pd.DataFrame) -> dict[str, list[str | None]]:
    said = book.said()
    of_day = said[said["role"] == "reason"]
    columns: dict[str, list[str | None]] = {}
    for field, ending in (("sentence_en", ""), ("sentence_zh", "_zh")):
        for rank in range(1, N_REASONS + 1):
            ranked = of_day[of_day["rank"] == rank].set_index("customer_id")[field].to_dict()
            columns[f"reason_{rank}{ending}"] = [ranked.get(one) for one in latest["customer_id"]]
    return columns
