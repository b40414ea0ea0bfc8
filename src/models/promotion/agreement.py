"""Whether two models give the same customers the same reasons, and which features part their scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import spearmanr

from contracts.documents.promotion import Agreement
from contracts.documents.swap import Driver
from models.explanation.wording import Feature
from models.promotion.contender import Told

MAX_DRIVERS = 3
NOTICED = 0.5
"""Points below which a feature is not named."""


def agreement(one: Told, other: Told, ideas: tuple[Mapping[str, str], Mapping[str, str]]) -> Agreement:  # fmt: skip
    """How far the two say the same of the same rows.

    Args:
        one: of the champion.
        other: of the challenger, the same rows.
        ideas: by feature, the idea a reader takes it for, of either.
    """
    pairs = [
        (mine, theirs)
        for mine, theirs in zip(_ideas(one, ideas[0]), _ideas(other, ideas[1]), strict=True)
        if mine or theirs
    ]
    same = [mine[:1] == theirs[:1] for mine, theirs in pairs]
    shared = [len(set(mine) & set(theirs)) / len(set(mine) | set(theirs)) for mine, theirs in pairs]
    is_ranked = min(len(set(one.pd.tolist())), len(set(other.pd.tolist()))) > 1
    return Agreement(
        customers=len(one.pd),
        with_reasons=len(pairs),
        same_first=float(np.mean(same)) if pairs else None,
        overlap=float(np.mean(shared)) if pairs else None,
        order=float(spearmanr(one.pd, other.pd).statistic) if is_ranked else None,
    )


def _ideas(told: Told, ideas: Mapping[str, str]) -> list[list[str]]:
    """By row, the ideas of its reasons, strongest first."""
    return [
        [ideas.get(told.features[said.position], told.features[said.position]) for said in own]
        for own in told.said
    ]


def drivers(
    one: Told, other: Told, row: int, words: Mapping[str, Feature]
) -> tuple[float, tuple[Driver, ...]]:
    """Points by which the two begin from different levels, and the features that part their scores of one row most.

    Args:
        one: of the champion.
        other: of the challenger, the same rows.
        row: its place.
        words: by feature; one without is named by its column.
    """
    points: dict[str, float] = {}
    for told, sign in ((one, -1.0), (other, 1.0)):
        for name, value in zip(told.features, told.points[row], strict=True):
            points[name] = points.get(name, 0.0) + sign * float(value)
    largest = sorted(points.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:MAX_DRIVERS]
    found = tuple(
        Driver(feature=name, en=_words(words, name)[0], zh=_words(words, name)[1], points=value)
        for name, value in largest
        if abs(value) >= NOTICED
    )
    return other.base - one.base, found


def _words(words: Mapping[str, Feature], name: str) -> tuple[str, str]:
    feature = words.get(name)
    return (name, name) if feature is None else (feature.wording_en, feature.wording_zh)
