"""Facts a controller must know, on a world: a rule list of a credit controller, written apart, finds none that is not on the entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from contracts.config.attributes import AttributeConfig
from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.config.source import WorldSource
from decisions.calls import calls
from decisions.facts.book import Book, Facts, gather
from decisions.rating import rate
from reports.locale.facts import told
from tests.unit.decisions.conftest import AS_OF, book_maker
from world.simulate import simulate

Write = Callable[..., dict[str, Path]]
INDEX = AttributeConfig(
    name="payment_index", dtype="number", pillar="credit_record", unit="points", direction=-1, alarm_below=55,
    wording_en="Bureau payment index", wording_zh="征信机构付款指数",
)  # fmt: skip
DAY = pd.Timestamp(AS_OF)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, Facts, dict[str, pd.DataFrame]]:
    """A world of 400 customers, every one of them in the book."""
    folder = tmp_path_factory.mktemp("alerts")
    world = simulate(WorldSource(kind="world", customers=400, years=4, seed=5, downturn="severe"), AS_OF, "EUR")  # fmt: skip
    tables = {name: folder / f"{name}.parquet" for name in world.tables}
    for name, table in world.tables.items():
        pq.write_table(table, tables[name])
    frames = {name: table.to_pandas(date_as_object=False) for name, table in world.tables.items()}
    ids = sorted(frames["customers"]["customer_id"])
    chance = {one: 0.001 * (1 + n % 300) for n, one in enumerate(ids)}
    book = book_maker(folder)(tables, chance, attributes=(INDEX,))
    return book, gather(book, 24), frames


def latest(rows: pd.DataFrame, known: str, order: list[str]) -> pd.DataFrame:
    """Of what was known before the day, each customer's last row."""
    return rows[rows[known] < DAY].sort_values(order).groupby("customer_id").tail(1).set_index("customer_id")  # fmt: skip


def a_controller_would_name(
    book: Book, frames: dict[str, pd.DataFrame]
) -> Iterator[tuple[str, str]]:
    """(customer, kind of fact), by rules that read the raw tables."""
    owed = book.position[book.position["as_of"] == DAY].set_index("customer_id")
    terms = latest(frames["credit_terms"], "valid_from", ["valid_from"])
    stated = latest(frames["financials"], "published_on", ["period_end", "published_on"])
    bureau = frames["attributes"].dropna(subset="payment_index")
    index = latest(bureau, "known_on", ["known_on"])["payment_index"]
    currency = frames["customers"].set_index("customer_id")["currency"]
    rates = frames["fx_rates"][frames["fx_rates"]["rate_on"] < DAY].sort_values("rate_on")
    rate_of = rates.groupby("currency")["rate"].last().astype(float).to_dict() | {"EUR": 1.0}
    for customer in book.latest()["customer_id"]:
        if customer in owed.index:
            granted = terms["credit_limit"].get(customer)  # a limit of 0 is a limit
            limit = float("nan") if granted is None else float(granted)
            if float(owed.loc[customer, "exposure"]) > limit * rate_of[currency[customer]] + 0.01:
                yield customer, "over_limit"
            if owed.loc[customer, "oldest_days"] > 30:
                yield customer, "oldest_overdue"
        if customer in stated.index:
            one = stated.loc[customer]
            if one["net_income"] is not None and one["net_income"] < 0:
                yield customer, "loss"
            if one["total_liabilities"] > one["total_assets"]:
                yield customer, "negative_equity"
        if customer in index.index and index[customer] < 55:
            yield customer, "alarm"
    events = frames["events"][frames["events"]["known_on"] < DAY]
    grave = events[events["kind"].isin(["insolvency", "legal_action", "insurer_claim"])]
    recent = grave[(grave["kind"] == "insolvency") | (grave["occurred_on"] >= DAY - pd.DateOffset(years=3))]  # fmt: skip
    yield from ((str(customer), "event") for customer in recent["customer_id"].unique())


def test_what_a_controller_would_name_is_on_the_entry(made: Any) -> None:
    book, facts, frames = made
    drawn = set(book.latest().sample(200, random_state=7)["customer_id"])
    wanted = {(one, kind) for one, kind in a_controller_would_name(book, frames) if one in drawn}
    found = {
        (one, fact.kind) for one, some in facts.alerts.items() for fact in some if one in drawn
    }
    kinds = pd.Series([kind for _, kind in wanted]).value_counts()
    assert set(kinds.index) == {
        "over_limit",
        "oldest_overdue",
        "loss",
        "negative_equity",
        "alarm",
        "event",
    }
    assert kinds.min() >= 3  # or the test would not see a rule that is left out
    assert wanted - found == set()
    # and nothing is claimed beyond it, but events that the list above does not name
    assert {pair for pair in found - wanted if pair[1] != "event"} == set()


def test_every_call_has_a_reason_or_a_fact_or_at_least_its_cause_and_all_can_be_said(
    made: Any,
) -> None:
    book, facts, frames = made
    rated = rate(book, ScaleConfig(), RateConfig(), facts=facts)
    who = frames["customers"].set_index("customer_id")[["name", "country", "industry"]]
    found = calls(rated.join(who, on="customer_id"), facts.alerts, book.said())
    assert len(found) > 100
    for call in found:
        assert call.because != "nothing"
        assert call.facts == facts.alerts.get(call.customer_id, ())
        for fact in call.facts:
            assert not {"None", "{", "nan"} & set(told("en", fact, "EUR").split())
            assert told("zh", fact, "EUR")


def test_a_fact_is_not_said_where_it_is_false(write: Write, make_book: Any) -> None:
    """At the limit, 30 days past due, no loss, equity of zero, a claim of four years ago, an index of just 55; B: one step on."""
    day = date(2025, 12, 1)  # 30 days before the day of decision
    tables = write(
        customers=[{"customer_id": one} for one in "AB"],
        credit_terms=[{"customer_id": one, "credit_limit": 1_000} for one in "AB"],
        invoices=[
            {"invoice_id": "a", "customer_id": "A", "amount": 1_000, "issued_on": date(2025, 11, 1), "due_on": day},
            {"invoice_id": "b", "customer_id": "B", "amount": 1_000.01, "issued_on": date(2025, 11, 1), "due_on": date(2025, 11, 30)},
        ],
        payments=[],
        financials=[
            {"customer_id": one, "period_end": date(2024, 12, 31), "published_on": date(2025, 6, 1), "net_income": income,
             "total_assets": 100, "total_liabilities": owed}
            for one, income, owed in (("A", 0, 100), ("B", -1, 101))
        ],
    )  # fmt: skip
    facts = gather(make_book(tables, {"A": 0.01, "B": 0.01}), 24).alerts
    assert "A" not in facts
    assert [told("en", fact, "EUR") for fact in facts["B"]] == [
        "Over its limit: it owes EUR 1,000 against a limit of EUR 1,000.",
        "Its oldest open item is 31 days past due; EUR 1,000 is more than 30 days past due.",
        "Negative equity of EUR 1 in its latest statement, for the period to 2024-12-31.",
        "Loss of EUR 1 in its latest statement, for the period to 2024-12-31.",
    ]
