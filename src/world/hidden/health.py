"""Lives: each customer's hidden health and phase, month by month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.arrays import Bools, Floats, Ints
from world.hidden.draws import Streams
from world.hidden.economy import autoregression
from world.hidden.levels import HealthLevels, Levels
from world.hidden.months import Months
from world.hidden.phases import (
    ARREARS_1,
    ARREARS_3,
    DEFAULT,
    GOOD,
    LEFT,
    STOP_1,
    STOP_3,
    hazard,
    moves,
)
from world.hidden.population import NO_GROUP, Population

CAUSES = ("distress", "sudden", "contagion")
DISTRESS, SUDDEN, CONTAGION = range(3)
NEVER = 10**6


@dataclass(frozen=True, slots=True)
class Lives:
    """Hidden paths.

    Attributes:
        own: changing part of own health, standard deviations, shape (n, months lived).
        health: fixed and changing part, weighted: what the hazard depends on; higher is better.
        phase: phase in force in the month, shape (n, months lived).
        infected: whether the arrears or stop of the month began by contagion, same shape.
        pushes: defaults of other group members in the month before, shape (n, months lived + 1).
        onboarded: position of the month each customer arrived in, shape (n,); 0 where before the world.
        defaulted: position of the month it defaulted in, or NEVER.
        breaches: whether that default is 90 days past due (and not an insolvency before it).
        sudden: whether that default is an insolvency without a warning.
    """

    own: Floats
    health: Floats
    phase: NDArray[np.int8]
    infected: Bools
    pushes: Ints
    onboarded: Ints
    defaulted: Ints
    breaches: Bools
    sudden: Bools


def live(
    streams: Streams, population: Population, common: Floats, months: Months, levels: Levels
) -> Lives:
    """Runs the chain through the burn-in and the window, all customers at once.

    During the burn-in and before its first day with us, a customer that would default starts over: we only meet survivors.
    """
    chain = levels.health
    n, n_lived = population.n, months.n_lived
    own = autoregression(streams.of("health"), n, n_lived, chain.persistence)
    health = chain.weight_fixed * population.health[:, None] + chain.weight_own * own
    hazards = hazard(health, common[population.industry, :n_lived], chain)
    onboarded = np.where(
        population.onboarded < months.starts[0], 0, months.position(population.onboarded)
    )
    phase = np.full((n, n_lived), GOOD, dtype=np.int8)
    infected = np.zeros((n, n_lived), dtype=bool)
    pushes = np.zeros((n, n_lived + 1), dtype=np.int64)
    draws = streams.of("phases").random((n_lived, n))
    for month in range(1, n_lived):
        chance = _chances(phase[:, month - 1], hazards[:, month], pushes[:, month], chain)
        phase[:, month] = (np.cumsum(chance, axis=1) < draws[month][:, None]).sum(axis=1)
        unmet = (onboarded >= month) | (month < months.first)
        phase[unmet & np.isin(phase[:, month], (DEFAULT, LEFT)), month] = GOOD
        phase[(onboarded == month) & (phase[:, month] >= STOP_1), month] = GOOD
        infected[:, month] = _infected(phase, infected, hazards, pushes, month, chain)
        pushes[:, month + 1] = _pushes(phase[:, month], phase[:, month - 1], population)
    return _lives(own, health, phase, infected, pushes, onboarded)


def _chances(
    before: NDArray[np.int8], hazards: Floats, pushes: Ints, chain: HealthLevels
) -> Floats:
    chance = moves(chain)[before]
    entry = 1.0 - (1.0 - hazards) * (1.0 - chain.contagion) ** pushes
    entry = np.where(before == GOOD, entry * (1.0 - chain.sudden - chain.leave), 0.0)
    chance[:, ARREARS_1] += entry
    chance[:, GOOD] -= entry
    return chance


def _pushes(now: NDArray[np.int8], before: NDArray[np.int8], population: Population) -> Ints:
    """Defaults in the month just past among the other members of each customer's group."""
    fresh = (now == DEFAULT) & (before != DEFAULT)
    grouped = population.group != NO_GROUP
    if not grouped.any():
        return np.zeros(len(now), dtype=np.int64)
    counts = np.bincount(population.group[grouped], weights=fresh[grouped])
    return np.where(grouped, counts[population.group] - fresh, 0).astype(np.int64)


def _infected(
    phase: NDArray[np.int8],
    infected: Bools,
    hazards: Floats,
    pushes: Ints,
    month: int,
    chain: HealthLevels,
) -> Bools:
    """Arrears that begin in a month with a push are put down to it where the push is the likelier cause."""
    in_trouble = (phase[:, month] >= ARREARS_1) & (phase[:, month] <= STOP_3)
    begins = in_trouble & (phase[:, month - 1] == GOOD)
    pushed = (pushes[:, month] > 0) & (chain.contagion > hazards[:, month])
    return np.asarray((begins & pushed) | (in_trouble & ~begins & infected[:, month - 1]))


def _lives(
    own: Floats,
    health: Floats,
    phase: NDArray[np.int8],
    infected: Bools,
    pushes: Ints,
    onboarded: Ints,
) -> Lives:
    in_default = phase == DEFAULT
    defaulted = np.where(in_default.any(axis=1), in_default.argmax(axis=1), NEVER)
    last = phase[np.arange(len(phase)), np.clip(defaulted - 1, 0, phase.shape[1] - 1)]
    known = defaulted != NEVER
    return Lives(
        own=own,
        health=health,
        phase=phase,
        infected=infected,
        pushes=pushes,
        onboarded=onboarded,
        defaulted=defaulted,
        breaches=known & (last == STOP_3),
        sudden=known & ((last <= ARREARS_3) | (last == LEFT)),
    )
