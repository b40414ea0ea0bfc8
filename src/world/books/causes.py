"""Why each default happened: the planted answer that reason codes can be held against."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.arrays import Ints
from contracts.tables.simulated import TRUE_DEFAULTS
from world.books.orders import Cutoffs
from world.hidden import arrow
from world.hidden.health import CAUSES, CONTAGION, DISTRESS, NEVER, SUDDEN
from world.hidden.hidden import Hidden
from world.hidden.phases import ARREARS_1, STOP_3


def true_defaults_table(hidden: Hidden, cutoffs: Cutoffs) -> pa.Table:
    """The derived table `true_defaults`: one row per customer in default on the last day.

    `by_*` are the parts of the log-odds of falling into arrears, in the month the arrears began: they sum to those
    odds less `HealthLevels.hazard_base`. They are missing for a sudden insolvency, which has no cause in the customer.
    """
    lives, months, chain = hidden.lives, hidden.months, hidden.levels.health
    rows = np.flatnonzero(cutoffs.defaulted_on <= months.until)
    start = _arrears_began(hidden, rows)
    infected = lives.infected[rows, np.maximum(lives.defaulted[rows] - 1, 0)]
    driver = np.where(lives.sudden[rows], SUDDEN, np.where(infected, CONTAGION, DISTRESS))
    known = ~lives.sudden[rows]
    parts = {
        "by_lasting_health": -chain.hazard_slope
        * chain.weight_fixed
        * hidden.population.health[rows],
        "by_recent_health": -chain.hazard_slope * chain.weight_own * lives.own[rows, start],
        "by_industry": (hidden.common - hidden.cycle)[hidden.population.industry[rows], start],
        "by_economy": hidden.cycle[start],
    }
    return arrow.table(
        TRUE_DEFAULTS,
        {
            "customer_id": hidden.customer_ids(rows),
            "defaulted_on": arrow.days(cutoffs.defaulted_on[rows]),
            "driver": arrow.words(CAUSES, driver.astype(np.int64)),
            "arrears_from": arrow.where(known, arrow.days(months.starts[start])),
            **{name: arrow.where(known, pa.array(np.round(v, 6))) for name, v in parts.items()},
        },
    )


def _arrears_began(hidden: Hidden, rows: Ints) -> Ints:
    """First month of the arrears or stop that ended in each customer's default."""
    lives = hidden.lives
    phase = lives.phase[rows]
    trouble = (phase >= ARREARS_1) & (phase <= STOP_3)
    month = np.arange(phase.shape[1])
    before = month < np.minimum(lives.defaulted[rows], NEVER)[:, None]
    calm = np.where(before & ~trouble, month, -1).max(axis=1)
    return np.asarray(np.minimum(calm + 1, phase.shape[1] - 1), dtype=np.int64)
