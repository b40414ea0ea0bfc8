"""The recommended credit limit: the least of what a customer needs, can carry, and may cost us."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from contracts.arrays import Floats, Ints
from decisions.exposure import exposure_for

BOUNDS = ("need", "capacity", "appetite", "grade", "margin", "in_force")
"""What sets a limit. The last three are not amounts: the grade has no open credit, the margin pays for no terms, or nothing is to be
done, so that the limit in force stays."""
MIN_STEP = 100.0
DAYS_A_MONTH = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Recommended limits and what set them.

    Attributes:
        amount: the limit, a tidy number, reporting currency; missing where nothing supports one.
        bound: position in `BOUNDS` of what sets it: of the smallest of the three; the earlier one where they tie. -1 without a limit.
    """

    amount: Floats
    bound: Ints


def need(monthly_billing: ArrayLike, terms_days: ArrayLike, days_late: ArrayLike) -> Floats:
    """What the business with the customer takes: monthly billing x (terms + expected days late) / 30.

    >>> need(20_000.0, 30.0, 15.0).tolist()
    30000.0
    """
    days = np.asarray(terms_days, dtype=np.float64) + np.asarray(days_late)
    return np.asarray(np.asarray(monthly_billing, dtype=np.float64) * days / DAYS_A_MONTH)


def capacity(
    equity: ArrayLike, turnover: ArrayLike, best_paid_month: ArrayLike, shares: Floats
) -> Floats:
    """What the customer can carry: a share of its equity, or else of its turnover, or else months it has paid for.

    Equity that a statement shows decides, and negative equity carries nothing, whatever was paid before. A turnover of 0 or
    below says nothing: it is most often a line that was left empty.

    Args:
        equity: of the latest statement; missing where it neither says so nor lets it follow.
        turnover: of a year; missing without one.
        best_paid_month: the most that was paid of one month's invoices; missing without a ledger.
        shares: (3, n) the customers' shares of equity, of turnover, and multiples of the best month.

    Returns:
        Missing where nothing at all is known.

    >>> shares = np.array([[0.10] * 4, [0.03] * 4, [2.0] * 4])
    >>> capacity([500.0, -1.0, np.nan, np.nan], [9.0, 9.0, 900.0, 0.0], [20.0] * 4, shares).tolist()
    [50.0, 0.0, 27.0, 40.0]
    """
    own, sold = np.asarray(equity, dtype=np.float64), np.asarray(turnover, dtype=np.float64)
    paid = np.asarray(best_paid_month, dtype=np.float64) * shares[2]
    by_turnover = np.where(sold > 0, sold * shares[1], paid)
    return np.asarray(np.where(np.isnan(own), by_turnover, np.maximum(own, 0.0) * shares[0]))


def appetite(
    pd: ArrayLike,
    lgd: float,
    allowed_loss: float,
    insured_limit: ArrayLike,
    insured_share: ArrayLike,
) -> Floats:
    """What we are willing to lose: the EAD at which EL = PD x LGD x uninsured EAD reaches the allowed loss.

    >>> appetite(0.02, 0.5, 1_000.0, 0.0, 0.0).tolist()
    100000.0
    """
    own = allowed_loss / (np.asarray(pd, dtype=np.float64) * lgd)
    return exposure_for(own, insured_limit, insured_share)


def tidy_down(amount: ArrayLike) -> Floats:
    """Two significant digits, rounded down, in steps of at least 100: a number people can agree on.

    >>> tidy_down([47_863.0, 1_299_000.0, 4_280.0, 99.0]).tolist()
    [47000.0, 1200000.0, 4200.0, 0.0]
    """
    value = np.maximum(np.asarray(amount, dtype=np.float64), 0.0)
    step = _step(value)
    # the relative 1e-12 keeps a sum that is 46999.999999999 only by its binary form at 47,000
    return np.asarray(np.floor(value / step * (1.0 + 1e-12)) * step)


def tidy_up(amount: ArrayLike) -> Floats:
    """The same, rounded up.

    >>> tidy_up([47_863.0, 4_200.0, 0.0]).tolist()
    [48000.0, 4200.0, 0.0]
    """
    value = np.maximum(np.asarray(amount, dtype=np.float64), 0.0)
    step = _step(value)
    return np.asarray(np.ceil(value / step * (1.0 - 1e-12)) * step)


def _step(value: Floats) -> Floats:
    digits = np.floor(np.log10(np.maximum(value, 1.0)))
    return np.asarray(np.maximum(10.0 ** (digits - 1.0), MIN_STEP))


def smallest(needed: Floats, carried: Floats, allowed: Floats) -> Limits:
    """The least of the three, tidied down; one that is not known (missing) does not bind.

    Appetite says what a loss may cost, not what a customer buys or can pay: where neither of these is known it makes no
    limit by itself.

    >>> unknown = np.nan
    >>> limits = smallest(np.array([9_050.0, unknown, unknown]), np.array([7_777.0, 6e4, unknown]), np.array([8e4, 5e4, 5e4]))
    >>> limits.amount.tolist(), limits.bound.tolist()
    ([7700.0, 50000.0, nan], [1, 2, -1])
    """
    three = np.stack([needed, carried, allowed])
    known = np.where(np.isnan(three), np.inf, three)
    supported = ~(np.isnan(needed) & np.isnan(carried))
    bound = np.where(supported, np.argmin(known, axis=0), -1)
    amount = np.where(supported, tidy_down(known.min(axis=0)), np.nan)
    return Limits(amount, np.asarray(bound, dtype=np.int64))
