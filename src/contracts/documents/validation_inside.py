"""What the models of a validation are made of: boosters, search, selection, calibration, points of the scorecard; and what cannot be observed."""

from __future__ import annotations

from typing import Literal

from contracts.documents.base import Part
from contracts.documents.number import Number
from contracts.documents.observed import Observed
from contracts.documents.outlook import Outlook


class MovedFeature(Part):
    """A feature's shift from train to test: PSI, its sample-aware critical value, and whether it counts among all."""

    feature: str
    psi: float
    critical: float
    p_value: float
    flagged: bool


class ScorecardBin(Part):
    """A bin of the scorecard.

    Attributes:
        kind: below `high`, between `low` and below `high`, from `low`, any number, `levels` of a category, or missing.
        low: first value in it.
        high: first value above it.
        levels: the first of its levels.
        more: further levels.
        woe: weight of evidence, ln(share of survivors / share of defaulters).
        points: what it adds to the score.
        share: of the development sample; None where that is not at hand.
    """

    kind: Literal["below", "between", "from", "any", "levels", "missing"]
    low: Number = None
    high: Number = None
    levels: tuple[str, ...] = ()
    more: int = 0
    woe: float
    points: float
    share: Number = None


class ScorecardFeature(Part):
    """A feature of the scorecard, with its information value."""

    feature: str
    iv: Number
    coefficient: float
    bins: tuple[ScorecardBin, ...]


class PointsCard(Part):
    """The scorecard as points that add up to its score."""

    intercept_points: float
    features: tuple[ScorecardFeature, ...]


class Member(Part):
    """A booster of the average."""

    flavour: str
    trees: int
    weight: float


class Tried(Part):
    """A flavour that was tried on later data."""

    flavour: str
    log_loss: float
    rounds: int
    taken: bool


class Candidate(Part):
    """A calibrator that was compared; None where it needs more defaults than there were, or lost on later rows."""

    method: str
    log_loss: Number
    standard_error: Number


class Calibration(Part):
    """The calibrator in use, and those it was compared with.

    `origins`: at so many earlier origins those that lost on later rows were ruled out; 0: nothing was rehearsed.
    `lost`: those.
    """

    method: str
    candidates: tuple[Candidate, ...]
    origins: int
    lost: tuple[str, ...]


class Boosters(Part):
    """The boosters, and the directions that were certified; `learned_from_calibrate`: refitted on everything matured."""

    members: tuple[Member, ...]
    tried: tuple[Tried, ...]
    learned_from_calibrate: bool
    trees: int
    features: int
    promised_directions: int
    violations: int
    calibration: Calibration


class AgreedGrade(Part):
    """A grade on the newest rows: its customers, and the mean PD by the model that ships and by its validated twin.

    `off`: ln of the ratio; above 0 the model that ships is higher.
    """

    grade: int
    customers: int
    own_pd: float
    twin_pd: float
    off: float


class Weighed(Observed):
    """Observations whose outcomes are open, each learned from by the share of its outcome that has matured.

    `defaults`: come already; `weight`: what all count for, in observations whose outcome is final.
    """

    weight: float


class Shipped(Part):
    """The model that ships, beside its validated twin: the same recipe, fitted on less.

    Attributes:
        policy: `all`: fitted again on everything that has matured, the test part included; else the validated model ships.
        own: what the model that ships has learned from.
        twin: the same of the validated one.
        weighed: open outcomes that the model that ships has learned from as well; None where it has left them out.
        method: of the calibrator that ships.
        level: of the year ahead, as the outcomes tell it; None where the validated model ships, or the level is anchored.
        rows: the newest ones, on which the two are compared; 0 where they are the same.
        rank: Spearman's correlation of their PDs.
        own_pd: mean PD there by the model that ships.
        twin_pd: by its twin.
        grades: those with enough customers to compare a level.
    """

    policy: Literal["all", "matured", "train"]
    own: Observed
    twin: Observed
    weighed: Weighed | None
    method: str
    level: Outlook | None
    rows: int
    rank: Number
    own_pd: Number
    twin_pd: Number
    grades: tuple[AgreedGrade, ...]


class Importance(Part):
    """Share of the differences between trials that a setting accounts for."""

    param: str
    importance: float


class Search(Part):
    """The search of the settings."""

    trials: int
    complete: int
    pruned: int
    best_log_loss: Number
    by_hand_log_loss: Number
    importance: tuple[Importance, ...]


class Selected(Part):
    """A feature that the selection looked at; the reason is written by the stage that selects."""

    feature: str
    share: Number
    unstable_folds: int
    kept: bool
    reason_en: str
    reason_zh: str


class Selection(Part):
    """The selection of features."""

    method: str
    kept: int
    of: int
    rows: tuple[Selected, ...]


class Wording(Part):
    """What a feature measures, from its declaration."""

    wording_en: str
    wording_zh: str


class Concentration(Part):
    """Herfindahl index of the grades."""

    grades_by_number: Number
    grades_by_exposure: Number


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
