"""Runs beside each other on the test rows they share: `reports/comparison.json`."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.documents.base import Document, Part
from contracts.documents.finding import Scalar
from contracts.documents.number import Figure, Number
from contracts.documents.observed import Observed

Kind = Literal["version", "revision", "workspace"]
Standing = Literal["decided", "found", "unlogged", "moved", "none"]
Measure = Literal["log_loss", "roc_auc", "average_precision", "brier"]
RuledMeasure = Literal["log_loss", "roc_auc"]
"""The measures that statements are made of: how near the PDs are to what happened, and how they rank."""
Ruling = Literal["better", "worse", "hint_better", "hint_worse", "none", "same", "too_few"]


class Run(Part):
    """One run, as it was asked for.

    Attributes:
        name: as it was asked for.
        kind: a version of the registry, a git revision (an experiment of DVC is one), or what lies on disk.
        origin: the version's number or the commit; empty for the workspace.
        rows: its own test rows.
        defaults: of them.
        from_: its first day of decision.
        until: the day after its last.
        mean_pd: expected default rate on the shared rows.
        observed_to_expected: default rate over expected on the shared rows; above 1 the PDs are too low.
        premium: Gini of the model less that of the scorecard fitted beside it, on the shared rows.
        measures: on the shared rows.
    """

    name: str
    kind: Kind
    origin: str
    rows: int
    defaults: int
    from_: date = Field(alias="from")
    until: date
    mean_pd: Number
    observed_to_expected: Figure
    premium: Figure
    measures: dict[Measure, Number]


class Shared(Observed):
    """The rows that all runs have in common, on the days [from, until).

    Attributes:
        left_out: further rows that all have, but whose outcome is not the same in all: data were corrected between the runs.
    """

    left_out: int


class Setting(Part):
    """A setting that differs, by its file and key; None where the other run does not have it."""

    key: str
    before: Scalar | tuple[Scalar, ...]
    after: Scalar | tuple[Scalar, ...]


class Code(Part):
    """A stage whose code differs, and the files or folders of it that do."""

    stage: str
    files: tuple[str, ...]


class Changed(Part):
    """What differs between two runs, by what DVC recorded of them.

    Attributes:
        settings: from the base to the run.
        data: outputs whose content differs, in the order of the flow.
        code: by stage, in the order of the flow.
    """

    settings: tuple[Setting, ...]
    data: tuple[str, ...]
    code: tuple[Code, ...]


class Difference(Part):
    """A measure of the run less that of the base, on the same rows.

    Attributes:
        figure: with its interval; errors count customers.
        ruling: what it says. Beyond chance also when all statements of the page are taken together, `better` or `worse`; by itself
            alone, `hint_better` or `hint_worse`. None for a measure that nothing is decided by.
    """

    measure: Measure
    figure: Figure
    ruling: Ruling | None


class Slice(Part):
    """The differences on some of the shared rows: a level of a segment, or a period of decision."""

    segment: str
    level: str
    rows: int
    defaults: int
    log_loss: Figure
    roc_auc: Figure


class Pair(Part):
    """A run against the base.

    Attributes:
        name: of the run.
        changed: None where one of the two has no record.
        differences: one per measure.
        segments: by segment, largest level first.
        periods: by period of decision, oldest first.
        within_seeds: measures in which it differs from the base by no more than another seed alone makes; empty where that is not
            known, and for the runs that tell it.
    """

    name: str
    changed: Changed | None
    differences: tuple[Difference, ...]
    segments: tuple[Slice, ...]
    periods: tuple[Slice, ...]
    within_seeds: tuple[RuledMeasure, ...] = ()


class Seeds(Part):
    """What another seed alone makes of the base.

    Attributes:
        runs: those that differ from the base by the seed alone; where there are none, nothing is known.
        log_loss: the largest distance of one of them from the base, not below 0.
        roc_auc: the same.
    """

    runs: tuple[str, ...]
    log_loss: Number = None
    roc_auc: Number = None


class Production(Part):
    """What the registry says is in use.

    Attributes:
        standing: how it became champion: by a logged decision; `found` as such when the log began; `unlogged`, before there was a
            log; `moved`, the alias is not where the log left it; `none`, there is no champion.
        version: that bears the alias.
        since: of the decision, or of the beginning of the log: UTC, to the minute.
        by: who decided, a person or `pipeline`.
    """

    standing: Standing
    version: str | None = None
    since: str | None = None
    by: str | None = None


class Comparison(Document):
    """Every run against the first.

    Attributes:
        portfolio: its name.
        horizon_months: of the outcome.
        confidence: of every interval.
        base: name of the run that all others are compared with.
        runs: the base first.
        shared: the rows it is all about.
        pairs: one per further run.
        seeds: the noise that the differences stand beside.
        production: what was in use when they were compared; None where there is no registry yet.
    """

    VERSION: ClassVar[int] = 2

    portfolio: str
    horizon_months: int
    confidence: float
    base: str
    runs: tuple[Run, ...]
    shared: Shared
    pairs: tuple[Pair, ...]
    seeds: Seeds
    production: Production | None = None
