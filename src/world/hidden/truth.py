"""The planted truth: each customer's 12-month PD given all that is hidden, by backward recursion on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from contracts.arrays import Bools, Floats, Ints
from contracts.tables.simulated import TRUTH
from world.hidden import arrow
from world.hidden.health import CAUSES, CONTAGION, DISTRESS, Lives
from world.hidden.hidden import Hidden
from world.hidden.levels import HealthLevels
from world.hidden.months import AHEAD, Months
from world.hidden.phases import ARREARS_1, DEFAULT, GOOD, LEFT, N_PHASES, STOP_3, hazard, moves
from world.hidden.population import NO_GROUP

OWN_NODES = 25
FIXED = np.linspace(-4.0, 4.0, 17)
MONTHS_AFTER_LEAVING = 12  # a customer that left stays in cohorts for a year
FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances to enter default within 12 months of the end of each visible month.

    Attributes:
        own: nodes of the changing part of health, shape (own,).
        by_state: shape (months, industries, fixed nodes, own nodes, phases).
        by_push: extra chance of a push that is already under way, for a customer in good standing;
            shape (months, industries, fixed nodes, own nodes).
        by_later_push: the same of a push in month 1..12, for a firm of average health; shape
            (12, months, industries).
        timing: share of the 12-month chance that falls into month 1..12, for a firm of average health;
            shape (12, months, industries, phases).
    """

    own: Floats
    by_state: Floats
    by_push: Floats
    by_later_push: Floats
    timing: Floats


def rouwenhorst(n: int, persistence: float) -> tuple[Floats, Floats]:
    """Nodes and transition matrix of a chain that matches a standard AR(1)'s mean, variance and persistence.

    Source: Kopecky and Suen (2010), Finite state Markov-chain approximations to highly persistent processes.

    >>> nodes, moves = rouwenhorst(3, 0.8)
    >>> [round(float(m), 6) + 0.0 for m in moves @ nodes / nodes.max()]
    [-0.8, 0.0, 0.8]
    """
    p = (1.0 + persistence) / 2.0
    chance = np.array([[p, 1.0 - p], [1.0 - p, p]])
    for size in range(3, n + 1):
        grown = np.zeros((size, size))
        grown[:-1, :-1] += p * chance
        grown[:-1, 1:] += (1.0 - p) * chance
        grown[1:, :-1] += (1.0 - p) * chance
        grown[1:, 1:] += p * chance
        grown[1:-1] /= 2.0
        chance = grown
    return np.linspace(-1.0, 1.0, n) * np.sqrt(n - 1.0), chance


