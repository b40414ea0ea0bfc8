"""What to tell of a cohort without an outcome, or without a default: by which definition, what lies just outside, what can be had."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from contracts.calendar import EPOCH
from contracts.config.default import DefaultConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError

WAY = "docs/few-defaults.md"


def not_matured(frame: pd.DataFrame, portfolio: PortfolioConfig, where: str) -> ContractError:
    """The error of a cohort of which no horizon has ended, with the horizon that would.

    Args:
        frame: the cohort.
        portfolio: horizon and last complete day.
        where: its file.
    """
    first = frame["as_of"].min()
    ripe = (frame["matured_on"].min() - pd.Timedelta(days=1)).date()
    until = pd.Timestamp(portfolio.complete_until) + pd.Timedelta(days=1)
    months = (until.year - first.year) * 12 + until.month - first.month - (until.day < first.day)
    shorter = f"Set horizon_months to {months}" if months >= 1 else "Give an earlier history"
    return ContractError(
        f"No observation has matured: of {portfolio.horizon_months} months from the first day of decision the last is {ripe}, "
        f"and the data are complete until {portfolio.complete_until}.",
        where=f"{where} > horizon_months, complete_until",
        value=f"{frame['as_of'].nunique()} days of decision from {first.date()}, {len(frame):,} observations",
        next_step=f"{shorter}, move cohort.first earlier, or deliver data that is complete until {ripe}. Then a run needs no default: "
        f"it makes the expert score of configs/expert.yaml ({WAY}).",
    )


def without_default(frame: pd.DataFrame, starts: pd.DataFrame, portfolio: PortfolioConfig) -> str:
    """One line on a cohort in which nobody entered default; empty where somebody did.

    Args:
        frame: the cohort.
        starts: customer_id and the day number of each entry into default there is, observed or not.
        portfolio: the definition of default.
    """
    matured = frame[frame["defaulted"].notna()]
    if matured["defaulted"].astype(bool).any():
        return ""
    first, last = matured["as_of"].min().date(), matured["matured_on"].max().date()
    day = starts["start"]
    n_before = _customers(starts, day < (first - EPOCH).days)
    n_after = _customers(starts, day >= (last - EPOCH).days)
    n_between = starts["customer_id"].nunique() - len(
        set(starts.loc[day < (first - EPOCH).days, "customer_id"])
        | set(starts.loc[day >= (last - EPOCH).days, "customer_id"])
    )
    return (
        f"not one of {len(matured):,} matured observations defaulted ({definition(portfolio.default)}). Defaults outside: {n_before} customers "
        f"before the first day of decision {first}, {n_after} after the last horizon ended on {last - timedelta(days=1)}, {n_between} in "
        f"between while not observed. The run goes on with the expert score, {WAY}"
    )


def _customers(starts: pd.DataFrame, inside: pd.Series) -> int:
    return int(starts.loc[inside, "customer_id"].nunique())


def definition(default: DefaultConfig) -> str:
    """The values that the preset uses, and no others.

    >>> definition(DefaultConfig(preset="events_only", events=("insolvency",)))
    'preset events_only: insolvency'
    >>> definition(DefaultConfig(preset="days_beyond_terms", days=60, materiality=250, events=()))
    'preset days_beyond_terms: 60 days, materiality 250'
    """
    told = {
        "irb_90dpd": f"{default.days} days, materiality {default.materiality:g} and {default.materiality_share:.2%}",
        "dollars_late": f"{default.late_share:.0%} of what fell due {default.days} days late",
        "days_beyond_terms": f"{default.days} days, materiality {default.materiality:g}",
    }
    parts = [told[default.preset]] if default.preset in told else []
    return f"preset {default.preset}: {', '.join([*parts, *default.events])}"
