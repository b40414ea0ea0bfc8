"""The dossiers of some customers: `reports/customers.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from contracts.config.attributes import AttributeConfig
from contracts.config.decisions import RateConfig
from contracts.config.engine import EngineConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.customer import Customer, Customers, NoScore, Who
from contracts.documents.levers import Helps
from contracts.documents.records import Trading
from contracts.documents.told import Fact
from decisions.calls import text_of
from decisions.dossier.group import groups, standing
from decisions.dossier.owed import owed
from decisions.dossier.rated import history, moved, rated
from decisions.dossier.records import (
    MAX_DISPUTES,
    MAX_EVENTS,
    disputes,
    events,
    granted,
    paid_by_month,
    statements,
)
from decisions.facts.alerts import alarming, by_customer, happened, stated
from decisions.facts.alerts import owed as owed_facts
from decisions.facts.history import trading
from decisions.facts.known import known_before
from decisions.facts.position import LONG_OVERDUE, position_on
from decisions.facts.standing import grants
from decisions.summary import Heading


@dataclass(frozen=True, slots=True)
class Shelf:
    """What dossiers are made of. Tables of single customers hold the rows of those asked for, and may hold others.

    Attributes:
        as_of: the day of decision.
        currency: reporting currency, ISO 4217.
        customers: every customer (contract CUSTOMERS): its master data, its group, its industry, as known on the day where that is known.
        book: every customer with a score: customer_id, pd, score, grade, exposure.
        rated: contract PORTFOLIO.
        explanations: contract EXPLANATIONS, with `unit`, `wording_en` and `wording_zh`.
        reasons: contract REASONS_TABLE of the day.
        history: customer_id, as_of, pd of earlier days, by the model of this run.
        moved: customer_id, since, rank, kind, subject, feature, unit, wording_en, wording_zh, value_then, value_now, their texts, points; may be empty.
        owing: customer_id and exposure of every customer that owes something on the day, with a score or not.
        position, trading: of the day of decision (contracts POSITION and TRADING).
        items, credit: contracts ITEMS and CREDITS.
        tables: Parquet file of each valid table, cut to these customers.
        delivered: the raw tables that the portfolio delivers.
        attributes: those that the portfolio declares; some have alarms.
        helps: what would help, by customer; empty where no model is at hand.
    """

    as_of: date
    currency: str
    customers: pd.DataFrame
    book: pd.DataFrame
    rated: pd.DataFrame
    explanations: pd.DataFrame
    reasons: pd.DataFrame
    history: pd.DataFrame
    moved: pd.DataFrame
    owing: pd.DataFrame
    position: pd.DataFrame
    trading: pd.DataFrame
    items: pd.DataFrame
    credit: pd.DataFrame
    tables: Mapping[str, Path]
    delivered: tuple[str, ...]
    attributes: tuple[AttributeConfig, ...] = ()
    helps: Mapping[str, Helps] = field(default_factory=dict)

    @property
    def has_ledger(self) -> bool:
        """Whether invoices and payments are delivered."""
        return {"invoices", "payments"} <= set(self.delivered)


@dataclass(frozen=True, slots=True)
class _Records:
    """What the tables say, by customer."""

    facts: Mapping[str, tuple[Fact, ...]]
    rates: Mapping[str, Decimal]
    parts: Mapping[str, Mapping[str, Any]]

    def of(self, part: str, one: str, default: Any = ()) -> Any:
        return self.parts[part].get(one, default)


def dossiers(
    ids: Sequence[str],
    shelf: Shelf,
    heading: Heading,
    config: tuple[ScaleConfig, RateConfig, EngineConfig],
    unscored: Mapping[str, NoScore],
) -> Customers:
    """The dossiers, in the order asked for.

    Args:
        ids: customers of the table `customers`.
        shelf: what they are made of.
        heading: names and horizon.
        config: the scale, the rules of decisions, and the engine.
        unscored: why those have no score that have none.

    Raises:
        ContractError: an invoice is in a currency for which no rate was known.
    """
    scale, rules, engine = config
    records = _records(ids, shelf, rules, engine)
    industry = dict(zip(shelf.customers["customer_id"], shelf.customers["industry"], strict=True))
    book = shelf.book.assign(industry=shelf.book["customer_id"].map(industry))
    return Customers(
        portfolio=heading.name,
        title=heading.title,
        gates_not_passed=heading.gates_not_passed,
        rests_on=heading.rests_on,
        as_of=shelf.as_of,
        currency=shelf.currency,
        horizon_months=heading.horizon_months,
        lgd=rules.lgd,
        pdo=scale.pdo,
        n_grades=scale.n_grades,
        at_risk_from_grade=rules.at_risk_from_grade,
        event_months=rules.event_months,
        delivered=shelf.delivered,
        healthy=heading.healthy,
        customers=tuple(
            _customer(one, shelf, records, book, scale, unscored.get(one)) for one in ids
        ),
    )


def _records(ids: Sequence[str], shelf: Shelf, rules: RateConfig, engine: EngineConfig) -> _Records:
    wanted = pd.Index(ids, name="customer_id")
    with known_before(shelf.as_of, shelf.tables, shelf.currency, engine) as connection:
        granted_to = grants(connection)
        position = position_on(shelf.position, shelf.as_of).customers
        both = pd.concat([position.reindex(wanted), granted_to.reindex(wanted)], axis=1)
        both["long_overdue"] = both[list(LONG_OVERDUE)].sum(axis=1, min_count=1)
        alarms = shelf.attributes if "attributes" in shelf.tables else ()
        facts = by_customer(
            owed_facts(both),
            stated(connection),
            happened(connection, shelf.as_of, rules.event_months),
            alarming(connection, alarms),
        )
        rates = _rates(connection)
        of_day = shelf.position[shelf.position["as_of"] == pd.Timestamp(shelf.as_of)]
        parts: dict[str, Mapping[str, Any]] = {
            "paid": paid_by_month(connection, shelf.as_of),
            "statements": statements(connection),
            "disputes": disputes(connection, shelf.as_of),
            "events": events(connection),
            "terms": granted(connection, granted_to),
            "owed": owed(ids, of_day, shelf.items, shelf.credit, rates) if shelf.has_ledger else {},
            "trading": _traded(shelf),
            "group": groups(
                ids, shelf.customers, shelf.book, _owing(shelf), rules.at_risk_from_grade
            ),
        }
    return _Records(facts, rates, parts)


def _rates(connection: duckdb.DuckDBPyConnection) -> dict[str, Decimal]:
    return dict(connection.execute("SELECT currency, rate FROM rates").fetchall())


def _owing(shelf: Shelf) -> dict[str, Decimal] | None:
    if not shelf.has_ledger:
        return None
    return dict(zip(shelf.owing["customer_id"], shelf.owing["exposure"], strict=True))


def _traded(shelf: Shelf) -> dict[str, Trading]:
    if not shelf.has_ledger:
        return {}
    first = dict(zip(shelf.trading["customer_id"], shelf.trading["first_issued"], strict=True))
    return {
        str(one): Trading(
            first_issued=None if pd.isna(first[one]) else pd.Timestamp(first[one]).date(),
            billed_3m=row["billed_3m"],
            billed_12m=row["billed_12m"],
        )
        for one, row in trading(shelf.trading, shelf.as_of).to_dict(orient="index").items()
    }


def _customer(
    one: str,
    shelf: Shelf,
    records: _Records,
    book: pd.DataFrame,
    scale: ScaleConfig,
    no_score: NoScore | None,
) -> Customer:
    who = _who(shelf.customers[shelf.customers["customer_id"] == one].to_dict(orient="records")[0])
    row = shelf.rated[shelf.rated["customer_id"] == one].to_dict(orient="records")
    every = {part: records.of(part, one) for part in ("disputes", "events", "statements", "paid")}
    return Customer(
        who=who,
        rated=rated(row[0], _own(shelf.explanations, one), _own(shelf.reasons, one))
        if row
        else None,
        no_score=None if row else no_score or NoScore(why="not_observed"),
        history=history(_own(shelf.history, one), scale),
        moved=moved(_own(shelf.moved, one)),
        facts=records.facts.get(one, ()),
        terms=records.of("terms", one, None),
        owed=records.of("owed", one, None),
        trading=records.of("trading", one, None),
        paid=every["paid"],
        statements=every["statements"],
        disputes=every["disputes"][:MAX_DISPUTES],
        n_disputes=len(every["disputes"]),
        events=every["events"][:MAX_EVENTS],
        n_events=len(every["events"]),
        group=records.of("group", one, None),
        standing=standing(one, who.industry, book) if row else (),
        helps=shelf.helps.get(one) if row else None,
    )


def _own(rows: pd.DataFrame, one: str) -> pd.DataFrame:
    return rows[rows["customer_id"] == one]


def _who(row: Mapping[Any, Any]) -> Who:
    return Who(
        customer_id=str(row["customer_id"]),
        name=text_of(row["name"]),
        country=text_of(row["country"]),
        industry=text_of(row["industry"]),
        legal_form=text_of(row["legal_form"]),
        is_natural_person=bool(row["is_natural_person"]),
        founded_on=_day(row["founded_on"]),
        onboarded_on=_day(row["onboarded_on"]),
        currency=str(row["currency"]),
    )


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()
