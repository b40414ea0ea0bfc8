"""Expected loss: PD x LGD x EAD."""

from __future__ import annotations

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


def cents(amount: float | Decimal) -> Decimal:
    """An amount to the cent, half to even.

    >>> cents(0.125), cents(Decimal("7"))
    (Decimal('0.12'), Decimal('7.00'))
    """
    exact = amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))
    return exact.quantize(CENT, ROUND_HALF_EVEN)
