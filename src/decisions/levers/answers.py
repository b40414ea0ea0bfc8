"""What would help: the fewest payments to the grade above, and what everything that may be asked for would do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.documents.levers import Helps, Lever, StatementState
from contracts.scale import exact_score, grade, score
from decisions.levers.proposals import Proposal

MAX_ITEMS = 12
"""Items that are named of one lever."""
PAYMENTS = ("oldest", "largest", "overdue", "to_limit", "disputes", "everything")
CHAINS = ("oldest", "largest")
BY_ITSELF = ("overdue", "to_limit", "disputes", "plan", "statement", "everything")
NOISE = 1e-6
"""Points that two sums of the same trees may differ by."""


def helps(
    tried: Sequence[Proposal], chance: Floats, scale: ScaleConfig, statement: StatementState
) -> Helps:
    """What would help one customer.

    Args:
        tried: see `proposals`; the first asks for nothing.
        chance: calibrated PD of each.
        scale: PD to score and grade.
        statement: whether one is worth asking for.
    """
    exact = exact_score(chance, scale)
    levers = [_lever(one, float(pd), scale) for one, pd in zip(tried, chance, strict=True)]
    now = int(grade(chance[0], scale))
    wanted = now - 1 if now > 1 else None
    falls = [_falls(tried, exact, place) for place in range(len(tried))]
    reached = _fewest(tried, levers, now, falls)
    worse = _worse(tried, exact)
    return Helps(
        score=int(score(chance[0], scale)),
        grade=now,
        wanted=wanted,
        reached=None if reached is None else levers[reached],
        falls_between=reached is not None and falls[reached],
        short=None if reached is None else _short(tried, levers, reached, now),
        levers=tuple(
            one
            for proposal, one, gain in zip(tried, levers, exact - exact[0], strict=True)
            if one is not None
            and proposal.kind in BY_ITSELF
            and (proposal.kind not in PAYMENTS or gain > NOISE)
        ),
        statement=statement,
        n_tried=len(tried) - 1,
        n_worse=len(worse),
        worst=max(worse, default=0.0),
    )


def _lever(one: Proposal, chance: float, scale: ScaleConfig) -> Lever | None:
    if one.kind is None:
        return None
    return Lever(
        kind=one.kind,
        items=one.items[:MAX_ITEMS],
        n_items=len(one.items),
        n_not_due=one.n_not_due,
        amount=one.amount,
        score=int(score(chance, scale)),
        grade=int(grade(chance, scale)),
        pd=chance,
    )


def _fewest(
    tried: Sequence[Proposal], levers: Sequence[Lever | None], now: int, falls: Sequence[bool]
) -> int | None:
    """The place of the fewest items whose payment gives a better grade.

    Among as many, those that may be paid one by one without a fall in between; then the least money.
    """
    able = [
        (len(one.items), falls[place], one.amount, place)
        for place, (one, lever) in enumerate(zip(tried, levers, strict=True))
        if lever is not None and one.kind in PAYMENTS and lever.grade < now
    ]
    return min(able)[3] if able else None


def _falls(tried: Sequence[Proposal], exact: Floats, place: int) -> bool:
    """Whether the score falls from step to step on the way to a number of items: then they have to be asked for together.

    What is not asked for item by item ("all that is overdue") says so itself.
    """
    kind, n = tried[place].kind, len(tried[place].items)
    if kind not in CHAINS:
        return False
    way = [0, *(at for at, one in enumerate(tried) if one.kind == kind and len(one.items) <= n)]
    return any(exact[more] < exact[less] - NOISE for less, more in pairwise(way))


def _short(
    tried: Sequence[Proposal], levers: Sequence[Lever | None], reached: int, now: int
) -> Lever | None:
    """The most that was tried of the same kind, with fewer items, and does not reach it."""
    wanted = levers[reached]
    own = [
        lever
        for one, lever in zip(tried, levers, strict=True)
        if lever is not None
        and wanted is not None
        and one.kind == wanted.kind
        and lever.n_items < wanted.n_items
        and lever.grade >= now
    ]
    return max(own, key=lambda lever: lever.n_items, default=None)


def _worse(tried: Sequence[Proposal], exact: Floats) -> list[float]:
    """By how many points the score falls where more is paid: from step to step of each chain, the first from nothing."""
    found: list[float] = []
    for kind in CHAINS:
        places = [0, *(place for place, one in enumerate(tried) if one.kind == kind)]
        found += [float(exact[less] - exact[more]) for less, more in pairwise(places)]
    return [fall for fall in found if fall > NOISE and np.isfinite(fall)]
