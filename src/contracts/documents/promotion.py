"""A challenger against the champion, for whoever decides between them: `reports/promotion.json`. Money is exact."""

from __future__ import annotations

from typing import Literal

from contracts.documents.base import Document, Part
from contracts.documents.comparison import Difference
from contracts.documents.finding import Values
from contracts.documents.number import Number
from contracts.documents.observed import Observed
from contracts.documents.swap import Swap
from contracts.documents.validation_model import Figures

Advice = Literal["promote", "person", "keep"]
Weighs = Literal["for", "against", "neither"]
Source = Literal["scored_again", "kept"]


class Certificate(Part):
    """Whether every tree keeps the promised directions.

    Attributes:
        directions: features whose direction is promised.
        trees: of all boosters.
        broken: promises that are not kept.
        example: the first of them; None where all are kept.
    """

    directions: int
    trees: int
    broken: int
    example: str | None


class Contender(Part):
    """One of the two versions.

    Attributes:
        number: of the version.
        digest: sha256 of its bundle.
        origin: what it was made from: clean, dirty, experiment, unknown; None before that was kept.
        parent: the version whose calibration it corrects; None where it was trained.
        is_stated: whether it rests on stated experience, not on the book's own defaults.
        features: how many it reads.
        lacking: those of them that the newest book does not have; it cannot rate that book.
        certificate: of the model that ships.
        gates: outcome by code, as the version was registered; empty where it keeps none.
    """

    number: str
    digest: str
    origin: str | None
    parent: str | None
    is_stated: bool
    features: int
    lacking: tuple[str, ...]
    certificate: Certificate
    gates: dict[str, str]


class Margin(Part):
    """What the challenger loses, as a share of the champion's log loss, and what may be given away.

    Attributes:
        share: above 0 the challenger is worse.
        upper: one-sided upper bound of it, by customer.
        spent: given away by the pipeline since a person last decided.
        margin: what may be given away in sum.
        is_within: whether it stays within the margin.
    """

    share: float
    upper: float
    spent: float
    margin: float
    is_within: bool


class Duel(Observed):
    """Both on the same test rows, days of decision [from, until). Compared is what was validated, which has not learned these rows.

    Attributes:
        source: whether the champion scored the challenger's test rows again, or both keep these rows.
        champion: every measure, with intervals by customer.
        challenger: the same.
        differences: challenger less champion, paired; ROC AUC after DeLong, by customer.
        lost: by what the pipeline decides.
    """

    source: Source
    champion: Figures
    challenger: Figures
    differences: tuple[Difference, ...]
    lost: Margin


class Agreement(Part):
    """Whether both say the same of the same customers of the newest book.

    Attributes:
        customers: of the newest book.
        with_reasons: to whom one of the two gives a reason.
        same_first: share of them whose first reason is the same idea.
        overlap: mean share of ideas in common, of all that either gives (Jaccard).
        order: rank correlation of the two PDs (Spearman).
    """

    customers: int
    with_reasons: int
    same_first: Number
    overlap: Number
    order: Number


class Weight(Part):
    """One reason of the advice.

    Attributes:
        code: of the sentence, `promotion.reason.<code>` in the catalogue.
        weighs: for the challenger, against it, or to be known.
        values: the figures that the sentence needs.
    """

    code: str
    weighs: Weighs
    values: Values


class Promotion(Document):
    """Champion against challenger: one advice, its reasons, and what they stand on.

    Attributes:
        portfolio: its name.
        horizon_months: of the outcome.
        currency: of money.
        confidence: of every interval.
        champion: the version in use.
        challenger: the version that is offered.
        advice: `promote`: within the margin of the pipeline; `keep`: the champion stays; `person`: somebody has to weigh it.
        reasons: in the order of weight.
        duel: on test rows; None where there is none that neither has learned.
        agreement: of reasons; None where one of the two cannot rate the newest book.
        swap: in money; None likewise.
    """

    portfolio: str
    horizon_months: int
    currency: str
    confidence: float
    champion: Contender
    challenger: Contender
    advice: Advice
    reasons: tuple[Weight, ...]
    duel: Duel | None
    agreement: Agreement | None
    swap: Swap | None
