"""The part of `reports/validation_model.json` about outcomes that cannot be observed, and about the truth where it is known."""

from __future__ import annotations

from contracts.documents.base import Part
from contracts.documents.number import Number


class Granted(Part):
    """A segment on the newest date: what is granted there, and the share of customers with neither limit nor balance."""

    segment: str
    level: str
    n: int
    granted_exposure: float
    no_exposure: bool
    share_without: float


class TruthRow(Part):
    """Expected, true and observed default rate of some rows."""

    n: int
    predicted: Number
    true: Number
    realised: Number


class Truth(TruthRow):
    """All rows with a known truth, and the model's Gini on them; those whose limit left no room; the others."""

    gini: Number
    constrained: TruthRow
    free: TruthRow


class Selective(Part):
    """Where the supplier grants nothing no default can be observed. `available`: whether there is a ledger."""

    available: bool
    segments: tuple[Granted, ...]
    truth: Truth | None
