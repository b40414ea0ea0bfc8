"""Names of features that somebody wrote down outside a run: which of them no feature can have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from contracts.config.attributes import AttributeConfig
from contracts.errors import BonitasError, ConfigError
from contracts.spelling import is_slip
from features.catalog import LONGEST_WINDOW, catalogue

USUAL = (30, 90, 180, 365)
"""Windows that a name may have though a run asks for others: its input is then absent, not misspelt."""
OWN = "attributes_"
_WINDOW = re.compile(r"_(\d{1,4})d(?=_|$)")


def misspelt(
    names: Iterable[tuple[str, str]],
    windows: Sequence[int],
    declared: Sequence[AttributeConfig],
) -> list[BonitasError]:
    """An error for each name that no feature has, whatever tables a portfolio delivers, with the nearest names.

    A column of the user's own (`attributes_<name>`) may be another portfolio's, so it is an error only where it is nearly one of this
    portfolio's.

    Args:
        names: place and name of each.
        windows: of the run, in days.
        declared: attributes of the portfolio.

    >>> [found] = misspelt([("features", "payments_days_late_mean_365")], [90, 365], ())
    >>> found.what, found.next_step.split(" Also")[0]
    ("Unknown input 'payments_days_late_mean_365'.", "Did you mean 'payments_days_late_mean_365d'?")
    >>> misspelt([("features", "payments_days_late_mean_45d"), ("features", "attributes_staff")], [90, 365], ())
    []
    """
    return list(_wrong(names, tuple(windows), declared))


def _wrong(
    names: Iterable[tuple[str, str]],
    windows: tuple[int, ...],
    declared: Sequence[AttributeConfig],
) -> Iterator[BonitasError]:
    legal = [one.name for one in catalogue(windows, declared)]
    own = [one for one in legal if one.startswith(OWN)]
    for where, name in names:
        asked = {int(one) for one in _WINDOW.findall(name)} & set(range(1, LONGEST_WINDOW + 1))
        if name in {one.name for one in catalogue((*windows, *USUAL, *asked), declared)}:
            continue
        if name.startswith(OWN) and not any(is_slip(name, one) for one in own):
            continue
        yield ConfigError.from_unknown("input", name, legal, where=where)
