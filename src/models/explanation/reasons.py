"""Why a customer's score is not higher: the few features that cost most, one per correlated group, as sentences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.config.explanation import ExplainConfig
from models.explanation.absent import LATENESS, Absent
from models.explanation.peers import EVERY_INDUSTRY, Peers, Typical
from models.explanation.wording import (
    NO_STATEMENT,
    Feature,
    Usual,
    context,
    no_payments,
    rendered,
    sentences,
    widest_alike,
)

MAX_CONTEXT = 2


def describe(
    lineage: pd.DataFrame, names: Sequence[str], typical: Mapping[str, Typical]
) -> list[Feature]:
    """The features of a model in its order, with the value typical of healthy customers.

    Args:
        lineage: the declarations (contract LINEAGE).
        names: features of the model, in order.
        typical: by feature, of the healthy customers of all industries.
    """
    rows = lineage.set_index("feature").to_dict(orient="index")
    return [_feature(name, rows[name], typical[name]) for name in names]


def _feature(name: str, row: Mapping[Hashable, Any], typical: Typical) -> Feature:
    texts = ("pillar", "unit", "dtype", "subject", "role", "wording_en", "wording_zh", "reason_en", "reason_zh")  # fmt: skip
    return Feature(
        name=name,
        direction=int(row["direction"]),
        speaks=int(row["speaks"]),
        is_change=bool(row["is_change"]),
        tables=tuple(part.strip() for part in str(row["tables"]).split(",")),
        typical=typical,
        **{key: str(row[key]) for key in texts},
    )


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about a customer: the position of its feature, what it is to the reader, and its texts."""

    position: int
    role: str
    english: str
    chinese: str


@dataclass(frozen=True, slots=True)
class Spokesman:
    """All that is needed to choose and word reasons.

    Attributes:
        features: in the model's order.
        group: (features,) label of the correlated group each speaks for.
        healthy_points: (features,) points a healthy customer typically has; points are judged against it.
        peers: what is typical, by industry.
        currency: of money, ISO 4217.
        most: most reasons per customer.
        least: points a reason costs at least.
    """

    features: tuple[Feature, ...]
    group: Ints
    healthy_points: Floats
    peers: Peers
    currency: str
    most: int
    least: float

    def reasons(
        self,
        points: Floats,
        values: pd.DataFrame,
        industries: Sequence[object],
        missing: Absent,
        *,
        with_context: bool = True,
    ) -> list[list[Said]]:
        """For each customer, its reasons, strongest first, then the context that costs most; empty where nothing speaks against.

        A reason is a feature that may be one, on the side where its sentence holds, and one per subject and correlated
        group: several windows of one measure, or what one late payment does to five measures, is one idea.

        Args:
            points: (rows, features), higher is healthier.
            values: the customers' own values, one column per feature.
            industries: of the customers, missing where not known.
            missing: what is not there.
            with_context: whether the context is said as well.
        """
        groups = self.peers.of(industries)
        lost = points - self.healthy_points
        costs = (points < -self.least) & (lost < -self.least)
        is_reason = np.array([feature.role == "reason" for feature in self.features])
        speaks = costs & is_reason
        speaks &= self._makes_sense(values, groups, missing, speaks)
        said = by_row(speaks, lost)
        beside = by_row(costs & ~is_reason, lost) if with_context else [[]] * len(values)
        cells = [values[feature.name].to_numpy() for feature in self.features]
        ideas = [
            {group, f"subject: {one.subject}"}
            for group, one in zip(self.group.tolist(), self.features, strict=True)
        ]
        found = []
        for row in range(len(values)):
            case = _Case(cells, row, groups[row], bool(missing.statement[row]), missing.days)
            context = self._context(beside[row][:MAX_CONTEXT], case)
            found.append([*self._chosen(said[row], case, ideas), *context])
        return found

    def _chosen(
        self, order: Sequence[int], case: _Case, ideas: Sequence[set[int | str]]
    ) -> list[Said]:
        chosen: list[Said] = []
        spoken: set[int | str] = set()
        for position in order:
            if len(chosen) == self.most:
                break
            if ideas[position] & spoken:
                continue
            pair = self._sentences(position, case)
            if pair[0] in spoken:
                continue
            spoken |= {*ideas[position], pair[0]}
            chosen.append(Said(position, self.features[position].role, *pair))
        return chosen

    def _sentences(self, position: int, case: _Case) -> tuple[str, str]:
        feature, value = self.features[position], case.own(position)
        if _is_missing(value) and "financials" in feature.tables and case.unstated:
            return NO_STATEMENT
        if _is_missing(value) and feature.subject == LATENESS:
            return no_payments(case.days)
        typical = Usual(self.peers.group[case.group][feature.name], case.group != EVERY_INDUSTRY)
        return sentences(feature, value, self.currency, typical)

    def _context(self, order: Sequence[int], case: _Case) -> list[Said]:
        return [
            Said(position, one.role, *context(one, case.own(position), self.currency))
            for position in order
            for one in [self.features[position]]
        ]

    def _makes_sense(
        self, values: pd.DataFrame, groups: Sequence[str], missing: Absent, asked: Bools
    ) -> Bools:
        """Whether a reader would accept the number as a reason: not the typical one, and on the side where its sentence holds.

        An interaction may give a harmless value negative points; said in one sentence it would be nonsense. Only cells that
        are asked for are looked at closely.
        """
        sense = np.zeros((len(values), len(self.features)), dtype=np.bool_)
        names, group = np.unique(np.array(groups, dtype=object), return_inverse=True)
        for position, feature in enumerate(self.features):
            typical = self.peers.typical(feature.name, names.tolist())
            column = values[feature.name]
            if feature.dtype == "category":
                pairs = zip(column.tolist(), group.tolist(), strict=True)
                sense[:, position] = [
                    not _is_missing(own)
                    and typical[of] is not None
                    and str(own) != str(typical[of])
                    for own, of in pairs
                ]
                continue
            own = column.to_numpy(dtype=np.float64, na_value=np.nan)
            usual = np.array([np.nan if one is None else float(one) for one in typical])[group]
            stands = asked[:, position].copy()
            stands[stands] = self._stands_out(feature, own[stands], usual[stands])
            told = _can_be_told(feature, missing)
            sense[:, position] = np.where(np.isnan(own), told, stands)
        return sense

    def _stands_out(self, feature: Feature, own: Floats, usual: Floats) -> Bools:
        gap = np.where(np.isnan(usual), own, own - usual)
        stands = gap != 0
        for side in (feature.speaks, feature.direction):
            stands &= (gap * side > 0) | (side == 0)
        if feature.is_change:
            stands &= own * feature.speaks > 0  # "rose by" is said of what rose
        stands[stands] = ~_rendered_alike(own[stands], usual[stands], feature, self.currency)
        return np.asarray(stands)


