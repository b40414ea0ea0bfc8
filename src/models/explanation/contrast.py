"""Where a customer is worse than its healthy peers, and where a reader would accept the number as a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from models.boosting.views import ranked
from models.explanation.absent import LATENESS, Absent
from models.explanation.peers import Peers, Typical
from models.explanation.wording import Feature, rendered, widest_alike


@dataclass(frozen=True, slots=True)
class Contrast:
    """Customers beside their healthy peers.

    Attributes:
        features: in the model's order.
        peers: what is typical, by industry.
        currency: of money, ISO 4217.
    """

    features: tuple[Feature, ...]
    peers: Peers
    currency: str

    def worse(self, values: pd.DataFrame, groups: Sequence[str], missing: Absent) -> Bools:
        """Where a customer is on the riskier side of its healthy peers, shape (rows, features): what they could give it.

        A missing number is worse where the reader can be told why it is missing. Only inputs that may be a reason.
        """
        found = np.zeros((len(values), len(self.features)), dtype=np.bool_)
        theirs = _Groups.of(groups)
        for position, feature in enumerate(self.features):
            if feature.role != "reason":
                continue
            if feature.dtype == "category":
                typical = self.peers.typical(feature.name, groups)
                found[:, position] = differs(values[feature.name], typical)
                continue
            own = values[feature.name].to_numpy(dtype=np.float64, na_value=np.nan)
            usual = theirs.usual(self.peers, feature.name)
            gap = np.where(np.isnan(usual), own, own - usual)
            side = feature.direction or feature.speaks
            told = _can_be_told(feature, values, missing) & ~np.isnan(usual)
            found[:, position] = np.where(np.isnan(own), told, gap * side > 0 if side else gap != 0)
        return found

    def accepted(
        self, values: pd.DataFrame, groups: Sequence[str], missing: Absent, asked: Bools
    ) -> Bools:
        """Whether a reader would accept the number as a reason: not the typical one, and on the side where its sentence holds.

        An interaction may give a harmless value negative points; said in one sentence it would be nonsense. Only cells that
        are asked for are looked at closely.
        """
        sense = np.zeros((len(values), len(self.features)), dtype=np.bool_)
        theirs = _Groups.of(groups)
        for position, feature in enumerate(self.features):
            column = values[feature.name]
            if feature.dtype == "category":
                sense[:, position] = differs(column, self.peers.typical(feature.name, groups))
                continue
            own = column.to_numpy(dtype=np.float64, na_value=np.nan)
            usual = theirs.usual(self.peers, feature.name)
            stands = asked[:, position].copy()
            stands[stands] = self._stands_out(feature, own[stands], usual[stands])
            told = _can_be_told(feature, values, missing)
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
class _Groups:
    """Whom each customer is compared with: the groups there are, and the place of each row's among them."""

    names: Sequence[str]
    which: Ints

    @classmethod
    def of(cls, groups: Sequence[str]) -> _Groups:
        known = {one: place for place, one in enumerate(dict.fromkeys(groups))}
        return cls(tuple(known), np.array([known[one] for one in groups], dtype=np.int64))

    def usual(self, peers: Peers, feature: str) -> Floats:
        """The number typical of each row's group, missing where there is none."""
        typical = peers.typical(feature, self.names)
        each = np.array([np.nan if one is None else float(one) for one in typical], dtype=np.float64)  # fmt: skip
        return np.asarray(each[self.which])


def differs(column: pd.Series[Any], typical: Sequence[Typical]) -> Bools:
    """Whether a category is known, and another than the typical one."""
    pairs = zip(column.tolist(), typical, strict=True)
    return np.array([not is_missing(own) and usual is not None and str(own) != str(usual) for own, usual in pairs], dtype=np.bool_)  # fmt: skip


def _can_be_told(feature: Feature, values: pd.DataFrame, missing: Absent) -> Bools:
    """Whether the absence of a value says something of the customer: not that it owes nothing, or never had an event.

    A rank says something where what it ranks is not known. Where that is known, it is the industry that is not, or the
    others of it are too few, and nothing is missing of the customer.
    """
    if feature.is_rank:
        base = ranked(feature.name)
        lacks = values[base].isna().to_numpy() if base in values else np.zeros(len(values))
        return np.asarray(lacks, dtype=np.bool_) & _says(feature, missing)
    return _says(feature, missing)


def _says(feature: Feature, missing: Absent) -> Bools:
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


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing, whatever pandas calls it."""
    return value is None or value is pd.NA or value != value  # noqa: PLR0124 - NaN is the only value that is not itself
