"""What another seed alone makes of a run: the noise that every difference of a comparison stands beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.documents.comparison import Changed, Comparison, Measure, Pair
from contracts.numbers import local
from reports.comparison import DIGITS

SEED = ":train.seed"
"""End of the key of the setting that draws the boosters' rows and columns, and the search's trials."""
TOLD: tuple[tuple[Measure, str], ...] = (("log_loss", "log loss"), ("roc_auc", "ROC AUC"))
"""The two measures that statements are made of."""


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


def noise(document: Comparison) -> Iterator[str]:
    """Lines for the terminal: how far runs that differ from the base by the seed alone lie from it, and who lies within that.

    An interval of a comparison counts customers alone. Of few seeds the largest difference is told, no standard deviation.
    """
    of_seed = [pair for pair in document.pairs if is_seed_alone(pair.changed)]
    if not of_seed:
        yield (
            f"None of these differs from {document.base} by the seed alone, so what a seed makes is not told: run one with another "
            "train.seed and name it here too."
        )
        return
    named = ", ".join(pair.name for pair in of_seed)
    most = {measure: largest(of_seed, measure) for measure, _ in TOLD}
    parts = [f"{words} by up to {local(most[one], f'.{DIGITS[one]}f')}" for one, words in TOLD if most[one] is not None]  # fmt: skip
    if not parts:
        return
    yield f"Another seed alone moves {' and '.join(parts)} here ({named}); the intervals do not count it."
    for pair in document.pairs:
        within = [words for one, words in TOLD if _is_within(pair, one, most[one])]
        if pair not in of_seed and within:
            yield f"{pair.name} differs in {' and '.join(within)} by no more than that."


def largest(pairs: Sequence[Pair], measure: Measure) -> float | None:
    """The largest distance from the base, of those that have one."""
    found = [_distance(pair, measure) for pair in pairs]
    return max((one for one in found if one is not None), default=None)


def _distance(pair: Pair, measure: Measure) -> float | None:
    value = next((one.figure.value for one in pair.differences if one.measure == measure), None)
    return None if value is None else abs(float(value))


def _is_within(pair: Pair, measure: Measure, most: float | None) -> bool:
    value = _distance(pair, measure)
    return most is not None and value is not None and value <= most
