"""What rows a statement about a model stands on."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from contracts.documents.base import Part


class Observed(Part):
    """Rows with an outcome, on the days of decision [from, until).

    Attributes:
        rows: observations.
        customers: distinct ones.
        defaults: observations in default.
        defaulted_customers: distinct ones.
        from_: the first day of decision.
        until: the day after the last.
    """

    rows: int
    customers: int
    defaults: int
    defaulted_customers: int
    from_: date = Field(alias="from")
    until: date
