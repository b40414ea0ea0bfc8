"""The planted PDs are what they claim: they come true, also as the ledger's own 90-day default tells it."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from contracts.config.source import WorldSource
from world.hidden.levels import Levels
from world.hidden.truth import chances, truth_table
from world.simulate import World, draw_hidden, simulate

pytestmark = pytest.mark.long

UNTIL = date(2025, 12, 31)
EVENTS = ("insolvency", "write_off", "ceased_trading", "insurer_claim")
EPOCH = pd.Timestamp("1970-01-01")


@cache
def chain() -> pd.DataFrame:
    """Truth of 12,000 customers each December, and whether the chain entered default in the year after."""
    source = WorldSource(kind="world", customers=12_000, years=7, seed=21, downturn="severe")
    hidden = draw_hidden(source, UNTIL, Levels())
    found = chances(hidden.common, hidden.months, hidden.levels.health)
    table = truth_table(hidden, found)
    truth = table.to_pandas(date_as_object=False)
    truth = truth[(truth.as_of.dt.month == 1) & (truth.as_of <= pd.Timestamp("2025-01-01"))].copy()
    days = (truth.as_of - EPOCH).dt.days.to_numpy()
    month = np.searchsorted(hidden.months.starts, days) - 1  # the month that ended before
    defaulted = hidden.lives.defaulted[truth.customer_id.str[1:].astype(int).to_numpy() - 1]
    truth["defaulted"] = (defaulted > month) & (defaulted <= month + 12)
    return truth


def z_scores(groups: pd.core.groupby.DataFrameGroupBy) -> pd.DataFrame:
    """(realised - expected defaults) / standard deviation of the sum of independent draws."""
    sums = groups.agg(
        n=("true_pd", "size"), expected=("true_pd", "sum"), realised=("defaulted", "sum")
    )
    variance = groups.true_pd.apply(lambda p: float((p * (1.0 - p)).sum()))
    return sums.assign(z=(sums.realised - sums.expected) / np.sqrt(variance))


def test_truth_comes_true_in_every_bucket() -> None:
    """Ten buckets of true PD. Fails beyond 4 standard errors: an error of 13 % of the PD in a bucket of 1,000 expected."""
    truth = chain()
    bucket = pd.cut(truth.true_pd, [0, 0.004, 0.006, 0.01, 0.015, 0.02, 0.04, 0.08, 0.2, 0.7, 1.0])
    found = z_scores(truth.groupby(bucket, observed=True))
    assert len(found) == 10
    assert found.expected.min() > 20
    assert (found.z.abs() < 4.0).all(), found
    assert (found.z**2).sum() < 29.6  # chi-square with 10 degrees of freedom, 0.1 %


@pytest.mark.parametrize("by", ["as_of", "driver"])
def test_truth_comes_true_in_every_year_and_for_every_driver(by: str) -> None:
    """The economy's path is known to the truth, so even downturn years are met."""
    found = z_scores(chain().groupby(by))
    assert len(found) >= 3
    # members of a group fail together: their counts spread wider than independent draws
    assert (found.z.abs() < 4.5).all(), found


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_truth_comes_true_under_contagion(seed: int) -> None:
    """Members whose default would be contagious, every first of a month of 12,000 customers: realised / truth is 1.

    Within two standard errors of the sum over groups, 7 to 9 % of it each: a truth that were 14 % too low would be
    missed in one world at most. Uniform timing of the members' defaults gave 2 to 14 % too little.
    """
    source = WorldSource(kind="world", customers=12_000, years=7, seed=seed, downturn="severe")
    world = draw_hidden(source, UNTIL, Levels())
    truth = truth_table(world, chances(world.common, world.months, world.levels.health))
    frame = truth.to_pandas(date_as_object=False)
    frame = frame[(frame.driver == "contagion") & (frame.as_of < pd.Timestamp("2025-01-31"))]
    month = np.searchsorted(world.months.starts, (frame.as_of - EPOCH).dt.days) - 1
    at = frame.customer_id.str[1:].astype(int).to_numpy() - 1
    defaulted = world.lives.defaulted[at]
    surprise = ((defaulted > month) & (defaulted <= month + 12)) - frame.true_pd
    by_group = surprise.groupby(world.population.group[at]).sum()  # members fail together
    expected = frame.true_pd.sum()
    error = np.sqrt((by_group**2).sum()) / expected
    assert expected > 300
    assert error < 0.12
    assert abs(surprise.sum() / expected) < 2.0 * error


def test_the_oracle_discriminates_as_the_best_model_could() -> None:
    truth = chain()
    ranks = truth.true_pd.rank()
    positives = truth.defaulted.sum()
    area = (ranks[truth.defaulted].sum() - positives * (positives + 1) / 2) / (
        positives * (len(truth) - positives)
    )
    assert 0.85 < area < 0.93


