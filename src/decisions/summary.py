"""What the portfolio page shows. Its size does not depend on the size of the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

import pandas as pd

from contracts.calendar import months_back
from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.explanations import ReasonText
from contracts.documents.portfolio import (
    Action,
    ActionWeight,
    AgeBucket,
    Call,
    Collections,
    GradeWeight,
    Headline,
    IndustryWeight,
    Kind,
    Largest,
    Outside,
    Portfolio,
)
from contracts.tables.derived import N_REASONS
from decisions.facts.book import Book, Facts
from decisions.moves import moves
from decisions.receivables.turnover import measure

MAX_CALLS = 10
MAX_INDUSTRIES = 10
MAX_LARGEST = 10
SPAN_MONTHS = 3
CALLED_FOR = ("stop", "secure", "reduce", "review")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a portfolio is called and how its numbers are read.

    Attributes:
        name: of its configuration.
        title: for people.
        horizon_months: of the PD.
        gates_not_passed: codes of the gates that keep the model out of the registry.
    """

    name: str
    title: str
    horizon_months: int
    gates_not_passed: tuple[str, ...] = ()


def summarise(
    rated: pd.DataFrame,
    customers: pd.DataFrame,
    book: Book,
    facts: Facts,
    heading: Heading,
    config: tuple[ScaleConfig, RateConfig],
) -> Portfolio:
    """`reports/portfolio.json`.

    Args:
        rated: the decisions (contract PORTFOLIO).
        customers: the contract table customers: names, countries, industries.
        book: what was decided on.
        facts: what the tables said of it.
        heading: names and horizon.
        config: the scale and the rules that were followed.
    """
    scale, rules = config
    who = customers.set_index("customer_id")[["name", "country", "industry"]]
    named = rated.join(who, on="customer_id")
    at_risk = named["grade"] >= rules.at_risk_from_grade
    return Portfolio(
        portfolio=heading.name,
        gates_not_passed=heading.gates_not_passed,
        title=heading.title,
        as_of=book.as_of,
        currency=book.currency,
        horizon_months=heading.horizon_months,
        lgd=rules.lgd,
        pdo=scale.pdo,
        at_risk_from_grade=rules.at_risk_from_grade,
        has_ledger=book.has_ledger,
        headline=_headline(named, at_risk),
        outside=_outside(named, facts),
        earlier=moves(named, book, facts, scale, rules),
        calls=calls(named),
        n_to_call=int(named["action"].isin(CALLED_FOR).sum()),
        without_limit=int(named["limit"].isna().sum()),
        grades=by_grade(named, scale.n_grades),
        actions=_by_action(named),
        receivables=_receivables(book, facts),
        ageing=_ageing(facts),
        industries=by_industry(named),
        largest=_largest(named),
    )


def _total(values: pd.Series[Any]) -> Decimal:
    return sum(values, Decimal(0))


def _share(part: Decimal, whole: Decimal) -> float | None:
    return float(part / whole) if whole else None


def _headline(named: pd.DataFrame, at_risk: pd.Series[bool]) -> Headline:
    exposure, overdue = _total(named["exposure"]), _total(named["overdue"])
    expected_loss = _total(named["expected_loss"])
    return Headline(
        customers=len(named),
        exposure=exposure,
        overdue=overdue,
        overdue_share=_share(overdue, exposure),
        expected_loss=expected_loss,
        expected_loss_share=_share(expected_loss, exposure),
        expected_defaults=float(named["pd"].sum()),
        mean_pd=float(named["pd"].mean()),
        at_risk=int(at_risk.sum()),
        at_risk_exposure=_total(named.loc[at_risk, "exposure"]),
    )


def _outside(named: pd.DataFrame, facts: Facts) -> Outside | None:
    """Customers that owe something and have no score: in default on the day, or not active; None where there are none."""
    rest = facts.position.customers
    rest = rest[~rest.index.isin(named["customer_id"])]
    if rest.empty:
        return None
    return Outside(
        customers=len(rest), exposure=_total(rest["exposure"]), overdue=_total(rest["overdue"])
    )


