"""The world's levels lie where published figures say, and the downturn does what downturns do."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from contracts.config.portfolio import Severity, WorldSource
from world.hidden import Hidden
from world.levels import Levels
from world.phases import DEFAULT
from world.simulate import World, draw_hidden, simulate

UNTIL = date(2025, 12, 31)
SEVERITIES: tuple[Severity, ...] = ("none", "mild", "severe")


def a_source(customers: int, downturn: Severity) -> WorldSource:
    return WorldSource(kind="world", customers=customers, years=8, seed=3, downturn=downturn)


@cache
def hidden(downturn: Severity) -> Hidden:
    return draw_hidden(a_source(6_000, downturn), UNTIL, Levels())


@cache
def ledger() -> tuple[World, pd.DataFrame]:
    """A world of 500 and its invoices, paid amounts and last payment beside them."""
    world = simulate(a_source(500, "none"), UNTIL, "EUR")
    tables = {n: world.tables[n].to_pandas(date_as_object=False) for n in ("invoices", "payments")}
    invoices, payments = tables["invoices"], tables["payments"]
    payments["amount"] = payments.amount.astype(float)
    paid = payments.groupby("invoice_id").agg(paid=("amount", "sum"), last=("paid_on", "max"))
    invoices = invoices[invoices.kind == "invoice"].merge(
        paid, left_on="invoice_id", right_index=True, how="left"
    )
    invoices["amount"] = invoices.amount.astype(float)
    return world, invoices


def yearly_rate(world: Hidden, first: int, until: int) -> tuple[float, int]:
    """Defaults per customer-year at risk between two months of the window."""
    phase = world.lives.phase[:, world.months.first + first - 1 : world.months.first + until]
    months = np.arange(phase.shape[1]) + world.months.first + first - 1
    met = months >= world.lives.onboarded[:, None]
    defaults = (phase[:, 1:] == DEFAULT) & (phase[:, :-1] != DEFAULT) & met[:, :-1]
    at_risk = (phase[:, :-1] <= 6) & met[:, :-1]  # in the relation: not gone, not in default
    return 12.0 * float(defaults.sum()) / float(at_risk.sum()), int(defaults.sum())


def test_default_rate_of_normal_times() -> None:
    """Bureaus report 1.5-3 % a year. Some 1,100 defaults: the rate's standard error is 3 % of it."""
    rate, defaults = yearly_rate(hidden("none"), 1, 96)
    assert defaults > 500
    assert 0.020 < rate < 0.036


def test_the_downturn_doubles_or_triples_defaults() -> None:
    # it begins at 60 % of 96 months; arrears take half a year to become defaults
    trough = slice(68, 84)
    rates = [yearly_rate(hidden(s), trough.start, trough.stop)[0] for s in SEVERITIES]
    none, mild, severe = rates
    assert none < mild < severe
    assert 1.2 < mild / none < 1.9
    assert 2.0 < severe / none < 3.2


def test_severities_share_their_history_until_the_downturn() -> None:
    before = hidden("none").months.first + 57
    first, second = (hidden(s).lives.phase[:, :before] for s in ("none", "severe"))
    assert (first == second).all()


def test_industries_are_ordered_as_insolvency_statistics_are() -> None:
    world = hidden("severe")
    names = np.array([i.name for i in world.levels.industries])[world.population.industry]
    failed = pd.Series(world.lives.defaulted < 10**6).groupby(names).mean()
    low = failed[["utilities", "chemicals", "healthcare"]].mean()
    high = failed[["transport", "construction", "hospitality"]].mean()
    assert high > 1.8 * low
    assert failed["transport"] > failed["manufacturing"]


def test_group_members_fail_together() -> None:
    """Contagion: a member's default within the year makes another member's more likely, whatever their number."""
    world = hidden("none")
    group, defaulted = world.population.group, world.lives.defaulted
    frame = pd.DataFrame({"group": group, "defaulted": defaulted})[group >= 0]
    failed = frame[frame.defaulted < 10**6]
    mates = failed.merge(frame, on="group", suffixes=("", "_mate"))
    mates = mates[mates.defaulted_mate > mates.defaulted]
    soon = (mates.defaulted_mate <= mates.defaulted + 15).mean()
    assert len(mates) >= 80
    assert soon > 0.055  # without contagion about 3.5 % within 15 months


def test_invoices_paid_late_as_surveys_say() -> None:
    """Atradius: 38-42 % of the value of B2B receivables (2015-2018), nearly half (2024). Ten large customers move it by 3 points."""
    _, invoices = ledger()
    old = invoices[invoices.due_on < pd.Timestamp(UNTIL) - pd.Timedelta(days=120)]
    late = old["last"].isna() | (old["last"] > old.due_on)
    assert 0.38 < float((old.amount * late).sum() / old.amount.sum()) < 0.52


@pytest.mark.parametrize("year", [2020, 2022, 2024])
def test_days_sales_outstanding(year: int) -> None:
    """Allianz Trade: 58 days in Europe, 59-62 in the world. Of customers not in default, count of the year's end."""
    world, invoices = ledger()
    events = world.tables["events"].to_pandas(date_as_object=False)
    failed = events.loc[
        events.kind.isin(("insolvency", "write_off", "ceased_trading")), "customer_id"
    ]
    book = invoices[~invoices.customer_id.isin(failed)]
    end = pd.Timestamp(year, 12, 31)
    is_open = (book.issued_on <= end) & ((book["last"] > end) | book["last"].isna())
    sales = book[(book.issued_on <= end) & (book.issued_on > end - pd.Timedelta(days=365))].amount
    dso = 365.0 * book.amount[is_open].sum() / sales.sum()
    assert 42.0 < dso < 65.0


def test_arrears_come_before_a_default_but_not_before_a_sudden_one() -> None:
    """Payments received in the last half year before a breach are later than a year earlier."""
    world, invoices = ledger()
    events = world.tables["events"].to_pandas(date_as_object=False)
    ends = events[events.kind == "write_off"].groupby("customer_id").occurred_on.min()
    both = invoices.merge(ends.rename("end"), left_on="customer_id", right_index=True)
    both["before"] = (both.end - both.due_on).dt.days
    both["late"] = (both["last"] - both.due_on).dt.days
    near = both[both.before.between(120, 300)].late.mean()
    far = both[both.before.between(500, 900)].late.mean()
    assert len(ends) >= 15
    assert near > far + 5.0
