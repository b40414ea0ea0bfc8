"""The model in use against today's customers: `reports/monitoring.json`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience
from contracts.documents.finding import Finding
from contracts.documents.outlook import Outlook

Remedy = Literal["nothing", "watch", "recalibrate", "refit", "rebuild"]
REMEDIES: tuple[Remedy, ...] = ("nothing", "watch", "recalibrate", "refit", "rebuild")
"""What a finding may ask for, from least to most."""


def most(remedies: Iterable[Remedy]) -> Remedy:
    """The remedy that asks for most.

    >>> most(["watch", "refit", "nothing"])
    'refit'
    """
    return max(remedies, key=REMEDIES.index, default="nothing")


class Version(Part):
    """A registered version.

    Attributes:
        name: of the registered model.
        version: its number.
        digest: sha256 of its bundle.
    """

    name: str
    version: str
    digest: str


class Registered(Version):
    """The model in use and the days [from, until) of its registration sample."""

    from_: date = Field(alias="from")
    until: date


class Span(Part):
    """Days [from, until)."""

    from_: date = Field(alias="from")
    until: date


class Observed(Part):
    """The newest cohorts: days [from, until), observations, distinct customers."""

    from_: date = Field(alias="from")
    until: date
    rows: int
    customers: int


class Input(Part):
    """A feature of the model, and what it measures in both languages."""

    feature: str
    wording_en: str
    wording_zh: str


class InputShift(Input):
    """How far the distribution of one input has moved.

    Attributes:
        psi: population stability index.
        critical: what chance alone exceeds with the configured probability, at these numbers of customers.
        p_value: of "no shift".
        missing_reference: share missing in the registration sample.
        missing_current: share missing in the newest cohorts.
        flagged: whether it counts as a shift among all inputs (false-discovery control).
    """

    psi: float
    critical: float
    p_value: float
    missing_reference: float
    missing_current: float
    flagged: bool


class GradeOutcome(Part):
    """Expected and observed defaults of one grade, each default counted once.

    Attributes:
        grade: 1 and up.
        n: observations whose outcome is final.
        defaults: of them.
        mean_pd: expected default rate; None in an empty grade.
        observed: observed default rate; None in an empty grade.
        jeffreys_p: p-value of "the PD is not too low"; None in an empty grade.
    """

    grade: int
    n: int
    defaults: int
    mean_pd: float | None
    observed: float | None
    jeffreys_p: float | None


class MonitoringFinding(Finding):
    """One check of the model in use.

    Attributes:
        action: what it asks for; `nothing` where it passed or could not be made.
        inputs: those concerned, furthest off first.
    """

    action: Remedy = "nothing"
    inputs: tuple[Input, ...] = ()


class Monitoring(Document):
    """Every check of the champion, and the most that any of them asks for.

    Attributes:
        portfolio: its name.
        champion: the version in use.
        current: the cohorts it was compared with.
        findings: one per check.
        features: one per input that is still delivered, in the model's order.
        grades: every grade of the scale.
        graded: the days of decision [from, until) that the table of grades looks at; None where none has matured.
        outlook: what the newest outcomes say of the level in the year to come; None where none is final.
        action: the most that a finding asks for.
        rests_on: what the score in use rests on where it was not fitted to the book's own defaults; None where it was.
    """

    VERSION: ClassVar[int] = 4

    portfolio: str
    champion: Registered
    current: Observed
    findings: tuple[MonitoringFinding, ...]
    features: tuple[InputShift, ...]
    grades: tuple[GradeOutcome, ...]
    graded: Span | None
    outlook: Outlook | None
    action: Remedy
    rests_on: Experience | None = None
