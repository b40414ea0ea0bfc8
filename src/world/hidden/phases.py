"""The hidden chain: phases of a customer and the chance to pass from one to another within a month."""

from __future__ import annotations

import numpy as np

from contracts.arrays import Floats
from world.hidden.levels import HealthLevels

GOOD, ARREARS_1, ARREARS_2, ARREARS_3, STOP_1, STOP_2, STOP_3, LEFT, DEFAULT = range(9)
N_PHASES = 9
STOPPED = (STOP_1, STOP_2, STOP_3)


def moves(levels: HealthLevels) -> Floats:
    """Chances to move within a month, shape (from, to), for a customer whose hazard of arrears is zero.

    Arrears deepen, hold or end. From the third step payments stop; the oldest invoice that is not paid any more
    falls due in the first stopped month, so it is more than 90 days past due in the third month after it: hence
    STOP_3 always ends in default. A rescue pays everything before that; an insolvency may come sooner.

    >>> bool(np.allclose(moves(HealthLevels()).sum(axis=1), 1.0))
    True
    """
    chance = np.zeros((N_PHASES, N_PHASES))
    chance[GOOD, LEFT] = levels.leave
    for phase in (GOOD, ARREARS_1, ARREARS_2, ARREARS_3, LEFT):
        chance[phase, DEFAULT] = levels.sudden
    for phase in (ARREARS_1, ARREARS_2, ARREARS_3):
        chance[phase, phase + 1] = levels.deepen
        chance[phase, GOOD] = levels.recover
    for phase, rescue, insolvency in zip(STOPPED, levels.rescue, levels.insolvency, strict=True):
        chance[phase, GOOD] = rescue
        chance[phase, DEFAULT] = insolvency
        chance[phase, phase + 1 if phase != STOP_3 else DEFAULT] += 1.0 - rescue - insolvency
    chance[DEFAULT, DEFAULT] = 1.0
    stay = 1.0 - chance.sum(axis=1)
    chance[np.arange(N_PHASES), np.arange(N_PHASES)] += stay
    return chance


def hazard(health: Floats, common: Floats, levels: HealthLevels) -> Floats:
    """Chance that a customer in good standing falls into arrears within a month.

    sigmoid(base - slope * health + common): health is the customer's own (higher is better), common the log-odds its
    industry and the economy add.
    """
    log_odds = levels.hazard_base - levels.hazard_slope * health + common
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
