"""The model in use against today's customers: `reports/monitoring.json`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience
from contracts.documents.finding import Finding
from contracts.documents.outlook import Outlook, Ruling

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
        ordinary: its typical index between spans of the book's own past equally far apart; None where history is too short.
        critical: beyond it the movement is news: what neither the input's own habit nor chance explains.
        p_value: of "this is ordinary".
        missing_reference: share missing in the registration sample.
        missing_current: share missing in the newest cohorts.
        flagged: whether it counts as a shift, given how many inputs are looked at and how often.
        within_year: whether psi, ordinary, critical and p_value are those of the newest cohorts beside the year before, which stand out more than those
            beside the registration sample.
    """

    psi: float
    ordinary: float | None
    critical: float
    p_value: float
    missing_reference: float
    missing_current: float
    flagged: bool
    within_year: bool


class Allotted(Part):
    """A check and its part of the budget.

    Attributes:
        code: of the check.
        share: of all false alarms allowed.
        a_year: false alarms a year that this check may give.
    """

    code: str
    share: float
    a_year: float


class Budget(Part):
    """How many false alarms the book is run at while nothing is wrong, and who spends them.

    Attributes:
        a_year: false alarms a year of all checks together, as configured.
        looks: how often a year the book is looked at: its days of decision.
        checks: every check that may err, in the order of the findings.
    """

    a_year: float
    looks: float
    checks: tuple[Allotted, ...]


class Month(Part):
    """Defaults between one day of decision and the next, days [from, until), each counted once.

    Attributes:
        customers: followed from the first of these days.
        expected: defaults, by the hazards of the newest PDs.
        seen: defaults.
        evidence: of the detector of the level after that month; it starts anew after an alarm.
        shown: the same of the detector that a correction of the level waits for, which asks for more; None where nobody ruled on one.
        high: defaults of that month from which on it would have shown that the PDs are too low; None likewise.
        low: up to which it would have shown that they are too high; None also where not even none would.
    """

    from_: date = Field(alias="from")
    until: date
    customers: int
    expected: float
    seen: int
    evidence: float
    shown: float | None
    high: int | None
    low: int | None


class Sequence(Part):
    """The months since the model in use stopped learning.

    Attributes:
        months: in order.
        threshold: evidence that is an alarm on the level.
        asked: evidence from which a change of level counts as shown, so that it may be corrected; None where nobody ruled on one.
        clustering: how much more the book's monthly defaults vary than independent ones; evidence is divided by it.
        timing_from: customers that defaulted from whom the timing of defaults within the horizon was learned; 0 if assumed even.
    """

    months: tuple[Month, ...]
    threshold: float
    asked: float | None
    clustering: float
    timing_from: int


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
        since: the day from which it has been known, that of the first alarm where it was raised again while it stood; None where it is no alarm,
            or rests on the newest cohorts as a whole.
        inputs: those concerned, furthest off first.
    """

    action: Remedy = "nothing"
    since: date | None = None
    inputs: tuple[Input, ...] = ()


Hearing = Literal["silent", "untold", "seldom", "goes_on"]


class Feed(Part):
    """One kind of row, or one column of the portfolio's own, that the book is made of, and whether it goes on.

    Attributes:
        table: of the rows.
        kinds: its name, the table's where that is one feed; several where they are looked at as one.
        wording_en: of a column of the portfolio's own that the model in use reads; None of any other.
        wording_zh: the same in Chinese.
        is_default: whether it counts as default.
        last: day on which something became known last, none after the last complete day.
        days: from then to the last complete day.
        usual: days from one to the next, in the mean; None where they are too few for a habit to be known.
        told_after: days of silence from which on it is told to have ended; None likewise.
        false_a_year: how often a year, at most, it would be told so although it goes on as it did; None likewise.
        state: `silent` longer than chance explains; `untold` for more than a month, and that it has ended cannot be told yet; `seldom` the same,
            and no habit is known; `goes_on`.
        months: further months of silence after which an untold one is told; None of any other.
    """

    table: str
    kinds: tuple[str, ...]
    wording_en: str | None
    wording_zh: str | None
    is_default: bool
    last: date
    days: int
    usual: float | None
    told_after: int | None
    false_a_year: float | None
    state: Hearing
    months: int | None


class Monitoring(Document):
    """Every check of the champion, and the most that any of them asks for.

    Attributes:
        portfolio: its name.
        champion: the version in use.
        current: the cohorts it was compared with.
        budget: the rate of false alarms that the checks share.
        findings: one per check.
        features: one per input that is still delivered, in the model's order.
        grades: every grade of the scale.
        graded: the days of decision [from, until) that the table of grades looks at; None where none has matured.
        sequence: outcomes month by month as they came; None where no month has passed, or defaults have no days.
        outlook: what the outcomes that were ruled on, final ones or open ones, say of the level in the year to come; None where none speaks.
        ruling: what is done about the calibration, which findings on it ask for; None where it was not asked.
        action: the most that a finding asks for.
        rests_on: what the score in use rests on where it was not fitted to the book's own defaults; None where it was.
        feeds: what the book is made of, what fell silent first; none where the delivery was not asked.
    """

    VERSION: ClassVar[int] = 8

    portfolio: str
    champion: Registered
    current: Observed
    budget: Budget
    findings: tuple[MonitoringFinding, ...]
    features: tuple[InputShift, ...]
    grades: tuple[GradeOutcome, ...]
    graded: Span | None
    sequence: Sequence | None
    outlook: Outlook | None
    ruling: Ruling | None
    action: Remedy
    rests_on: Experience | None = None
    feeds: tuple[Feed, ...] = ()