def test_state_falls_before_default() -> None:
    truth = chain()
    assert truth.state[truth.defaulted].mean() < truth.state[~truth.defaulted].mean() - 0.6
    assert set(truth.driver) == {"distress", "sudden", "contagion"}


@cache
def world() -> World:
    source = WorldSource(kind="world", customers=700, years=6, seed=4, downturn="severe")
    return simulate(source, UNTIL, "EUR")


def first_default(world: World) -> pd.Series:
    """First day of irb_90dpd by customer, told from the tables by an independent sweep (EUR at mean rates).

    Amounts past due by more than 90 days, not in dispute, above 500 and 1 % of the open balance; or a default event.
    """
    t = {name: table.to_pandas(date_as_object=False) for name, table in world.tables.items()}
    rate = (
        t["fx_rates"].assign(rate=t["fx_rates"].rate.astype(float)).groupby("currency").rate.mean()
    )
    docs = t["invoices"].set_index("invoice_id")
    docs = docs.assign(value=docs.amount.astype(float) * docs.currency.map(rate))
    docs["sign"] = np.where(docs.kind == "invoice", 1.0, -1.0)
    paid = (
        t["payments"]
        .drop(columns="customer_id")
        .join(docs[["customer_id", "due_on", "sign", "currency"]], on="invoice_id")
    )
    paid["value"] = paid.amount.astype(float) * paid.currency.map(rate) * paid["sign"]
    old = pd.Timedelta(days=91)
    steps = [
        _step(docs.customer_id, docs.issued_on, balance=docs.value * docs["sign"]),
        _step(paid.customer_id, paid.paid_on, balance=-paid.value),
        _step(docs.customer_id, docs.due_on + old, late=docs.value * docs["sign"]),
        _step(paid.customer_id, np.maximum(paid.paid_on, paid.due_on + old), late=-paid.value),
    ]
    held = t["disputes"].join(docs[["customer_id", "due_on", "value"]], on="invoice_id")
    held = held[held.closed_on.isna() | (held.closed_on > held.due_on + old)]
    ends = held.closed_on.fillna(pd.Timestamp("2100-01-01"))
    starts = np.maximum(held.opened_on, held.due_on + old)
    steps += [
        _step(held.customer_id, starts, late=-held.value),
        _step(held.customer_id, ends, late=held.value),
    ]
    run = (
        pd.concat(steps).groupby(["customer", "day"]).sum().groupby(level=0).cumsum().reset_index()
    )
    breach = run[
        (run.late > 500.0) & (run.late > 0.01 * run.balance) & (run.day <= pd.Timestamp(UNTIL))
    ]
    events = t["events"][t["events"].kind.isin(EVENTS)]
    both = [
        breach.groupby("customer").day.min(),
        events.groupby("customer_id").occurred_on.min(),
    ]
    return pd.concat(both).groupby(level=0).min()


def _step(customer: pd.Series, day: pd.Series, **amounts: pd.Series) -> pd.DataFrame:
    zero = {"balance": 0.0, "late": 0.0}
    frame = pd.DataFrame({"customer": customer.to_numpy(), "day": pd.to_datetime(day).to_numpy()})
    return frame.assign(**{**zero, **{name: v.to_numpy() for name, v in amounts.items()}})


def test_the_ledgers_default_is_the_chains() -> None:
    """Of the days with a truth, how many labels differ between the ledger and the chain that the truth is about."""
    found = world()
    source = WorldSource(kind="world", customers=700, years=6, seed=4, downturn="severe")
    hidden = draw_hidden(source, UNTIL, Levels())
    truth = found.truth.to_pandas(date_as_object=False)
    truth = truth[truth.as_of <= pd.Timestamp("2025-01-01")]
    ends = truth.as_of + pd.DateOffset(months=12)
    first = truth.customer_id.map(first_default(found))
    by_ledger = (first >= truth.as_of) & (first < ends)
    month = np.searchsorted(hidden.months.starts, (truth.as_of - EPOCH).dt.days) - 1
    defaulted = hidden.lives.defaulted[truth.customer_id.str[1:].astype(int).to_numpy() - 1]
    by_chain = (defaulted > month) & (defaulted <= month + 12)
    assert by_chain.sum() > 800
    assert (by_ledger != by_chain).sum() / by_chain.sum() < 0.06
    assert abs(by_ledger.sum() / by_chain.sum() - 1.0) < 0.04
    # no default that the chain does not know: nobody in business is in default by the ledger
    assert not (first < truth.as_of - pd.Timedelta(days=35)).any()
