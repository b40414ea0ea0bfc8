"""What all customers share, and what a block of them hides before anything becomes visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.arrays import Floats, Ints
from contracts.config.source import Severity
from world.hidden import arrow
from world.hidden.draws import Streams
from world.hidden.health import Lives
from world.hidden.levels import Levels
from world.hidden.months import Months
from world.hidden.population import Population

CUSTOMER_WIDTH = 6
BLOCK_WIDTH = 3
NUMBER_WIDTH = 7


@dataclass(frozen=True, slots=True)
class Hidden:
    """Customers and how they fare: of one block, or (see `simulate.draw_hidden`) of the whole world.

    Attributes:
        streams: of the block.
        first: customers in the blocks before.
        severity: of the downturn.
        months: the clock.
        levels: all numbers of the process.
        population: traits by customer.
        common: log-odds by industry and month.
        cycle: what of them the economy adds, by month.
        lives: hidden paths by customer and month.
    """

    streams: Streams
    first: int
    severity: Severity
    months: Months
    levels: Levels
    population: Population
    common: Floats
    cycle: Floats
    lives: Lives

    def customer_ids(self, positions: Ints) -> pa.Array:
        """The supplier's numbers of the customers at these positions."""
        return arrow.ids("C", positions + (self.first + 1), CUSTOMER_WIDTH)

    def record_ids(self, prefix: str, numbers: Ints) -> pa.Array:
        """Numbers of documents and other records: the block, then a running number in it.

        The running number follows the order of booking, so it says nothing about what comes later.
        """
        return arrow.ids(f"{prefix}{self.streams.block:0{BLOCK_WIDTH}d}", numbers, NUMBER_WIDTH)


def most_customers(size: int) -> int:
    """How many customers the identifiers have room for in blocks of `size`.

    >>> most_customers(1_000)
    999999
    """
    return int(np.minimum(10**CUSTOMER_WIDTH - 1, size * 10**BLOCK_WIDTH))
