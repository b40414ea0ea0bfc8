"""What the gates look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy.stats import norm

from contracts.documents.experience import Experience
from contracts.documents.validation_inside import Granted
from contracts.documents.validation_model import Figures, OriginYear
from models.gates.certificate import Violation
from models.gates.single import SingleInput
from models.measures.agreement import Agreement
from models.measures.backtests import Backtest
from models.measures.drift import Shift
from models.measures.intervals import Premium
from models.measures.metrics import Cox, Measures
from models.measures.overlap import Effective
from models.measures.rivals import Rivalry

MIN_DEFAULTS = 2  # an interval needs two
MIN_FOR_TEST = 5  # defaults observed or expected; below it a test on outcomes says nothing


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gates look at.

    Attributes:
        test: measures on the out-of-time test part; None where it has one class only.
        calibrate: measures on the calibrate part; None where it has one class only.
        cox: recalibration line on the test part; None where there is none (see `models.measures.metrics.cox`).
        premium: Gini over the scorecard's; None where the scorecard has no feature.
        violations: broken promises found by the certificate; None where no direction is promised.
        stability: shift of the PD from train to test; None where it is constant in train.
        additivity_error: of SHAP values, log-odds; None where no row was explained.
        confidence: of the intervals.
        turned: share of pairs of distinct margins whose PDs the calibrator turns round; None where all margins are equal.
        grades: the graded table of all dates of the test part; None where there is no row.
        whole: what all its rows are worth as independent ones; None where they are.
        days: first and last day of decision of the test part.
        then_and_now: AUC of the test part against the calibrate part; None where one of them is not defined.
        exposed: segments and what is granted to them; None where the portfolio has no ledger.
        rivals: the model against plain ones on the test part; None where that has one class only, or none was fitted.
        inputs: every input alone, those that a person has checked left out; None where too few customers defaulted.
        checked: how many a person has checked.
        experience: what the score rests on where it was not fitted; gates of outcomes then decline.
        shipped: the model that ships beside its validated twin, on the newest rows; None where the validated one ships.
        origins: the years that followed the rolling origins, oldest first.
        pooled: all of them together; None where there is none.
        shipped_violations: broken promises found in it; None there, and where no direction is promised.
    """

    test: Measures | None
    calibrate: Measures | None
    cox: Cox | None
    premium: Premium | None
    violations: Sequence[Violation] | None
    stability: Shift | None
    additivity_error: float | None
    confidence: float
    turned: float | None = None
    grades: Sequence[dict[str, Any]] | None = None
    then_and_now: Backtest | None = None
    exposed: Sequence[Granted] | None = None
    whole: Effective | None = None
    days: tuple[str, str] = ("", "")
    rivals: Sequence[Rivalry] | None = None
    inputs: Sequence[SingleInput] | None = None
    checked: int = 0
    experience: Experience | None = None
    shipped: Agreement | None = None
    shipped_violations: Sequence[Violation] | None = None
    origins: Sequence[OriginYear] = ()
    pooled: Figures | None = None

    @property
    def suspects(self) -> list[str]:
        """Inputs that may be leaks, in their order."""
        return [one.feature for one in self.inputs or () if one.why]

    @property
    def reach(self) -> float:
        """Standard errors from an estimate to the end of its interval.

        >>> round(Evidence(None, None, None, None, None, None, None, 0.95).reach, 4)
        1.96
        """
        return float(norm.ppf(0.5 + self.confidence / 2.0))
