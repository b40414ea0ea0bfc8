"""What a run of the world is given, and what it draws before anything becomes visible."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.config.portfolio import Severity
from world.draws import Floats
from world.health import Lives
from world.levels import Levels
from world.months import Months
from world.population import Population


@dataclass(frozen=True, slots=True)
class Hidden:
    """The hidden world: who the customers are and how they fare.

    Attributes:
        seed: of every stream.
        severity: of the downturn.
        months: the clock.
        levels: all numbers of the process.
        population: traits by customer.
        common: log-odds by industry and month.
        lives: hidden paths by customer and month.
    """

    seed: int
    severity: Severity
    months: Months
    levels: Levels
    population: Population
    common: Floats
    lives: Lives
