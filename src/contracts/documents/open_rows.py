"""Whether open outcomes are learned from, and what each origin says of it."""

from __future__ import annotations

from datetime import date
from typing import Literal

from contracts.documents.base import Document, Part
from contracts.documents.number import Number

Way = Literal["weighed", "left_out"]


class OpenYear(Part):
    """An origin: the outcomes open on it, and the recipe with and without them on the year that followed.

    Attributes:
        origin: the day.
        rows: observations that were open and counted by their matured share.
        came: of these, in default before the origin.
        expected: how many of them the timing of earlier defaults said, of all that defaulted within the horizon in the end.
        in_the_end: these.
        judged: observations of the year that followed.
        weighed: log loss there with the open outcomes.
        left_out: without them.
        error: standard error of the difference, by customer.
        taken: by the recipe on that day; in the tables of the origins these are its answers.
    """

    origin: date
    rows: int
    came: int
    expected: float
    in_the_end: int
    judged: int
    weighed: Number
    left_out: Number
    error: Number
    taken: Way


class OpenRows(Document):
    """The file.

    Attributes:
        policy: `train.open_rows`.
        taken: for the model that ships.
        years: origins at which open outcomes could be weighed, oldest first.
    """

    policy: Literal["auto", "weighed", "left_out"]
    taken: Way
    years: tuple[OpenYear, ...]
