"""Whether a model is behind another on the same rows, beyond chance: in rank order, and in log loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from contracts.arrays import Bools, Floats
from models.base.losses import clustered_standard_error, pd_losses
from models.measures.intervals import Ids, auc_gained


@dataclass(frozen=True, slots=True)
class Paired:
    """A mean of paired differences, above 0 where the model is ahead; the error is None where customers are too few."""

    gain: float
    standard_error: float | None

    @property
    def p_behind(self) -> float:
        """One-sided p-value of "the model is not behind"; 1 where nothing can be said.

        >>> round(Paired(-1.96, 1.0).p_behind, 3), Paired(0.0, 1.0).p_behind, Paired(-1.0, None).p_behind
        (0.025, 0.5, 1.0)
        """
        if self.standard_error is None:
            return 1.0
        if self.standard_error == 0.0:
            return 0.0 if self.gain < 0.0 else 1.0
        return float(norm.cdf(self.gain / self.standard_error))


@dataclass(frozen=True, slots=True)
class Rivalry:
    """The model against one rival on the test part.

    Attributes:
        rival: its name.
        gini: Gini of the model less the rival's.
        log_loss: mean log loss of the rival less the model's.
    """

    rival: str
    gini: Paired
    log_loss: Paired

    @property
    def p_behind(self) -> float:
        """The smaller of both p-values, times two (Bonferroni)."""
        return min(1.0, 2.0 * min(self.gini.p_behind, self.log_loss.p_behind))


def rivalry(rival: str, pds: tuple[Floats, Floats], defaulted: Bools, customer_id: Ids) -> Rivalry:
    """Compares the model with a rival on the same rows.

    Args:
        rival: its name.
        pds: of the model and of the rival, shape (n,) each.
        defaulted: outcomes, both classes present.
        customer_id: the cluster of each row.
    """
    mine, theirs = pds
    area = auc_gained(mine, theirs, defaulted, customer_id)
    error = None if area.standard_error is None else 2.0 * area.standard_error
    losses = pd_losses(theirs, defaulted) - pd_losses(mine, defaulted)
    spread = clustered_standard_error(losses, customer_id) if error is not None else None
    return Rivalry(rival, Paired(2.0 * area.value, error), Paired(float(np.mean(losses)), spread))
