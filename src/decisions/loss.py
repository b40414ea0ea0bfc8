"""Expected loss: PD x LGD x EAD."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import ArrayLike

from contracts.arrays import Floats

CENT = Decimal("0.01")


def expected_loss(pd: ArrayLike, lgd: float, uninsured_ead: ArrayLike) -> Floats:
    """EL = PD x LGD x uninsured EAD, over the horizon of the PD.

    Source: Basel framework, CRE31; the LGD is applied to the part that no insurer pays.

    >>> expected_loss(0.02, 0.5, 100_000.0).tolist()
    1000.0
    """
    return np.asarray(np.asarray(pd, dtype=np.float64) * lgd * np.asarray(uninsured_ead))


def loss_in_cents(chance: float, lgd: float, ead: Decimal, cover: tuple[float, float]) -> Decimal:
    """The same of one customer, to the cent: every number as it is written, so that half a cent is half a cent.

    Args:
        chance: PD.
        lgd: loss given default.
        ead: exposure at default, to the cent.
        cover: insured limit, and the share of an insured loss that is paid out.

    >>> loss_in_cents(0.3, 0.45, Decimal("1001.00"), (0.0, 0.0))   # 0.135 x 1001 = 135.135, half to even; floats: 135.13
    Decimal('135.14')
    >>> loss_in_cents(0.02, 0.5, Decimal("100000.00"), (60_000.0, 0.9))   # 0.01 x (100,000 - 54,000)
    Decimal('460.00')
    """
    rate, loss, limit, share = (Decimal(repr(float(one))) for one in (chance, lgd, *cover))
    return cents(rate * loss * (ead - share * min(ead, limit)))


def losses_in_cents(
    pd: Floats, lgd: float, ead: Sequence[Decimal], insured: tuple[Floats, Floats]
) -> list[Decimal]:
    """Expected losses to the cent, customer by customer; `insured`: limits and shares, both per customer."""
    rows = zip(pd.tolist(), ead, *(one.tolist() for one in insured), strict=True)
    return [loss_in_cents(chance, lgd, most, (cover, of)) for chance, most, cover, of in rows]


def cents(amount: float | Decimal) -> Decimal:
    """An amount to the cent, half to even.

    >>> cents(0.125), cents(Decimal("7"))
    (Decimal('0.12'), Decimal('7.00'))
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    return exact.quantize(CENT, ROUND_HALF_EVEN)
