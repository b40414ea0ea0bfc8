"""What the code says of all cases: as few deliveries as their settings allow, each feature, label and position built once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contracts.config.decisions import RateConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.scale import ScaleConfig
from decisions.facts.book import Book
from decisions.rating import rate
from features.engine.scratch import Scratch
from features.labels.cohort import all_rates
from features.labels.default import spells
from features.matrix.position import position
from features.matrix.trading import trading
from tests.bookkeeper.scored import as_book
from tests.cases.books import joined, tables_of
from tests.cases.reading import Case, cases
from tests.features_books import START, Tables, engine, matrix, on, portfolio

FEATURES = {
    "open balance": "balance_amount",
    "overdue": "ageing_overdue_amount",
    "overdue share": "ageing_overdue_share",
    "days of the oldest item": "ageing_oldest_days",
    "overdue items": "ageing_overdue_items_count",
    "days late": "payments_days_late_mean_90d",
    "days late with open items": "payments_days_late_with_open_mean_90d",
    "early share": "payments_early_share_90d",
    "late share": "payments_late_share_90d",
    "invoices late": "payments_invoices_late_share_90d",
    "partial share": "payments_partial_share_90d",
    "deducted share": "payments_deducted_share_90d",
    "discounts taken": "payments_discounts_taken_share_90d",
    "on-time streak": "payments_on_time_streak",
    "payments returned": "payments_returned_count_90d",
    "payments returned in a year": "payments_returned_count_365d",
    "1 to 30 days share": "ageing_1_to_30d_share",
    "disputed share": "disputes_open_share",
    "rank of the overdue share": "peers_ageing_overdue_share_rank",
    "plans broken": "events_payment_plans_broken_count_1095d",
}
"""Questions in a controller's words, and the feature that answers each."""
DECIDED_ON, PD = 400, 0.03
_SHIFT = (START - date(1970, 1, 1)).days
Key = tuple[Any, ...]
Found = dict[tuple[str, str, int | None], Any]


def answers() -> Found:
    """The answer to every question of every case, by case, question and day."""
    found: Found = {}
    every = cases()
    for ask in (_features, _defaults, _positions, _records, _decisions):
        found |= ask(every)
    return found


def settings_of(case: Case) -> dict[str, dict[str, Any]]:
    """What a case sets in its portfolio: `default` and `settlement`."""
    default: dict[str, Any] = {"preset": "irb_90dpd"}
    settlement: dict[str, Any] = {}
    for part in filter(None, case.settings.split(", ")):
        name, _, value = part.partition(" ")
        if name in {"preset", "materiality"}:
            default[name] = value
        elif name == "events":
            default[name] = value.split(" ")
        elif name == "tolerance":
            settlement["amount"] = value
        elif name == "share":
            settlement["share"] = value
        elif name == "discount":
            percent, _, _, days, _ = value.split(" ")
            settlement |= {"discount_rate": float(percent) / 100, "discount_days": int(days)}
        else:
            raise ValueError(f"{case.name}: nobody knows the setting {part!r}")
    return {"default": default, "settlement": settlement}


def _grouped(every: Iterable[Case], is_asked: Callable[[str], bool], *parts: str) -> dict[Key, list[Case]]:  # fmt: skip
    """The cases with such a question, by those parts of their settings."""
    groups: dict[Key, list[Case]] = defaultdict(list)
    for case in every:
        if any(is_asked(one.asked) for one in case.answers):
            own = settings_of(case)
            groups[tuple(repr(own[part]) for part in parts)].append(case)
    return groups


def _portfolio(case: Case) -> PortfolioConfig:
    return portfolio(**settings_of(case))


def _tables(some: list[Case]) -> Tables:
    return joined([tables_of(case) for case in some])


