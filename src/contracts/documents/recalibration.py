"""The least change of calibration that new outcomes support: `reports/recalibration.json`."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience
from contracts.documents.finding import Finding
from contracts.documents.monitoring import Version
from contracts.documents.outlook import Outlook, Ruling
from contracts.documents.receipt import Receipt, Refusal, Rung

Decision = Literal["none", "offset", "slope", "shape", "refit"]
Reason = Literal[
    "taken", "sufficient", "not_asked", "too_few", "disorder", "lost", "faded", "newest", "unproven"
]


class Step(Part):
    """One rung of the ladder: its test, the defaults it has and needs, and whether it was taken.

    Attributes:
        step: level; level and slope; level, slope and curvature.
        statistic: Wald statistic of "nothing is left to correct from here"; None without a test.
        p_value: of the statistic.
        defaults: customers that defaulted.
        needed: how many of them the step needs.
        taken: whether the correction has it.
        reason: `taken` the test demanded it; `sufficient` the data do not ask for it; `not_asked` a smaller step
            suffices; `too_few` defaults; `disorder` it would turn the order of customers round; `lost` the order
            itself is gone; `faded` the cohorts ask for it, but in the year to come it is not likely enough to help;
            `newest` the cohorts do not ask for it, but the newest outcomes do; `unproven` a correction would help if the level has changed,
            and that it has is not shown.
    """

    step: Rung
    statistic: float | None
    p_value: float | None
    defaults: int
    needed: int
    taken: bool
    reason: Reason


class Cohort(Part):
    """The outcomes looked at: days [from, until), observations, customers, customers that defaulted.

    Attributes:
        seen_at_registration: whether the champion's test part had them (never its training or calibration).
        is_open: whether their horizon has not passed: each customer is followed from one day of decision to the next.
    """

    from_: date | None = Field(alias="from")
    until: date | None
    rows: int
    customers: int
    defaults: int
    seen_at_registration: bool
    is_open: bool = False


class Steadiness(Part):
    """What open outcomes rest on: the part of a horizon's defaults that falls before the next day of decision stays as it was.

    Attributes:
        defaulted: customers that it was learned from, of cohorts that had matured before the level in use was set.
        needed: of them.
        share: the part.
        error: its standard error, on the logarithmic scale.
        early: the part of the earlier half of those cohorts; None where too few default in one of the halves.
        late: of the later half; None likewise.
        p_value: of "both are the same"; None likewise.
        holds: whether open outcomes may speak.
    """

    defaulted: int
    needed: int
    share: float
    error: float
    early: float | None
    late: float | None
    p_value: float | None
    holds: bool


class CorrectionPart(Part):
    """Recalibrated log-odds = intercept + slope L + curvature (ln p + ln(1 - p)), p = sigmoid(L)."""

    intercept: float
    slope: float
    curvature: float


class Recalibration(Document):
    """What the outcomes say of the champion's calibration, and the version that came of it.

    Attributes:
        portfolio: its name.
        champion: the version in use.
        cohort: the outcomes.
        steps: each rung of the ladder, the smallest first.
        decision: the highest step taken; `refit` where no calibration helps.
        correction: what is applied after the champion's calibrator.
        outlook: what the newest outcomes say of the level in the year to come; None where none is final.
        detectable_shift: smallest change of level, in log-odds, that is found with chance `power`; None without a test.
        power: see there.
        ruling: what is done, in one sentence that monitoring tells as well.
        gates: of calibration, on customers the step was not fitted on.
        version: the new version; None where there is none.
        alias: it bears.
        verdict: on it; `unchanged` without a step, `refused` where a gate fails.
        rests_on: what the score in use rests on where it was not fitted to the book's own defaults; None where it was.
        timing: what open outcomes rest on, tested; None where no month since the level in use was set has passed.
        refusal: what the gates did not admit, as the log of decisions holds it beside the sha256 of this file; None where they stopped nothing.
    """

    VERSION: ClassVar[int] = 6

    portfolio: str
    champion: Version
    cohort: Cohort
    steps: tuple[Step, ...]
    decision: Decision
    correction: CorrectionPart
    outlook: Outlook | None
    detectable_shift: float | None
    power: float
    ruling: Ruling
    gates: tuple[Finding, ...]
    version: str | None = None
    alias: str | None = None
    verdict: str = "unchanged"
    rests_on: Experience | None = None
    timing: Steadiness | None = None
    refusal: Refusal | None = None

    def after(self, receipt: Receipt) -> Recalibration:
        """This report with what became of the new version."""
        kept = {"version": receipt.version, "alias": receipt.alias, "verdict": receipt.verdict}
        return self.model_copy(update=kept)
