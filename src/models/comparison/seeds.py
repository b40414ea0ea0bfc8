"""What another seed alone makes of a run: the noise that every difference of a comparison stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from contracts.documents.comparison import Changed, Pair, RuledMeasure, Seeds

SEED = ":train.seed"
"""End of the key of the setting that draws the boosters' rows and columns, and the search's trials."""
RULED: tuple[RuledMeasure, ...] = get_args(RuledMeasure)
"""The measures that statements are made of."""


def is_seed_alone(changed: Changed | None) -> bool:
    """Whether a run was made as the base was, but for the seed.

    >>> from contracts.documents.comparison import Setting
    >>> other = Setting(key="configs/params.yaml:train.seed", before=7, after=8)
    >>> is_seed_alone(Changed(settings=(other,), data=(), code=())), is_seed_alone(Changed(settings=(), data=(), code=()))
    (True, False)
    """
    if changed is None or changed.code or not changed.settings:
        return False
    return all(one.key.endswith(SEED) for one in changed.settings)


def seeds(pairs: Sequence[Pair]) -> Seeds:
    """How far the runs that differ from the base by the seed alone lie from it.

    Of few seeds the largest distance is told, no standard deviation. An interval of a comparison counts customers alone.
    """
    of_seed = [pair for pair in pairs if is_seed_alone(pair.changed)]
    most = {one: largest(of_seed, one) for one in RULED}
    return Seeds(runs=tuple(pair.name for pair in of_seed), **most)


def beside(pairs: Sequence[Pair], found: Seeds) -> tuple[Pair, ...]:
    """The pairs, each with the measures in which it differs by no more than the seed makes; a run of the seed's own has none."""
    return tuple(
        pair
        if pair.name in found.runs
        else pair.model_copy(
            update={"within_seeds": tuple(one for one in RULED if _is_within(pair, one, found))}
        )
        for pair in pairs
    )


def largest(pairs: Sequence[Pair], measure: RuledMeasure) -> float | None:
    """The largest distance from the base, of those that have one; not below 0."""
    found = [_distance(pair, measure) for pair in pairs]
    return max((one for one in found if one is not None), default=None)


def _distance(pair: Pair, measure: RuledMeasure) -> float | None:
    value = next((one.figure.value for one in pair.differences if one.measure == measure), None)
    return None if value is None else abs(value)


def _is_within(pair: Pair, measure: RuledMeasure, found: Seeds) -> bool:
    value, most = _distance(pair, measure), getattr(found, measure)
    return most is not None and value is not None and value <= most
