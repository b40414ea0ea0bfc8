"""One kind of row that ends before the others: customers seem to default no more, and it is said."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from contracts.config.portfolio import PortfolioConfig
from contracts.errors import RuleError
from quality.delivery.findings import stop_if_beyond
from quality.rules.catalogue import Tolerances
from quality.rules.habits.feeds import Feed, false_ends, patience, silence
from tests.house_books import invoice, payment, tables
from tests.sources_books import PORTFOLIO, Row, Tables, check, clean_book, found

UNTIL = PORTFOLIO.complete_until
FIRST = UNTIL - timedelta(days=1500)


def events(kind: str, every: int, until: date) -> list[Row]:
    """One of a kind every so many days, of C1, known on its own day."""
    first = clean_book()["events"][0]
    days = range(0, (until - FIRST).days + 1, every)
    return [
        first | {"event_id": f"{kind}{number}", "kind": kind, "detail": None, "amount": None}
        | {name: FIRST + timedelta(days=number) for name in ("occurred_on", "known_on")}
        for number in days
    ]  # fmt: skip


def book(*told: list[Row]) -> Tables:
    clean = clean_book()
    return {name: clean[name] for name in ("customers", "fx_rates")} | {"events": [row for rows in told for row in rows]}  # fmt: skip


def test_insolvencies_that_end_while_ratings_go_on_stop_the_run(tmp_path: Path) -> None:
    """Fifty ratings of every two days hide a kind of every twenty that was last told half a year ago: no month of the table is thin."""
    ended = UNTIL - timedelta(days=180)
    lawsuits = events("legal_action", 2, UNTIL)
    whole = check(book(lawsuits, events("insolvency", 20, UNTIL)), tmp_path / "whole")
    assert not {"events.defaults_end_early", "events.kind_ends_early"} & set(found(whole))
    told = check(book(lawsuits, events("insolvency", 20, ended)), tmp_path / "ended")
    assert found(told) == {"events.defaults_end_early": 9}  # 180 days at one in 20
    with pytest.raises(RuleError, match="ended before complete_until: 9 of 818 rows of events") as caught:  # fmt: skip
        stop_if_beyond(told, Tolerances({}, where="params"))
    assert "known_on = 2024-07-04, and nothing in the 180 days since, where some came every 20 days at (event_id) = insolvency" in str(caught.value)  # fmt: skip
    stop_if_beyond(told, Tolerances({"events.defaults_end_early": 1.0}, where="params"))


def test_two_rare_kinds_of_one_source_are_heard_as_one(tmp_path: Path) -> None:
    """Each comes every 60 days, so 70 without one say little; of both together nothing was heard where 30 are usual, five weeks longer than ever."""
    until = UNTIL - timedelta(days=100)
    late = [row | {"known_on": row["known_on"] + timedelta(days=30), "occurred_on": row["occurred_on"] + timedelta(days=30)} for row in events("ceased_trading", 60, until - timedelta(days=30))]  # fmt: skip
    told = check(book(events("insolvency", 60, until), late), tmp_path)
    example = next(one for one in told.findings if one.rule.name == "defaults_end_early").examples[-1]  # fmt: skip
    assert example.key == "ceased_trading, insolvency"


def test_a_kind_that_counts_as_no_default_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    tables = book(events("legal_action", 10, UNTIL - timedelta(days=120)), events("insolvency", 20, UNTIL))  # fmt: skip
    told = check(tables, tmp_path)
    assert set(found(told)) == {"events.kind_ends_early"}
    stop_if_beyond(told, Tolerances({}, where="params"))
    counted = replace_default(("insolvency", "legal_action"))
    assert set(found(check(tables, tmp_path / "counted", portfolio=counted))) == {"events.defaults_end_early"}  # fmt: skip


def test_a_rare_kind_of_default_is_told_before_it_would_stop_the_run(tmp_path: Path) -> None:
    """Ceased trading at random, 41 days from one to the next: from 223 days on a silence is told, from 402 on it stops."""
    draw = np.random.default_rng(6)
    rare = [row for row in events("ceased_trading", 1, UNTIL) if draw.random() < 1 / 41]
    often = events("legal_action", 2, UNTIL)

    def silent_for(days: int, folder: str) -> dict[str, int]:
        ended = [row for row in rare if row["known_on"] <= UNTIL - timedelta(days=days)]
        return found(check(book(often, ended), tmp_path / folder))

    whole = check(book(often, rare), tmp_path / "whole")
    assert found(whole) == {}
    assert set(silent_for(250, "half")) == {"events.defaults_may_have_ended"}
    assert set(silent_for(420, "year")) == {"events.defaults_end_early"}
    of = {one.rule.name: one.heard[0] for one in whole.findings if one.heard}
    soon, late = of["defaults_may_have_ended"], of["defaults_end_early"]
    assert soon.kinds == late.kinds == ("ceased_trading",)
    assert soon.told_after is not None
    assert late.told_after is not None
    assert 120 < soon.told_after < 270 < late.told_after < 420


def test_a_column_of_ones_own_that_ends_alone_is_told(tmp_path: Path) -> None:
    """The bureau's index of every other day ends half a year before the number of employees; where both end it is the table."""
    first = clean_book()["attributes"][0]
    days = [FIRST + timedelta(days=number) for number in range(0, 1501, 2)]
    since = UNTIL - timedelta(days=180)
    name = PORTFOLIO.attributes[0].name
    rows = [first | {"known_on": day, name: first[name] if day <= since else None} for day in days]
    clean = {one: clean_book()[one] for one in ("customers", "fx_rates")}
    told = check(clean | {"attributes": rows}, tmp_path / "column")
    assert set(found(told)) == {"attributes.kind_ends_early"}
    examples = next(one for one in told.findings if one.rule.name == "kind_ends_early" and one.broken).examples  # fmt: skip
    assert [one.key for one in examples] == [name]
    ended = check(clean | {"attributes": [row for row in rows if row["known_on"] <= since]}, tmp_path / "both")  # fmt: skip
    assert [one.key for one in next(one for one in ended.findings if one.rule.name == "kind_ends_early" and one.broken).examples] == ["attributes"]  # fmt: skip


