"""What search and averaging earned at the rolling origins."""

from __future__ import annotations

from datetime import date

from contracts.documents.base import Document, Part
from contracts.documents.number import Number


class Gain(Part):
    """Two ways to answer the same rows, each with the level and the slope that fit them best: what one earned over the other.

    Attributes:
        plain: flavour of the single booster that is to be beaten.
        loss_plain: its mean log loss.
        loss: of what was to earn.
        earned: the former less the latter: above 0 it paid.
        error: standard error of `earned`, paired and clustered by customer.
        auc_earned: ROC AUC of what was to earn less that of the plain one; None for several years together, whose levels differ.
        auc_error: its standard error, likewise.
    """

    plain: str
    loss_plain: float
    loss: float
    earned: float
    error: float
    auc_earned: Number = None
    auc_error: Number = None


class EarnedYear(Part):
    """The year that followed an origin, or all of them together.

    Attributes:
        origin: the day of the fit; of several, the first.
        until: the day after the last day of decision.
        judged: observations.
        averaging: the average of the boosters over the first of them alone; None where there is one only.
        search: the first booster with searched settings over one with settings that nobody searched; None where none was searched.
    """

    origin: date
    until: date
    judged: int
    averaging: Gain | None
    search: Gain | None


class Earned(Document):
    """The file.

    Attributes:
        years: one an origin at which something could be compared, oldest first.
        together: all of these; None where there are fewer than two.
    """

    years: tuple[EarnedYear, ...]
    together: EarnedYear | None
