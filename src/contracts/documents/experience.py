"""What a score says of itself that was not fitted to the book's own defaults: it rests on stated experience."""

from __future__ import annotations

from typing import Literal

from contracts.documents.base import Part

Why = Literal["none", "few", "short", "folds", "calibrate", "race"]
"""No default; fewer than a model is fitted to; one day of decision, or a history too short for a later sample; too few to judge on later data, or to calibrate by; won the race."""


class Experience(Part):
    """What the expert score rests on, for the top of every page that shows its figures.

    Attributes:
        why: no model was fitted, or none won.
        customers: that defaulted in what the score may learn from.
        needed: defaulted customers in train from which fitted models take part.
        long_run_rate: stated: of customers in good standing, how many default within a year.
        stated_pd: mean PD within the horizon that the stated rates make of this book.
        mean_pd: the same after the book's own outcomes had their say.
        data_share: weight of the data among all that was stated, 0 to 1.
        level_share: in the level alone.
        points_share: in the points alone, the mean over the inputs.
        inputs: with points in this book.
        absent: with points in `configs/expert.yaml`, and not in this book.
        ranks: whether customers differ in it; false where no input with points varies in this book, so that all have one PD.
        own: whether nothing is stated of its inputs, so that the few defaults alone say how customers differ; the rate is stated still.
    """

    why: Why
    customers: int
    needed: int
    long_run_rate: float
    stated_pd: float
    mean_pd: float
    data_share: float
    level_share: float
    points_share: float
    inputs: int
    absent: tuple[str, ...] = ()
    ranks: bool = True
    own: bool = False
