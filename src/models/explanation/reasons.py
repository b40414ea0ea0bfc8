"""Why a customer's score is not higher: the few features that cost most, one per correlated group, as sentences."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from contracts.arrays import Bools, Floats, Ints
from contracts.config.explanation import ExplainConfig
from models.base.arrays import hashed_share
from models.explanation.wording import NO_STATEMENT, Feature, rendered, sentences

SAMPLE_ROWS = 5_000


def hashed_sample(frame: pd.DataFrame, rows: int = SAMPLE_ROWS) -> pd.DataFrame:
    """At most `rows` rows, those with the smallest hash of (customer_id, as_of): the same on every machine.

    The rows keep their order.
    """
    if len(frame) <= rows:
        return frame
    keys = frame["customer_id"].astype(str) + "|" + frame["as_of"].astype(str)
    drawn = np.sort(np.argsort(hashed_share(keys, "sample:"), kind="stable")[:rows])
    return frame.iloc[drawn]


def correlated_groups(sample: pd.DataFrame, threshold: float) -> list[list[str]]:
    """Groups of numeric columns in which every pair has |Spearman rho| above the threshold; each column is in one.

    Complete linkage on 1 - |rho|: no chain of neighbours can tie two features that do not correlate.

    Args:
        sample: numeric columns; missing values are left out pair by pair.
        threshold: in (0, 1].

    >>> x = pd.Series(range(20), dtype=float)
    >>> correlated_groups(pd.DataFrame({"x": x, "cube": x**3, "other": [0.0, 1.0] * 10}), 0.7)
    [['x', 'cube'], ['other']]
    """
    names = [str(name) for name in sample.columns]
    if len(names) < 2:
        return [[name] for name in names]
    # a constant column has no rank correlation with anything
    rho = sample.rank().corr(min_periods=3).abs().fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(rho, 1.0)
    # 12 decimals: a difference in the last bit of a sum must not move a feature to another group
    distance = np.round(np.clip(1.0 - rho, 0.0, 1.0), 12)
    tree = linkage(squareform(distance, checks=False), method="complete")
    labels = fcluster(tree, t=max(1.0 - threshold, 0.0) - 1e-12, criterion="distance")
    grouped: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        grouped.setdefault(int(label), []).append(name)
    return list(grouped.values())


def describe(lineage: pd.DataFrame, names: Sequence[str], healthy: pd.DataFrame) -> list[Feature]:
    """The features of a model in its order, with the value typical of healthy customers.

    Args:
        lineage: the declarations (contract LINEAGE).
        names: features of the model, in order.
        healthy: rows of train that did not default; typical is their median, or for a category their commonest value.
    """
    rows = lineage.set_index("feature").to_dict(orient="index")
    return [_feature(name, rows[name], healthy[name]) for name in names]


def _feature(name: str, row: Mapping[Hashable, Any], healthy: pd.Series[Any]) -> Feature:
    present = healthy.dropna()
    typical: float | str | None = None
    if len(present) and row["dtype"] == "category":
        typical = str(present.astype(str).mode().iloc[0])
    elif len(present):
        typical = float(present.astype(float).median())
    return Feature(
        name=name,
        pillar=str(row["pillar"]),
        unit=str(row["unit"]),
        dtype=str(row["dtype"]),
        direction=int(row["direction"]),
        tables=tuple(part.strip() for part in str(row["tables"]).split(",")),
        wording_en=str(row["wording_en"]),
        wording_zh=str(row["wording_zh"]),
        reason_en=str(row["reason_en"]),
        reason_zh=str(row["reason_zh"]),
        typical=typical,
    )


@dataclass(frozen=True, slots=True)
class Spokesman:
    """All that is needed to choose and word reasons.

    Attributes:
        features: in the model's order.
        group: (features,) label of the correlated group each speaks for.
        healthy_points: (features,) points a healthy customer typically has; points are judged against it.
        currency: of money, ISO 4217.
        most: most reasons per customer.
        least: points a reason costs at least.
    """

    features: tuple[Feature, ...]
    group: Ints
    healthy_points: Floats
    currency: str
    most: int
    least: float = 0.0

    def reasons(self, points: Floats, values: pd.DataFrame) -> list[list[tuple[int, str, str]]]:
        """For each row, (position of the feature, English, Chinese), strongest first; empty where nothing speaks against.

        Args:
            points: (rows, features), higher is healthier.
            values: the customers' own values, one column per feature.
        """
        lost = points - self.healthy_points
        speaks = (points < -self.least) & (lost < -self.least) & self._makes_sense(values)
        lost = np.where(speaks, lost, 0.0)
        order = np.argsort(lost, axis=1, kind="stable")
        unstated = self._without_statement(values)
        cells = {feature.name: values[feature.name].tolist() for feature in self.features}
        return [
            self._of_row(
                order[row], lost[row], {k: v[row] for k, v in cells.items()}, unstated=unstated[row]
            )
            for row in range(len(values))
        ]

    def _of_row(
        self, order: Ints, lost: Floats, cells: Mapping[str, object], *, unstated: bool
    ) -> list[tuple[int, str, str]]:
        chosen: list[tuple[int, str, str]] = []
        spoken: set[int | str] = set()
        for position in order:
            if lost[position] >= 0 or len(chosen) == self.most:
                break
            feature = self.features[position]
            pair = sentences(feature, cells[feature.name], self.currency)
            if unstated and "financials" in feature.tables:
                pair = NO_STATEMENT
            if int(self.group[position]) in spoken or pair[0] in spoken:
                continue
            spoken |= {int(self.group[position]), pair[0]}
            chosen.append((int(position), *pair))
        return chosen

    def _makes_sense(self, values: pd.DataFrame) -> Bools:
        """Whether a reader would accept the number as a reason: not the typical one, and on the risky side of it.

        An interaction may give a harmless value negative points; said in one sentence it would be nonsense.
        """
        sense = np.ones((len(values), len(self.features)), dtype=np.bool_)
        for position, feature in enumerate(self.features):
            column = values[feature.name]
            if feature.typical is None:
                continue
            if feature.dtype == "category":
                sense[:, position] = (column.astype(str) != str(feature.typical)).to_numpy()
                continue
            own = column.to_numpy(dtype=np.float64, na_value=np.nan)
            gap = own - float(feature.typical)
            same = _rendered_alike(own, feature, self.currency)
            risky = gap * feature.direction > 0 if feature.direction else gap != 0
            sense[:, position] = np.isnan(own) | (risky & ~same)
        return sense

    def _without_statement(self, values: pd.DataFrame) -> Bools:
        stated = [f.name for f in self.features if "financials" in f.tables]
        if not stated:
            return np.zeros(len(values), dtype=np.bool_)
        return np.asarray(values[stated].isna().all(axis=1).to_numpy(dtype=np.bool_))


def _rendered_alike(own: Floats, feature: Feature, currency: str) -> Bools:
    typical = rendered(feature.typical, feature.unit, currency)
    distinct, place = np.unique(own, return_inverse=True)
    alike = [rendered(value, feature.unit, currency) == typical for value in distinct.tolist()]
    return np.asarray(np.array(alike, dtype=np.bool_)[place])


def spokesman(
    features: Sequence[Feature],
    groups: Sequence[Sequence[str]],
    healthy_points: Floats,
    *,
    currency: str,
    config: ExplainConfig,
) -> Spokesman:
    """Puts together who speaks: a feature in none of the groups speaks for itself."""
    label = {name: number for number, group in enumerate(groups) for name in group}
    own = {feature.name: len(groups) + position for position, feature in enumerate(features)}
    group = np.array([label.get(feature.name, own[feature.name]) for feature in features])
    return Spokesman(
        tuple(features),
        group.astype(np.int64),
        healthy_points,
        currency,
        config.reasons,
        config.least_points,
    )


def as_json(
    features: Sequence[Feature], groups: Sequence[Sequence[str]]
) -> dict[str, dict[str, object] | list[list[str]]]:
    """`reasons.json` of the bundle: the wording, the typical values and the groups."""
    return {
        "features": {feature.name: feature.as_json() for feature in features},
        "groups": [list(group) for group in groups],
    }
