"""Two models on the same rows: how far their order and their level agree, without any outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import spearmanr

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.scale import grade
from models.base.losses import log_odds
from models.measures.intervals import Ids

MIN_CUSTOMERS = 30
"""A grade with fewer customers says nothing of a level."""


@dataclass(frozen=True, slots=True)
class AgreedGrade:
    """A grade: its customers, the mean PD by either model, and the log of their ratio (above 0: the new one is higher)."""

    grade: int
    customers: int
    twin_pd: float
    own_pd: float

    @property
    def off(self) -> float:
        """ln(mean PD by the new model / mean PD by its twin).

        >>> round(AgreedGrade(3, 40, 0.02, 0.04).off, 4)   # ln 2
        0.6931
        """
        return float(np.log(self.own_pd / self.twin_pd))


@dataclass(frozen=True, slots=True)
class Agreement:
    """A model beside its twin.

    Attributes:
        rows: compared.
        rank: Spearman's correlation of the PDs; None where one of the two is constant.
        twin_pd: mean PD by the twin.
        own_pd: mean PD by the model.
        grades: those with enough customers, best first.
    """

    rows: int
    rank: float | None
    twin_pd: float
    own_pd: float
    grades: tuple[AgreedGrade, ...]

    @property
    def furthest(self) -> AgreedGrade | None:
        """The grade whose level differs most; None where none has enough customers."""
        return max(self.grades, key=lambda one: abs(one.off), default=None)


def agreement(own: Floats, twin: Floats, customer_id: Ids, scale: ScaleConfig) -> Agreement:
    """Compares the PDs of two models, row by row and by grade.

    A row's grade is that of the mean of its two log-odds: were it that of the twin's PD alone, the best grade would hold those whom
    the twin rates too well by chance, and any other model would seem too high there, and too low in the worst grade.

    Args:
        own: PDs of the model.
        twin: PDs of its twin, same rows.
        customer_id: of each row.
        scale: PD to grade.

    Source: Bland and Altman, Measuring agreement in method comparison studies, Stat. Methods Med. Res. 8 (1999).
    """
    middle = np.asarray(expit((log_odds(own) + log_odds(twin)) / 2.0))
    grades = grade(middle, scale)
    found = []
    for number in np.unique(grades):
        rows = grades == number
        customers = len(set(customer_id[rows]))
        if customers >= MIN_CUSTOMERS:
            means = float(twin[rows].mean()), float(own[rows].mean())
            found.append(AgreedGrade(int(number), customers, *means))
    varies = len(own) > 1 and np.ptp(own) > 0 and np.ptp(twin) > 0
    rank = float(spearmanr(own, twin).statistic) if varies else None
    return Agreement(len(own), rank, float(twin.mean()), float(own.mean()), tuple(found))
