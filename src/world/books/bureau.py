"""What an outside bureau sells: `attributes`, quarterly, for most customers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from contracts.tables.raw import ATTRIBUTES
from world.hidden import arrow
from world.hidden.health import NEVER
from world.hidden.hidden import Hidden
from world.hidden.phases import ARREARS_1, STOP_3

COVERED = 0.75  # of the customers
EVERY = 3  # months
INQUIRIES = 1.2  # credit inquiries by other suppliers in a normal year


def attributes_table(hidden: Hidden) -> pa.Table:
    """The raw table `attributes`.

    employees: head count, rounded as bureaus do. payment_index: 0 (worst) to 100, how it pays all its suppliers, two
    months old when sold. inquiries_12m: credit inquiries by others in a year; more of them when suppliers get nervous.
    """
    rng = hidden.streams.of("bureau")
    people, months, lives = hidden.population, hidden.months, hidden.lives
    month = np.arange(months.n_lived)
    covered = rng.random(people.n) < COVERED
    turn = rng.integers(0, EVERY, people.n)
    seen = (month[None, :] + turn[:, None]) % EVERY == 0
    seen &= (month >= np.maximum(lives.onboarded[:, None] + 1, months.first)) & covered[:, None]
    seen &= month < np.minimum(lives.defaulted, NEVER)[:, None]
    rows, at = np.nonzero(seen)
    day = months.starts[at] + rng.integers(0, 28, len(rows))
    kept = day <= months.until
    rows, at, day = rows[kept], at[kept], day[kept]
    health, phase = lives.health[rows, at - 2], lives.phase[rows, at - 2]
    trouble = (phase >= ARREARS_1) & (phase <= STOP_3)
    index = 68.0 + 12.0 * health - 0.6 * people.habit[rows] - 14.0 * trouble
    index += 5.0 * rng.standard_normal(len(rows))
    heads = people.revenue[rows] / 210_000.0 * np.exp(0.25 * rng.standard_normal(people.n))[rows]
    calls = rng.poisson(INQUIRIES * np.exp(-0.35 * health + 0.7 * trouble))
    return arrow.table(
        ATTRIBUTES,
        {
            "customer_id": hidden.customer_ids(rows),
            "known_on": arrow.days(day),
            "employees": np.maximum(np.rint(heads), 1.0),
            "payment_index": np.clip(np.rint(index), 0.0, 100.0),
            "inquiries_12m": calls.astype(np.float64),
        },
    )
