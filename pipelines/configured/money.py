"""Amounts of the configs, which are in the reporting currency: those that were set for another one."""

from __future__ import annotations

from contracts.config.decisions import RateConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ConfigError
from pipelines import paths

LIKE_A_EURO = frozenset({"EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD"})
"""Currencies in whose units 500 is about what the definition of default means by it, which states it in euros."""
AMOUNTS = ("starter_limit", "allowed_loss", "overdue_amount")
"""Of `rate`, in reporting currency."""


def refuse_unstated(portfolio: PortfolioConfig, where: str) -> None:
    """Raises ConfigError where the materiality of a default is left at 500 euros, and the portfolio reports in a much smaller or larger unit.

    Args:
        portfolio: its default and reporting currency.
        where: its file.
    """
    default, currency = portfolio.default, portfolio.reporting_currency
    counts = default.preset in {"irb_90dpd", "days_beyond_terms"}
    if counts and currency not in LIKE_A_EURO and "materiality" not in default.model_fields_set:
        raise ConfigError(
            f"What a customer owes late counts as default above an amount of {currency}, and none is stated: the 500 that would hold are meant in euros.",
            where=f"{where} > default > materiality",
            next_step=f"State it in {currency}: what 500 euros are, 100 for households, or 0 where any amount counts.",
        )


def told_as_set(rate: RateConfig, currency: str) -> str:
    """A note where amounts of `rate` are those set for a book in euros; empty otherwise.

    >>> told_as_set(RateConfig(allowed_loss=1e6), "JPY")
    'note: starter_limit 2,000 and overdue_amount 500 (configs/params.yaml > rate) are read in JPY and are as set for euros'
    >>> told_as_set(RateConfig(), "USD")
    ''
    """
    unset = RateConfig()
    same = [f"{name} {getattr(rate, name):,.0f}" for name in AMOUNTS if getattr(rate, name) == getattr(unset, name)]  # fmt: skip
    if currency in LIKE_A_EURO or not same:
        return ""
    names = " and ".join(filter(None, (", ".join(same[:-1]), same[-1])))
    verb = "are read in {} and are" if len(same) > 1 else "is read in {} and is"
    return f"note: {names} ({paths.PARAMS} > rate) {verb.format(currency)} as set for euros"
