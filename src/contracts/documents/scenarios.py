"""For when the PDs are meant, and the book at other levels of default; part of the documents of the portfolio."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from contracts.documents.base import Part

LevelKind = Literal["point_in_time", "through_the_cycle", "as_fitted"]
ScenarioName = Literal["lower", "as_is", "higher", "worst_year"]


class PdLevel(Part):
    """What year the level of the PDs is that of.

    Attributes:
        kind: `point_in_time` the level forecast for the days [from, until); `through_the_cycle` that of a stated long-run rate;
            `as_fitted` that of the outcomes learned from, days of decision [from, until).
        from_, until: see there; None where the level is a long-run rate.
        anchor: the long-run rate.
    """

    kind: LevelKind
    from_: date | None = Field(alias="from")
    until: date | None
    anchor: float | None


class ScenarioGrade(Part):
    """Customers that are in a grade at that level, and their expected loss."""

    grade: int
    customers: int
    expected_loss: Decimal


class Scenario(Part):
    """The book at another level of default: the same shift of everybody's log-odds, the balances as they are.

    Attributes:
        name: `lower` mean PD 30 % below, `as_is`, `higher` 50 % above, `worst_year` that of the worst year seen.
        change: of the mean PD, as a part of it as it is.
        shift: of the log-odds.
        from_, until: the year [from, until) that is the worst one; None elsewhere.
        mean_pd: unweighted.
        expected_defaults: sum of the PDs.
        expected_loss: PD x LGD x uninsured EAD.
        at_risk: customers in `at_risk_from_grade` or worse at that level.
        grades: every grade, customers counted where that level puts them.
    """

    name: ScenarioName
    change: float
    shift: float
    from_: date | None = Field(alias="from")
    until: date | None
    mean_pd: float
    expected_defaults: float
    expected_loss: Decimal
    at_risk: int
    grades: tuple[ScenarioGrade, ...]