def chances(common: Floats, months: Months, chain: HealthLevels) -> Chances:
    """Backward recursion over 12 months from the end of every visible month at once.

    V_0 = 0 outside default, V(default) = 1, and
    V_h(phase, own) = E[ sum over phase' of P(phase -> phase' | own') V_{h-1}(phase', own') ],
    the expectation over next month's own health own'. The industry's and the economy's path are those that happen:
    the truth knows them. Group members' defaults are added to first order afterwards.
    """
    own, step = rouwenhorst(OWN_NODES, chain.persistence)
    ends = np.arange(months.first, months.n_lived)
    health = chain.weight_fixed * FIXED[:, None] + chain.weight_own * own
    shape = (len(ends), len(common), len(FIXED), OWN_NODES, N_PHASES)
    value = np.zeros(shape)
    value[..., DEFAULT] = 1.0
    by_push = np.zeros(shape[:-1])
    later, middles = np.zeros((AHEAD, *shape[:2])), np.zeros((AHEAD + 1, *shape[:2], N_PHASES))
    stays = 1.0 - chain.sudden - chain.leave
    middle = (slice(None), slice(None), len(FIXED) // 2, OWN_NODES // 2)
    for ahead in range(AHEAD, 0, -1):
        by_push = chain.contagion * (value[..., ARREARS_1] - value[..., GOOD])
        later[ahead - 1] = by_push[middle]
        entry = stays * hazard(health, common[:, ends + ahead].T[:, :, None, None], chain)
        # einsum and not matmul: the sum's order does not depend on the number of threads
        following = np.einsum("...q,pq->...p", value, moves(chain))
        following[..., GOOD] += entry * (value[..., ARREARS_1] - value[..., GOOD])
        value = np.einsum("...op,no->...np", following, step)
        middles[AHEAD + 1 - ahead] = value[middle]
    return Chances(own, value, by_push, later, _timing(middles))


def _timing(middles: Floats) -> Floats:
    """Shares of the 12-month chance by month, from the chances within 0..12 months as the recursion meets them.

    Within h months it has them 12 - h months late: seen from the end of month t + 12 - h. The first rows take the nearest.
    """
    rows = np.arange(middles.shape[1])
    within = [middles[h, np.maximum(rows - (AHEAD - h), 0)] for h in range(AHEAD + 1)]
    parts = np.maximum(np.diff(np.stack(within), axis=0), 0.0)
    total = parts.sum(axis=0)
    return np.asarray(np.divide(parts, total, out=np.zeros_like(parts), where=total > 0.0))


def truth_table(hidden: Hidden, found: Chances) -> pa.Table:
    """The derived table `truth`: one row per customer in business and first of a month, until default.

    What holds at the end of a month is what one knows on the first of the next.
    """
    population, lives, months = hidden.population, hidden.lives, hidden.months
    common, chain = hidden.common, hidden.levels.health
    rows, ends = _observed(lives, months)
    column = ends - months.first
    phase = lives.phase[rows, ends].astype(np.int64)
    industry = population.industry[rows]
    own, fixed = lives.own[rows, ends], population.health[rows]
    base = _between(found, (column, industry), phase, fixed, own)
    infected = _from_group(found, hidden, (rows, ends, column), base)
    pd = 1.0 - (1.0 - base) * (1.0 - infected)
    sudden = np.full(len(base), 1.0 - (1.0 - chain.sudden) ** AHEAD)
    parts = np.column_stack([base - sudden, sudden, infected])  # in the order of CAUSES
    in_trouble = (phase >= ARREARS_1) & (phase <= STOP_3)
    driver = _drivers(lives.infected[rows, ends], in_trouble, parts)
    spread = np.hypot(chain.weight_fixed, chain.weight_own)
    state = (lives.health[rows, ends] - common[industry, ends] / chain.hazard_slope) / spread
    return arrow.table(
        TRUTH,
        {
            "customer_id": hidden.customer_ids(rows),
            "as_of": arrow.days(months.starts[ends + 1]),
            "true_pd": np.round(pd, 9),
            "state": np.round(state, 6),
            "driver": arrow.words(CAUSES, driver),
        },
    )


def _observed(lives: Lives, months: Months) -> tuple[Ints, Ints]:
    """Customer and month of every row: arrived, not in default, not gone for more than a year."""
    month = np.arange(months.n_lived)
    left = np.cumsum(lives.phase == LEFT, axis=1)
    seen = (month >= np.maximum(lives.onboarded[:, None], months.first)) & (lives.phase != DEFAULT)
    seen &= (left <= MONTHS_AFTER_LEAVING) & (
        months.starts[1 : months.n_lived + 1] - 1 <= months.until
    )
    rows, ends = np.nonzero(seen)
    return rows.astype(np.int64), ends.astype(np.int64)


def _between(
    found: Chances, place: tuple[Ints, Ints], phase: Ints, fixed: Floats, own: Floats
) -> Floats:
    """Chance at each row's state, bilinear in log-odds between the nodes."""
    i, u = _bracket(FIXED, fixed)
    j, w = _bracket(found.own, own)
    at = np.zeros(len(phase))
    for di, weight_i in ((0, 1.0 - u), (1, u)):
        for dj, weight_j in ((0, 1.0 - w), (1, w)):
            chance = np.clip(found.by_state[(*place, i + di, j + dj, phase)], FLOOR, 1.0 - FLOOR)
            at += weight_i * weight_j * (np.log(chance) - np.log1p(-chance))
    return np.asarray(1.0 / (1.0 + np.exp(-at)))


def _bracket(nodes: Floats, values: Floats) -> tuple[Ints, Floats]:
    """Position of the node below each value, and how far it lies towards the next (clipped to the grid)."""
    below = np.clip(np.searchsorted(nodes, values, side="right") - 1, 0, len(nodes) - 2)
    share = (values - nodes[below]) / (nodes[below + 1] - nodes[below])
    return below.astype(np.int64), np.clip(share, 0.0, 1.0)


def _from_group(
    found: Chances, hidden: Hidden, place: tuple[Ints, Ints, Ints], base: Floats
) -> Floats:
    """Extra chance by contagion of a customer in good standing: pushes under way, and members yet to default.

    To first order: over the months, expected defaults among the other members x extra chance that a push in the
    month after brings. Chains of three do not fit into 12 months.
    """
    population, lives = hidden.population, hidden.lives
    extra = np.zeros(len(base))
    grouped = np.flatnonzero(population.group[place[0]] != NO_GROUP)
    rows, ends, column = (part[grouped] for part in place)
    industry, phase = population.industry[rows], lives.phase[rows, ends].astype(np.int64)
    i, u = _bracket(FIXED, population.health[rows])
    j, w = _bracket(found.own, lives.own[rows, ends])
    near = found.by_push[column, industry, i + (u > 0.5), j + (w > 0.5)]
    total = lives.pushes[rows, ends + 1] * near
    key = population.group[rows] * hidden.months.n_lived + ends
    for ahead in range(AHEAD - 1):  # a default in month 1..11 pushes in month 2..12
        expected = base[grouped] * found.timing[ahead, column, industry, phase]
        others = np.bincount(key, weights=expected)[key] - expected if len(key) else expected
        total += others * found.by_later_push[ahead + 1, column, industry]
    extra[grouped] = np.where(phase == GOOD, np.clip(total, 0.0, 1.0), 0.0)
    return extra


def _drivers(infected: Bools, in_trouble: Bools, parts: Floats) -> Ints:
    """What would cause the default: the cause of arrears under way, else the largest part of the chance."""
    likeliest = np.argmax(parts, axis=1)
    return np.where(in_trouble, np.where(infected, CONTAGION, DISTRESS), likeliest).astype(np.int64)
