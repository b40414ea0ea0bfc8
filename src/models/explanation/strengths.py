"""What speaks for a customer: the few measures that add most to its score, on which it is at least as good as its healthy peers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from models.explanation.peers import EVERY_INDUSTRY
from models.explanation.reasons import Said, Spokesman, by_row
from models.explanation.wording import Feature, Usual, strength

ROLE = "strength"
TWO_SIDED = frozenset({"cash cycle"})
"""Subjects whose good side comes as well of paying suppliers late: a short cash conversion cycle speaks for nobody."""


def with_strengths(
    speaker: Spokesman,
    said: Sequence[Sequence[Said]],
    points: Floats,
    values: pd.DataFrame,
    industries: Sequence[object],
) -> list[list[Said]]:
    """What is said of each customer, with its strengths after it, the strongest first.

    A strength is a measure that may be a reason: nothing the customer cannot change, and nothing we decided. It adds points,
    its value is known, and on the side of less risk of the typical one or equal to it; a measure that has no such side, or two,
    is none. One idea is said once, and never both for and against.

    Args:
        speaker: who speaks, in which groups, compared with whom.
        said: reasons and context of each customer.
        points: (rows, features), higher is healthier.
        values: the customers' own values, one column per feature.
        industries: of the customers, missing where not known.
    """
    groups = speaker.peers.of(industries)
    may = (points > speaker.least) & _holds(speaker, values, groups)
    order = by_row(may, -points)
    cells = {feature.name: values[feature.name].tolist() for feature in speaker.features}
    found = []
    for row, before in enumerate(said):
        chosen = _once(speaker, before, order[row])
        found.append([*before, *(_said(speaker, place, cells, row, groups[row]) for place in chosen)])  # fmt: skip
    return found


def _once(speaker: Spokesman, before: Sequence[Said], places: Sequence[int]) -> list[int]:
    spoken = {idea for one in before for idea in _ideas(speaker, one.position)}
    chosen: list[int] = []
    for place in places:
        ideas = _ideas(speaker, place)
        if len(chosen) < speaker.most and not ideas & spoken:
            chosen.append(place)
            spoken |= ideas
    return chosen


def _ideas(speaker: Spokesman, place: int) -> set[int | str]:
    return {int(speaker.group[place]), f"subject: {speaker.features[place].subject}"}


def _holds(speaker: Spokesman, values: pd.DataFrame, groups: Sequence[str]) -> Bools:
    """Whether the value is known and no worse than the typical one of its peers."""
    holds = np.zeros((len(values), len(speaker.features)), dtype=np.bool_)
    names, group = np.unique(np.array(groups, dtype=object), return_inverse=True)
    for position, feature in enumerate(speaker.features):
        side = _side(feature)
        is_none = feature.role != "reason" or feature.subject in TWO_SIDED or not side
        if is_none or feature.dtype == "category":
            continue
        own = values[feature.name].to_numpy(dtype=np.float64, na_value=np.nan)
        typical = speaker.peers.typical(feature.name, names.tolist())
        usual = np.array([np.nan if one is None else float(one) for one in typical])[group]
        holds[:, position] = (own - usual) * side <= 0  # a missing one holds nothing
    return holds


def _side(feature: Feature) -> int:
    """Which side is riskier: that of its direction, else that on which its reason is said."""
    return feature.direction or feature.speaks


def _said(
    speaker: Spokesman, place: int, cells: dict[str, list[object]], row: int, group: str
) -> Said:
    feature = speaker.features[place]
    usual = Usual(speaker.peers.group[group][feature.name], group != EVERY_INDUSTRY)
    return Said(place, ROLE, *strength(feature, cells[feature.name][row], speaker.currency, usual))
