"""Financial statements as they could be read on each day of decision."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import FINANCIALS
from contracts.tables.spec import Kind
from features.context import Context, days_of
from features.ledger.money import RATE_UNITS
from features.time.asof import ASKED, DAY, attach

LINES = tuple(column.name for column in FINANCIALS.columns if column.kind is Kind.MONEY)
FLOWS = (
    "revenue",
    "cogs",
    "gross_profit",
    "ebitda",
    "ebit",
    "depreciation",
    "interest_expense",
    "net_income",
    "operating_cash_flow",
)
"""Lines that grow with the length of the period: put on a year's footing by 12 / months."""
PRIOR = "prior_"
_EXACT = "decimal(20, 6)"
_PARTS = 1_000_000.0
_WIDEST = 1_000.0


def statements(context: Context) -> ir.Table:
    """The latest statement known, the one before it (`prior_` columns), and the history of profit.

    Returns:
        customer_id, asked; every line in the statement's own currency as float64 and `prior_` line;
        period (day number), n_statements, n_losses, return_spread (standard deviation of net income /
        total assets over all periods known, missing below three), to_reporting (rate to reporting currency).
    """
    versions = _known_states(days_of(context.tables["financials"], "published_on"))
    known = context.last(versions).drop(DAY)
    rated = attach(known, context.rates, ["currency", ASKED])
    rate = rated.units.cast("float64") / RATE_UNITS
    return rated.mutate(to_reporting=rate).drop("currency", "units")


def _known_states(facts: ir.Table) -> ir.Table:
    """One row per customer and publication day: all that could be read from that day on.

    Joins a customer's few statements with each other, never with days of decision. Of each period the
    version published last counts, so a restatement replaces from its publication on.
    """
    days = facts.select("customer_id", "day").distinct()
    renamed = facts.rename(published=DAY)
    pairs = days.inner_join(
        renamed, [days.customer_id == renamed.customer_id, renamed.published <= days.day]
    )
    newest = ibis.window(
        group_by=["customer_id", DAY, "period_end"], order_by=ibis.desc("published")
    )
    versions = pairs.mutate(version=ibis.row_number().over(newest))
    current = versions.filter(versions.version == 0)
    periods = ibis.window(group_by=["customer_id", DAY], order_by=ibis.desc("period_end"))
    ranked = current.mutate(rank=ibis.row_number().over(periods))
    first = _yearly(ranked.filter(ranked["rank"] == 0))
    second = _yearly(ranked.filter(ranked["rank"] == 1))
    second = second.select(
        "customer_id", DAY, **{f"{PRIOR}{name}": second[name] for name in (*LINES, "period")}
    )
    states = attach(first, second, ["customer_id", DAY])
    return attach(states, _history(ranked), ["customer_id", DAY])


def _yearly(versions: ir.Table) -> ir.Table:
    factor = 12 / versions.months.cast("float64").nullif(0)
    lines = {
        name: versions[name].cast("float64") * factor
        if name in FLOWS
        else versions[name].cast("float64")
        for name in LINES
    }
    return versions.select(
        "customer_id", DAY, "currency", period=versions.period_end.epoch_days(), **lines
    )


def _history(ranked: ir.Table) -> ir.Table:
    """n_statements, n_losses, return_spread; sums of decimals, so that the order of rows cannot show."""
    income = ranked.net_income.cast("float64")
    assets = ranked.total_assets.cast("float64")
    share = (assets > 0).ifelse(income / assets.nullif(0), ibis.null("float64"))
    held = ibis.greatest(ibis.least(share, _WIDEST), -_WIDEST)
    # rounded here, because engines round a float differently where they make it a decimal
    rounded = (held * _PARTS + 0.5).floor() / _PARTS
    exact = ranked.mutate(
        x=share.isnull().ifelse(ibis.null("float64"), rounded).cast(_EXACT),
        is_loss=ibis.coalesce((ranked.net_income < 0).cast("int64"), 0),
    )
    sums = exact.group_by(["customer_id", DAY]).agg(
        n_statements=exact.count().cast("int64"),
        n_losses=exact.is_loss.sum().cast("int64"),
        n=exact.x.count().cast("float64"),
        total=exact.x.sum().cast("float64"),
        squares=(exact.x * exact.x).sum().cast("float64"),
    )
    variance = (sums.squares - sums.total * sums.total / sums.n.nullif(0)) / (sums.n - 1).nullif(0)
    spread = (sums.n >= 3).ifelse(ibis.greatest(variance, 0.0).sqrt(), ibis.null("float64"))
    return sums.mutate(return_spread=spread).drop("n", "total", "squares")