def replace_default(kinds: tuple[str, ...]) -> PortfolioConfig:
    default = PORTFOLIO.default.model_copy(update={"events": kinds})
    return PORTFOLIO.model_copy(update={"default": default})


@pytest.mark.parametrize("seed", range(20))
def test_a_feed_that_goes_on_is_not_taken_for_one_that_ended(seed: int) -> None:
    """Events at random, in bursts, in a season of two months a year, or on the first of a month: eight years, asked at every month's end."""
    draw = np.random.default_rng(seed)
    start, until = date(2018, 1, 1), date(2025, 12, 31)
    whole = [start + timedelta(days=number) for number in range((until - start).days + 1)]
    random = [day for day in whole if draw.random() < 1 / 12]
    bursts = [day for day in whole if (day.month + day.year + seed) % 3 == 0 and draw.random() < 1 / 6]  # fmt: skip
    season = [day for day in whole if day.month in {1, 2} and draw.random() < 1 / 3]
    monthly = [day for day in whole if day.day == 1]
    for days in (random, bursts, season, monthly):
        for month in range(24, 96):
            end = start + timedelta(days=round(30.4 * month))
            known = [day for day in days if day <= end]
            assert silence(Feed("events", ("insolvency",), known, end)) is None
        gone = [day for day in days if day <= date(2023, 12, 31)]
        assert silence(Feed("events", ("insolvency",), gone, until)) is not None


@pytest.mark.parametrize(
    ("usual", "asked"), [(6, 1 / 10), (20, 1 / 10), (41, 1 / 10), (20, 1 / 200)]
)
def test_how_often_a_feed_that_goes_on_is_told_to_have_ended(usual: int, asked: float) -> None:
    """News at random, a habit of 60 gaps, and the next 40 gaps: no more of them last so long than is said, nor far fewer, for a habit's spread is doubted."""
    draw = np.random.default_rng(usual)
    start, said, ends, years = date(2000, 1, 1), 0.0, 0, 0.0
    for _ in range(1500):
        gaps = np.ceil(draw.exponential(usual, 61 + 40)).astype(int)
        days = [start + timedelta(days=int(one)) for one in np.cumsum(gaps)]
        after = patience(days[:61], asked)
        assert after is not None
        said += false_ends(days[:61], asked) * float(gaps[61:].sum()) / 365.25
        ends += int((gaps[61:] >= after).sum())
        years += float(gaps[61:].sum()) / 365.25
    assert 0.3 * said < ends < said + 3 * np.sqrt(said)
    assert said < 1.1 * asked * years


@pytest.mark.parametrize("late", [10, 0], ids=["given up", "still debited"])
def test_returns_that_ended_with_the_debits_are_not_missing(late: int, tmp_path: Path) -> None:
    """Every third debit on the due day comes back until April; since then customers pay ten days after it, or are debited as before and nothing comes back."""
    ended = date(2024, 4, 30)
    every, paid = [], []
    for number in range(500):
        due = UNTIL - timedelta(days=1499 - 3 * number)
        one = invoice(f"R{number}", f"K{number % 9}", due, f"{100 + number}.00")
        on = due + timedelta(days=late if due > ended else 0)
        every.append(one)
        paid.append(payment(f"P{number}", one, on))
        if number % 3 == 0 and due <= ended:
            paid.append(payment(f"B{number}", one, due + timedelta(days=5)) | {"kind": "reversal"})
            paid.append(payment(f"A{number}", one, due + timedelta(days=15)))
    known = [one for one in paid if one["paid_on"] <= UNTIL]
    told = {one.rule.name for one in check(tables(every, known), tmp_path).findings if one.broken}
    assert ("defaults_end_early" in told) is (late == 0)
