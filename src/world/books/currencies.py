"""Exchange rates: daily random walks around their usual level."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from contracts.arrays import Floats, Ints
from contracts.errors import ConfigError
from contracts.tables.raw import FX_RATES
from world.hidden import arrow
from world.hidden.draws import generator
from world.hidden.levels import Levels
from world.hidden.months import Months
from world.hidden.population import Population, currencies, currency_codes

EUR_PER_UNIT = {"EUR": 1.0, "GBP": 1.16, "USD": 0.92, "PLN": 0.23, "CHF": 1.03, "CNY": 0.128}
EUR_PER_UNIT |= {"SEK": 0.088, "DKK": 0.134, "NOK": 0.086, "CZK": 0.040, "JPY": 0.0062}
DAILY_SPREAD = 0.0042  # standard deviation of a day's log change, as EUR/USD's since 1999
PULL = 0.0008  # share of the distance to the usual level that is made up in a day
FIRST_STATEMENT_YEARS = 3  # statements from before the window need a rate as well


@dataclass(frozen=True, slots=True)
class Rates:
    """Exchange rates, the same for all customers.

    Attributes:
        codes: currencies, sorted; the reporting currency is one of them.
        days: every day that has a rate, ascending.
        daily: EUR for one unit, shape (currencies, days).
        per_month: the same on the first day of each lived month, shape (currencies, months).
        reporting: position in `codes` of the reporting currency.
    """

    codes: tuple[str, ...]
    days: Ints
    daily: Floats
    per_month: Floats
    reporting: int


@dataclass(frozen=True, slots=True)
class Exchange(Rates):
    """The rates, and who is billed in which currency.

    Attributes:
        billed: position in `codes` of each customer's billing currency.
    """

    billed: Ints

    def on(self, currency: Ints, days: Ints) -> Floats:
        """EUR for one unit of each currency on each day (the nearest day that has a rate)."""
        return np.asarray(self.daily[currency, np.clip(days - self.days[0], 0, len(self.days) - 1)])


def make_rates(seed: int, months: Months, reporting: str, levels: Levels) -> Rates:
    """Draws the rates. Each currency has its own stream.

    Raises:
        ConfigError: the reporting currency is not one the world knows a level for.
    """
    if reporting not in EUR_PER_UNIT:
        raise ConfigError.from_unknown(
            "currency of the world", reporting, EUR_PER_UNIT, where="reporting_currency"
        )
    codes = tuple(sorted({*currency_codes(levels), reporting}))
    opens = int(months.starts[0] - 365 * (FIRST_STATEMENT_YEARS - 2))
    days = np.arange(opens, months.until + 1, dtype=np.int64)
    daily = np.stack([_path(seed, code, len(days)) for code in codes])
    first_days = np.clip(months.starts[: months.n_lived] - opens, 0, len(days) - 1)
    return Rates(codes, days, daily, daily[:, first_days], codes.index(reporting))


def make_exchange(rates: Rates, population: Population, levels: Levels) -> Exchange:
    """The rates as these customers need them."""
    own = np.searchsorted(rates.codes, currency_codes(levels))
    billed = own[currencies(population, levels)].astype(np.int64)
    shared = {field.name: getattr(rates, field.name) for field in fields(Rates)}
    return Exchange(**shared, billed=billed)


def _path(seed: int, code: str, n: int) -> Floats:
    level = EUR_PER_UNIT[code]
    if code == "EUR":
        return np.ones(n)
    shocks = DAILY_SPREAD * generator(seed, f"exchange {code}").standard_normal(n)
    log = np.zeros(n)
    for day in range(1, n):
        log[day] = (1.0 - PULL) * log[day - 1] + shocks[day]
    return np.asarray(level * np.exp(log))


def fx_rates_table(exchange: Rates) -> pa.Table:
    """The raw table `fx_rates`: every currency on every day, the reporting currency at 1."""
    n_days = len(exchange.days)
    rate = exchange.daily / exchange.daily[exchange.reporting]
    codes = np.repeat(np.arange(len(exchange.codes)), n_days)
    return arrow.table(
        FX_RATES,
        {
            "currency": arrow.words(list(exchange.codes), codes),
            "rate_on": arrow.days(np.tile(exchange.days, len(exchange.codes))),
            "rate": arrow.rates(rate.ravel()),
        },
    )