def _features(every: Iterable[Case]) -> Found:
    found: Found = {}
    for some in _grouped(every, FEATURES.__contains__, "settlement").values():
        wanted = [(c.name, one) for c in some for one in c.answers if one.asked in FEATURES]
        names = tuple(sorted({FEATURES[one.asked] for _, one in wanted}))
        pairs = sorted({(name, on(one.day or 0)) for name, one in wanted})
        choice = FeaturesConfig(names=names, windows_days=(90, 365))
        table = matrix(_tables(some), pairs, config=_portfolio(some[0]), choice=choice)
        rows = {(row["customer_id"], row["as_of"]): row for row in table.to_pylist()}
        for name, one in wanted:
            found[name, one.asked, one.day] = rows[name, on(one.day or 0)][FEATURES[one.asked]]
    return found


def _defaults(every: Iterable[Case]) -> Found:
    found: Found = {}
    for some in _grouped(every, "default".__eq__, "settlement", "default").values():
        config = _portfolio(some[0])
        with engine(_tables(some), config) as (con, tables):
            rates = all_rates(con, tables, config)
            made = spells(tables, config.default, rates, config.settlement, Scratch(con).keep)
            rows = con.to_pyarrow(made.order_by(["customer_id", "start"])).to_pylist()
        for case in some:
            own = [row for row in rows if row["customer_id"] == case.name]
            found[case.name, "default", None] = "; ".join(map(_spell, own)) or "never"
    return found


def _spell(row: dict[str, Any]) -> str:
    start, until = row["start"] - _SHIFT, row["until"] - _SHIFT
    return f"from {start}" if row["until"] > 1_000_000 else f"from {start} until {until}"


def _positions(every: Iterable[Case]) -> Found:
    found: Found = {}
    for some in _grouped(every, _is_position, "settlement").values():
        wanted = [(c.name, one) for c in some for one in c.answers if _is_position(one.asked)]
        days = sorted({on(one.day or 0) for _, one in wanted})
        config = _portfolio(some[0])
        with engine(_tables(some), config) as (con, tables):
            rows = position(con, tables, config, days).to_pylist()
        by_day = {(row["customer_id"], row["as_of"]): row for row in rows}
        for name, one in wanted:
            row = by_day.get((name, on(one.day or 0)), {})
            found[name, one.asked, one.day] = row.get(one.asked.removeprefix("position: "), 0)
    return found


def _is_position(asked: str) -> bool:
    return asked.startswith("position: ")


def _is_record(asked: str) -> bool:
    return asked.startswith("record: ")


def _is_decision(asked: str) -> bool:
    return asked.startswith("decision: ")


def _records(every: Iterable[Case]) -> Found:
    found: Found = {}
    for some in _grouped(every, _is_record, "settlement").values():
        config = _portfolio(some[0])
        with engine(_tables(some), config) as (con, tables):
            made = trading(con, tables, config, [on(DECIDED_ON)]).to_pylist()
        rows = {row["customer_id"]: row for row in made}
        for case in some:
            for one in case.answers:
                if _is_record(one.asked):
                    found[case.name, one.asked, one.day] = rows[case.name][one.asked.removeprefix("record: ")]  # fmt: skip
    return found


def _decisions(every: Iterable[Case]) -> Found:
    found: Found = {}
    for some in _grouped(every, _is_decision, "settlement").values():
        with TemporaryDirectory() as folder:
            book = _book(Path(folder), some)
            rows = rate(book, ScaleConfig(), RateConfig()).set_index("customer_id")
        for case in some:
            for one in case.answers:
                if _is_decision(one.asked):
                    found[case.name, one.asked, one.day] = rows.loc[case.name, one.asked.removeprefix("decision: ")]  # fmt: skip
    return found


def _book(folder: Path, some: list[Case]) -> Book:
    """The cases as a scored book of one day, each customer at the same PD."""
    pds = {on(DECIDED_ON): {case.name: PD for case in some}}
    return as_book(folder, _tables(some), _portfolio(some[0]), pds)


@cache
def found() -> Found:
    """`answers`, computed once."""
    return answers()
