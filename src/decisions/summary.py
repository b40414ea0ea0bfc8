"""What the portfolio page shows. Its size does not depend on the size of the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, get_args

import pandas as pd

from contracts.calendar import months_back
from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.calls import Calls
from contracts.documents.experience import Experience
from contracts.documents.portfolio import (
    Action,
    ActionWeight,
    AgeBucket,
    Collections,
    GradeWeight,
    Headline,
    Healthy,
    IndustryWeight,
    Kind,
    Largest,
    Outside,
    Portfolio,
)
from decisions.calls import CALLED_FOR, calls, text_of
from decisions.facts.book import Book, Facts
from decisions.listing import described, listed
from decisions.moves import moves
from decisions.receivables.turnover import measure
from decisions.scenarios import Level, Year, scenarios

MAX_CALLS = 10
MAX_INDUSTRIES = 10
MAX_LARGEST = 10
SPAN_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Heading:
    """What a portfolio is called and how its numbers are read.

    Attributes:
        name: of its configuration.
        title: for people.
        horizon_months: of the PD.
        gates_not_passed: codes of the gates that keep the model out of the registry.
        healthy: whom customers are compared with.
        rests_on: what the score rests on where it was not fitted to the book's own defaults.
        level: for when the PDs are meant, and the worst year seen; None where it is not told.
    """

    name: str
    title: str
    horizon_months: int
    gates_not_passed: tuple[str, ...] = ()
    healthy: Healthy | None = None
    rests_on: Experience | None = None
    level: Level | None = None

    @property
    def worst(self) -> Year | None:
        """The worst year seen."""
        return None if self.level is None else self.level.worst


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
    named = _named(rated, customers)
    at_risk = named["grade"] >= rules.at_risk_from_grade
    called, largest = calls(named, facts.alerts, book.said(), MAX_CALLS), _largest(named)
    return Portfolio(
        portfolio=heading.name,
        gates_not_passed=heading.gates_not_passed,
        rests_on=heading.rests_on,
        title=heading.title,
        as_of=book.as_of,
        currency=book.currency,
        horizon_months=heading.horizon_months,
        lgd=rules.lgd,
        pdo=scale.pdo,
        at_risk_from_grade=rules.at_risk_from_grade,
        has_ledger=book.has_ledger,
        headline=_headline(named, at_risk),
        **_without_score(named, book, facts),
        earlier=moves(named, book, facts, scale, rules),
        calls=called,
        n_to_call=int(named["action"].isin(CALLED_FOR).sum()),
        without_limit=int(named["limit"].isna().sum()),
        grades=by_grade(named, scale.n_grades),
        actions=_by_action(named),
        receivables=_receivables(book, facts, list(named["customer_id"])),
        receivables_ledger=_receivables(book, facts),
        ageing=_ageing(facts, list(named["customer_id"])),
        industries=by_industry(named),
        largest=largest,
        listed=listed(named),
        described=described(
            named, {*(one.customer_id for one in called), *(one.customer_id for one in largest)}
        ),
        healthy=heading.healthy,
        level=None if heading.level is None else heading.level.told,
        scenarios=scenarios(named, heading.worst, scale, rules.at_risk_from_grade),
    )


def work_list(
    rated: pd.DataFrame, customers: pd.DataFrame, book: Book, facts: Facts, heading: Heading
) -> Calls:
    """`reports/calls.json`: every call of the day. Arguments as of `summarise`."""
    return Calls(
        portfolio=heading.name,
        gates_not_passed=heading.gates_not_passed,
        rests_on=heading.rests_on,
        as_of=book.as_of,
        currency=book.currency,
        has_ledger=book.has_ledger,
        calls=calls(_named(rated, customers), facts.alerts, book.said()),
    )


def _named(rated: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    who = customers.set_index("customer_id")[["name", "country", "industry"]]
    return rated.join(who, on="customer_id")


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


def _without_score(named: pd.DataFrame, book: Book, facts: Facts) -> dict[str, Outside | None]:
    """Customers that owe something and have no score: in default on the day, or untold."""
    rest = facts.position.customers
    rest = rest[~rest.index.isin(named["customer_id"])]
    is_untold = rest.index.isin(list(book.untold))
    return {"outside": _owing(rest[~is_untold]), "untold": _owing(rest[is_untold])}


def _owing(rest: pd.DataFrame) -> Outside | None:
    if rest.empty:
        return None
    return Outside(
        customers=len(rest), exposure=_total(rest["exposure"]), overdue=_total(rest["overdue"])
    )


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
            name=text_of(row["name"]) or row["customer_id"],
            grade=int(row["grade"]),
            exposure=row["exposure"],
            share=_share(row["exposure"], total),
        )
        for row in order.head(MAX_LARGEST).to_dict(orient="records")
    )


def _receivables(
    book: Book, facts: Facts, customers: Sequence[str] | None = None
) -> Collections | None:
    """The measures over the newest months: of these customers, or of the whole ledger with those that have no score.

    What is owed by a customer that is insolvent or written off is not paid more slowly: it is not paid.
    """
    if not book.has_ledger:
        return None
    sales = facts.monthly_sales if customers is None else facts.scored_sales
    opening, closing = (
        whole if customers is None else whole.of(customers)
        for whole in (facts.opening, facts.position)
    )
    edges = [months_back(book.as_of, months) for months in range(len(sales) + 1)]
    days = [(newer - older).days for newer, older in pairwise(edges)]
    found = measure(
        float(opening.total("exposure")),
        float(closing.total("exposure")),
        float(closing.total("not_due")),
        list(zip(sales, days, strict=True)),
        SPAN_MONTHS,
    )
    return Collections(**asdict(found))


def _ageing(facts: Facts, customers: Sequence[str]) -> tuple[AgeBucket, ...]:
    ledger, scored = facts.position.ageing(), facts.position.of(customers).ageing()
    whole, part = (sum(amounts.values(), Decimal(0)) for amounts in (ledger, scored))
    return tuple(
        AgeBucket(
            bucket=bucket,
            amount=scored[bucket],
            share=_share(scored[bucket], part) or 0.0,
            ledger_amount=amount,
            ledger_share=_share(amount, whole) or 0.0,
        )
        for bucket, amount in ledger.items()
    )