def calls(named: pd.DataFrame) -> tuple[Call, ...]:
    """The customers to call: those with an action to take, by expected loss, then by PD, then by number.

    The expected loss at stake decides, not the PD: one call saves more at a large, fairly good customer
    than at a tiny bad one.

    Args:
        named: the decisions with name, country and industry.
    """
    called = named[named["action"].isin(CALLED_FOR)].sort_values(
        ["expected_loss", "pd", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    return tuple(_call(row) for row in called.head(MAX_CALLS).to_dict(orient="records"))


def _call(row: Mapping[Any, Any]) -> Call:
    return Call(
        customer_id=row["customer_id"],
        name=_text(row["name"]) or row["customer_id"],
        country=_text(row["country"]),
        industry=_text(row["industry"]),
        exposure=row["exposure"],
        overdue=row["overdue"],
        ead=row["ead"],
        expected_loss=row["expected_loss"],
        score=int(row["score"]),
        grade=int(row["grade"]),
        pd=float(row["pd"]),
        action=row["action"],
        limit=None if pd.isna(row["limit"]) else row["limit"],
        limit_bound=None if pd.isna(row["limit_bound"]) else row["limit_bound"],
        limit_current=None if pd.isna(row["limit_current"]) else row["limit_current"],
        terms_days=int(row["terms_days"]),
        review_on=pd.Timestamp(row["review_on"]).date(),
        reasons=tuple(
            ReasonText(en=row[f"reason_{rank}"], zh=row[f"reason_{rank}_zh"])
            for rank in range(1, N_REASONS + 1)
            if _text(row[f"reason_{rank}"]) is not None
        ),
    )


def _text(value: object) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN is not itself


def by_grade(named: pd.DataFrame, n_grades: int) -> tuple[GradeWeight, ...]:
    """Every grade of the scale, also an empty one: customers, money, mean PD."""
    groups = dict(iter(named.groupby("grade")))
    empty = named.iloc[:0]
    return tuple(
        GradeWeight(grade=one, **_weight(groups.get(one, empty))) for one in range(1, n_grades + 1)
    )


def _weight(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "customers": len(rows),
        "exposure": _total(rows["exposure"]),
        "overdue": _total(rows["overdue"]),
        "expected_loss": _total(rows["expected_loss"]),
        "mean_pd": float(rows["pd"].mean()) if len(rows) else None,
    }


def _by_action(named: pd.DataFrame) -> tuple[ActionWeight, ...]:
    urgent_first = reversed(get_args(Action))
    return tuple(
        ActionWeight(action=one, **_weight(named[named["action"] == one])) for one in urgent_first
    )


def by_industry(named: pd.DataFrame) -> tuple[IndustryWeight, ...]:
    """The industries that hold most of the book, the others in one row, and those not known in another."""
    known = named[named["industry"].notna()]
    weights = [(str(name), _weight(rows)) for name, rows in known.groupby("industry")]
    weights.sort(key=lambda pair: (-pair[1]["exposure"], -pair[1]["customers"], pair[0]))
    kept = weights[:MAX_INDUSTRIES]
    others = known[~known["industry"].isin([name for name, _ in kept])]
    unknown = named[named["industry"].isna()]
    total = _total(named["exposure"])
    parts: list[tuple[Kind, str | None, dict[str, Any]]] = [("named", *pair) for pair in kept]
    if len(others):
        parts.append(("others", None, _weight(others)))
    if len(unknown):
        parts.append(("unknown", None, _weight(unknown)))
    return tuple(
        IndustryWeight(industry=name, kind=kind, share=_share(weight["exposure"], total), **weight)
        for kind, name, weight in parts
    )


def _largest(named: pd.DataFrame) -> tuple[Largest, ...]:
    total = _total(named["exposure"])
    order = named[named["exposure"] > 0].sort_values(
        ["exposure", "customer_id"], ascending=[False, True], kind="stable"
    )
    return tuple(
        Largest(
            customer_id=row["customer_id"],
            name=_text(row["name"]) or row["customer_id"],
            grade=int(row["grade"]),
            exposure=row["exposure"],
            share=_share(row["exposure"], total),
        )
        for row in order.head(MAX_LARGEST).to_dict(orient="records")
    )


def _receivables(book: Book, facts: Facts) -> Collections | None:
    """The measures of the whole ledger over the newest months, also of customers that have no score."""
    if not book.has_ledger:
        return None
    edges = [months_back(book.as_of, months) for months in range(len(facts.monthly_sales) + 1)]
    days = [(newer - older).days for newer, older in pairwise(edges)]
    found = measure(
        float(facts.opening.total("exposure")),
        float(facts.position.total("exposure")),
        float(facts.position.total("not_due")),
        list(zip(facts.monthly_sales, days, strict=True)),
        SPAN_MONTHS,
    )
    return Collections(**asdict(found))


def _ageing(facts: Facts) -> tuple[AgeBucket, ...]:
    amounts = facts.position.ageing()
    total = sum(amounts.values(), Decimal(0))
    return tuple(
        AgeBucket(bucket=bucket, amount=amount, share=_share(amount, total) or 0.0)
        for bucket, amount in amounts.items()
    )