@dataclass(frozen=True, slots=True)
class _Case:
    """One customer: its row of the values, whom it is compared with, whether no statement of it is on file, the longest window."""

    cells: Sequence[np.ndarray[Any, Any]]
    row: int
    group: str
    unstated: bool
    days: int

    def own(self, position: int) -> object:
        """Its value of a feature."""
        return self.cells[position].item(self.row)


def by_row(marked: Bools, lost: Floats) -> list[list[int]]:
    """For each row the features that are marked, the least first: where points are looked at, the one that costs most.

    Args:
        marked: (rows, features).
        lost: (rows, features), by which they are put in order.

    >>> by_row(np.array([[True, False, True], [False, False, False]]), np.array([[-1.0, -9.0, -3.0], [0.0, 0.0, 0.0]]))
    [[2, 0], []]
    """
    row, place = np.nonzero(marked)
    order = np.lexsort((place, lost[row, place], row))
    ends = np.cumsum(marked.sum(axis=1)).tolist()
    places = place[order].tolist()
    return [places[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value != value  # noqa: PLR0124 - NaN is the only value that is not itself


def _can_be_told(feature: Feature, missing: Absent) -> Bools:
    """Whether the absence of a value says something of the customer: not that it owes nothing, or never had an event."""
    if feature.subject == LATENESS:
        return missing.payment
    says = "financials" in feature.tables or "attributes" in feature.tables
    return np.full(len(missing.payment), says, dtype=np.bool_)


def _rendered_alike(own: Floats, usual: Floats, feature: Feature, currency: str) -> Bools:
    gap, size = np.abs(own - usual), np.fmax(np.abs(own), np.abs(usual))
    alike: Bools = ~(gap > widest_alike(size, feature.unit))  # a missing one is looked at as well
    pairs = zip(own[alike].tolist(), usual[alike].tolist(), strict=True)
    alike[alike] = [
        rendered(mine, feature.unit, currency) == rendered(other, feature.unit, currency)
        for mine, other in pairs
    ]
    return alike


def spokesman(
    features: Sequence[Feature],
    groups: Sequence[Sequence[str]],
    healthy: tuple[Floats, Peers],
    *,
    currency: str,
    config: ExplainConfig,
) -> Spokesman:
    """Puts together who speaks: a feature in none of the groups speaks for itself.

    Args:
        features: in the model's order.
        groups: of correlated features.
        healthy: points that the healthy typically have, by feature, and their typical values.
        currency: of money.
        config: how many reasons, and what they cost at least.
    """
    label = {name: number for number, group in enumerate(groups) for name in group}
    own = {feature.name: len(groups) + position for position, feature in enumerate(features)}
    group = np.array([label.get(feature.name, own[feature.name]) for feature in features])
    return Spokesman(
        tuple(features),
        group.astype(np.int64),
        *healthy,
        currency,
        config.reasons,
        config.least_points,
    )


def as_json(
    features: Sequence[Feature], groups: Sequence[Sequence[str]], healthy: Peers
) -> dict[str, object]:
    """`reasons.json` of the bundle: the wording, the typical values, of whom they are, and the groups."""
    return {
        "features": {feature.name: feature.as_json() for feature in features},
        "groups": [list(group) for group in groups],
        "healthy": healthy.as_json(),
    }
