"""What is computed again and what is not; and that nothing but a whole, fitting build is continued."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contracts.config.features import FeaturesConfig
from contracts.errors import GrainError
from features.refresh import incremental, near, record
from features.refresh.fingerprint import fingerprints
from tests.features_books import (
    Tables,
    customer,
    dispute,
    invoice,
    matrix,
    on,
    payment,
    terms,
)
from tests.features_changes import changed, content, known, marks, refreshed, shelf
from tests.features_random import month_ends

DAYS = month_ends()[:12]
EVES = {day: day - timedelta(days=1) for day in DAYS}


def _book() -> Tables:
    """Customers A to J billed in EUR but for U, half of them of industry C; each has a limit."""
    names = [*"ABCDEFGHIJU"]
    industries = {name: "C" if place % 2 else "F" for place, name in enumerate(names)}
    documents = [invoice(f"{name}1", name, 20 + place, "100") for place, name in enumerate(names)]
    return {
        "customers": [customer(name, industry=industries[name]) for name in names],
        "invoices": [row | {"currency": "USD" if row["customer_id"] == "U" else "EUR"} for row in documents],
        "payments": [payment(f"P{name}", f"{name}1", 60, "40") for name in names],
        "disputes": [dispute("QB", "B1", 90)],
        "credit_terms": [terms(name, 0, "500") for name in names],
        "attributes": [{"customer_id": "A", "known_on": on(70), "employees": -0.0, "region": "north"}],
        "fx_rates": [{"currency": "USD", "rate_on": on(day), "rate": Decimal("0.9")} for day in range(-5, 400)],
    }  # fmt: skip


def _pairs(tables: Tables) -> list[tuple[str, date]]:
    return [(row["customer_id"], day) for row in tables["customers"] for day in DAYS]


def test_exactly_the_observations_that_could_see_a_change_are_marked() -> None:
    before = _book()
    asked = _pairs(before)
    after = deepcopy(before)
    by_name = {row["customer_id"]: row for row in after["customers"]}
    edge = DAYS[6]  # a booking on a day of decision itself is not seen on that day
    after["payments"].append(payment("L", "A1", 65, "9", booked=(edge - on(0)).days))
    after["disputes"][0]["closed_on"] = on(200)
    after["invoices"].append(after["invoices"][2])  # C's row twice
    after["credit_terms"].append(terms("D", 150, "300"))
    by_name["E"]["name"] = "E limited"
    after["customers"].append(customer("new", parent_id="F", onboarded_on=on(250)))
    after["invoices"].append(invoice("G2", "G", 10, "50", booked_at=300))
    after["payments"].append(payment("G2", "G2", 40, "50"))  # not seen before its invoice
    after["invoices"].append(invoice("H2", "H", 220, "50", currency="USD"))
    after["payments"].remove(next(row for row in after["payments"] if row["payment_id"] == "PI"))
    for row in after["fx_rates"]:
        row["rate"] += Decimal("0.01") if row["rate_on"] in {EVES[DAYS[0]], EVES[DAYS[9]]} else 0
    since = {"A": edge, "B": on(200), "C": on(22), "D": on(150), "E": on(-1), "F": on(250), "G": on(300), "H": on(220), "I": on(60)}  # fmt: skip
    expected = {(name, day) for name, known_on in since.items() for day in DAYS if day > known_on}
    # U was first billed in dollars on day 30, the first day of decision, so only the second rate is used
    expected |= {("U", DAYS[9])}
    assert changed(marks(known(before, asked)), marks(known(after, asked))) == expected


def test_a_late_payment_a_new_month_and_nothing(tmp_path: Path) -> None:
    book, families = _book(), ("limits", "peers")
    asked = [(name, day) for name, day in _pairs(book) if day < DAYS[-1]]
    first = refreshed(book, asked, tmp_path, *families)
    assert (first.recomputed, first.observations, first.reason) == (121, 121, record.NO_RECORD)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    again = refreshed(book, asked, tmp_path, *families)
    assert (again.recomputed, again.ranked, again.reason) == (0, 0, None)
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}

    book["payments"].append(payment("L", "B1", 65, "9", booked=230))
    late = refreshed(book, asked, tmp_path, *families)
    days = [day for day in DAYS[:-1] if day > on(230)]
    assert (late.recomputed, late.reason) == (len(days), None)
    # C with a balance: A's industry is F, B's is C, of which there are five
    assert late.ranked == 5 * len(days)
    old = pq.read_table(shelf(tmp_path).matrix)

    appended = refreshed(book, _pairs(book), tmp_path, *families)
    assert (appended.recomputed, appended.ranked, appended.reason) == (11, 11, None)
    new = pq.read_table(shelf(tmp_path).matrix)
    assert new.filter([day < DAYS[-1] for day in new["as_of"].to_pylist()]).equals(old)
    assert "11 recomputed, 11 re-ranked)" in str(appended)
    # fingerprints too: those of one day alone are found another way
    refreshed(book, _pairs(book), tmp_path / "anew", *families)
    beside = ("anew", "programs of anew")
    kept = {name: one for name, one in content(tmp_path).items() if not name.startswith(beside)}
    assert kept == content(tmp_path / "anew")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many observations were looked at closely, each time that any were."""
    found: list[int] = []

    def noted(con: Any, tables: Any, cohort: Any, config: Any) -> Any:
        found.append(int(con.to_pyarrow(cohort.count()).as_py()))
        return fingerprints(con, tables, cohort, config)

    for module in (near, incremental):
        monkeypatch.setattr(module, "fingerprints", noted)
    return found


def test_only_customers_whose_rows_changed_are_looked_at(
    tmp_path: Path, looked_at: list[int]
) -> None:
    book, families = _book(), ("limits", "peers", "payments")
    asked = _pairs(book)
    n_days = len(DAYS)

    def then(root: Path = tmp_path / "kept") -> tuple[int, list[int]]:
        looked_at.clear()
        return refreshed(book, asked, root, *families).recomputed, [*looked_at]

    assert then() == (len(asked), [len(asked)])
    assert then() == (0, [])
    book["payments"].append(payment("L", "B1", 65, "9", booked=230))
    since = sum(day > on(230) for day in DAYS)
    assert then() == (since, [n_days])
    # nobody can see it yet, and no rate of that day is used
    book["payments"].append(payment("M", "C1", 900, "9"))
    book["fx_rates"].append({"currency": "USD", "rate_on": on(900), "rate": Decimal("0.8")})
    assert then() == (0, [n_days])
    assert then() == (0, [])
    asked.remove(("D", DAYS[3]))
    assert then() == (0, [])
    # what customers share has changed: all are looked at
    book["fx_rates"][1]["rate"] += Decimal("0.01")
    assert then()[1] == [len(asked)]
    book["customers"][1]["industry"] = "F"
    assert then()[1] == [len(asked)]
    assert then(tmp_path / "anew")[0] == len(asked)
    assert content(tmp_path / "kept") == content(tmp_path / "anew")


def test_peers_left_behind_are_ranked_anew(tmp_path: Path) -> None:
    """One moves to the other industry, one leaves the cohort on a day: both change the ranks of those who stay."""
    book, families = _book(), ("limits", "peers")
    asked = _pairs(book)
    refreshed(book, asked, tmp_path / "kept", *families)
    old = pq.read_table(shelf(tmp_path / "kept").matrix)
    book["customers"][1]["industry"] = "F"
    moved = refreshed(book, asked, tmp_path / "kept", *families)
    # on every day one industry has lost B and the other has won it
    assert (moved.recomputed, moved.ranked) == (12, len(asked))
    asked.remove(("H", DAYS[8]))
    left = refreshed(book, asked, tmp_path / "kept", *families)
    # of industry C there remain D, F and J on that day
    assert (left.recomputed, left.ranked, left.reason) == (0, 3, None)
    refreshed(book, asked, tmp_path / "anew", *families)
    assert content(tmp_path / "kept") == content(tmp_path / "anew")
    new = pq.read_table(shelf(tmp_path / "kept").matrix)
    rank = "peers_limits_used_share_rank"
    first, last = ({(row["customer_id"], row["as_of"]): row[rank] for row in table.to_pylist()} for table in (old, new))  # fmt: skip
    assert {name for name, day in last if first[name, day] != last[name, day]} > {"B"}


def test_the_first_industry_takes_the_ranks_of_those_without_one(tmp_path: Path) -> None:
    """Nobody has an industry, so all are peers; then V comes with one, and goes again."""
    book, families = _book(), ("limits", "peers")
    for row in book["customers"]:
        row["industry"] = None
    asked, rank = _pairs(book), "peers_limits_used_share_rank"
    refreshed(book, asked, tmp_path / "kept", *families)
    alike = pq.read_table(shelf(tmp_path / "kept").matrix)
    assert alike[rank].null_count < len(alike)
    book["customers"].append(customer("V", industry="C"))
    day = DAYS[5]
    with_v = [*asked, ("V", day)]
    come = refreshed(book, with_v, tmp_path / "kept", *families)
    days = [one for one in DAYS if one >= day]
    assert (come.recomputed, come.ranked, come.reason) == (1, 11 * len(days) + 1, None)
    refreshed(book, with_v, tmp_path / "with V", *families)
    assert content(tmp_path / "kept") == content(tmp_path / "with V")
    new = pq.read_table(shelf(tmp_path / "kept").matrix)
    assert {row[rank] for row in new.to_pylist() if row["as_of"] >= day} == {None}
    before = [row for row in alike.to_pylist() if row["as_of"] < day]
    assert [row for row in new.to_pylist() if row["as_of"] < day] == before
    late = payment(
        "L", "B1", 65, "9", booked=(day - on(0)).days - 1
    )  # on that day B is ranked among nobody still
    book["payments"].append(late)
    refreshed(book, with_v, tmp_path / "kept", *families)
    refreshed(book, with_v, tmp_path / "late", *families)
    assert content(tmp_path / "kept") == content(tmp_path / "late")
    book["payments"].remove(late)
    refreshed(book, asked, tmp_path / "kept", *families)
    assert pq.read_table(shelf(tmp_path / "kept").matrix).equals(alike)


def test_what_no_feature_reads_recomputes_nothing(tmp_path: Path) -> None:
    book = _book()
    refreshed(book, _pairs(book), tmp_path, "attributes")
    book["payments"].append(payment("L", "A1", 65, "9"))
    assert refreshed(book, _pairs(book), tmp_path, "attributes").recomputed == 0
    book["attributes"][0]["region"] = "south"
    since = [day for day in DAYS if day > on(70)]
    assert refreshed(book, _pairs(book), tmp_path, "attributes").recomputed == len(since)


def _harms(root: Path) -> dict[str, Callable[[], object]]:
    """Ways to break a build, and what must be said of it."""
    place = shelf(root)
    whole = place.matrix.read_bytes()
    made = json.loads(place.record.read_text())
    other = {"key": made["key"] | {"engine": "duckdb 0.1", "code": "?"}, "files": made["files"]}
    return {
        "matrix.parquet not as recorded": lambda: place.matrix.write_bytes(whole[:-9]),
        "lineage.parquet not as recorded": place.lineage.unlink,
        "known.parquet not as recorded": lambda: place.fingerprints.write_bytes(b""),
        "made.json cannot be read": lambda: place.record.write_bytes(b"\xff{"),
        "made.json cannot": lambda: place.record.write_text('{"key": 1, "files": []}'),
        "other code, engine": lambda: place.record.write_text(json.dumps(other)),
        record.NO_RECORD: place.record.unlink,
    }


def test_a_build_that_is_not_whole_is_built_anew(tmp_path: Path) -> None:
    book = _book()
    refreshed(book, _pairs(book), tmp_path, "attributes")
    good = content(tmp_path)
    for said, harm in _harms(tmp_path).items():
        harm()
        done = refreshed(book, _pairs(book), tmp_path, "attributes")
        assert said in str(done.reason)
        assert done.recomputed == done.observations
        assert content(tmp_path) == good


def test_a_repeated_observation_is_refused(tmp_path: Path) -> None:
    book = _book()
    refreshed(book, _pairs(book), tmp_path, "attributes")
    with pytest.raises(GrainError, match="matrix"):
        refreshed(book, [*_pairs(book), ("A", DAYS[0])], tmp_path, "attributes")


def test_another_choice_or_code_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = _book()
    refreshed(book, _pairs(book), tmp_path, "attributes")
    data = {name: one for name, one in content(tmp_path).items() if name.startswith("features")}
    monkeypatch.setattr(record, "code", lambda: "edited")
    assert refreshed(book, _pairs(book), tmp_path, "attributes").reason == "built with other code"
    # a comment edited in the code must not train a model anew
    assert data == {name: one for name, one in content(tmp_path).items() if name in data}
    other = refreshed(book, _pairs(book), tmp_path, "customers", "attributes")
    assert other.reason == "built with other declarations, choice"


@pytest.mark.parametrize("at", ["known.parquet", "made.json"])
def test_killed_between_two_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    book = _book()
    refreshed(book, _pairs(book), tmp_path / "kept", "attributes")
    book["attributes"][0]["employees"] = 0.0
    step = {"known.parquet": "whole_folder", "made.json": "write_json"}[at]
    calls: list[int] = []

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    def second(path: Path) -> object:
        calls.append(1)
        return whole(path) if len(calls) == 1 else killed()

    whole = record.whole_folder
    with monkeypatch.context() as patch:
        patch.setattr(record, step, second if step == "whole_folder" else killed)
        with pytest.raises(KeyboardInterrupt):
            refreshed(book, _pairs(book), tmp_path / "kept", "attributes")
    done = refreshed(book, _pairs(book), tmp_path / "kept", "attributes")
    assert done.reason == "matrix.parquet not as recorded"
    refreshed(book, _pairs(book), tmp_path / "anew", "attributes")
    assert content(tmp_path / "kept") == content(tmp_path / "anew")


def test_a_rate_counts_where_there_is_money_on_account_alone(tmp_path: Path) -> None:
    """V pays in dollars before it is ever billed; a rate that comes late changes what its account is worth."""
    book = _book()
    book["customers"].append(customer("V", industry="C") | {"currency": "USD"})
    book["invoices"].append(invoice("V1", "V", 330, "80", currency="USD"))
    book["payments"].append(payment("PV", None, 40, "300", customer_id="V"))
    book["fx_rates"] = [row for row in book["fx_rates"] if row["rate_on"] <= on(60)]
    refreshed(book, _pairs(book), tmp_path / "kept", "billing")
    book["fx_rates"].append({"currency": "USD", "rate_on": on(61), "rate": Decimal("0.5")})
    refreshed(book, _pairs(book), tmp_path / "kept", "billing")
    refreshed(book, _pairs(book), tmp_path / "anew", "billing")
    assert content(tmp_path / "kept") == content(tmp_path / "anew")


def test_a_currency_first_billed_later_does_not_blank_earlier_totals() -> None:
    """Rates begin on day 200 and so do dollars: what A owed in euro before is known all the same."""
    book = _book()
    book["fx_rates"] = [row for row in book["fx_rates"] if row["rate_on"] >= on(200)]
    book["invoices"] = [invoice("A1", "A", 20, "100"), invoice("A2", "A", 210, "70", currency="USD")]  # fmt: skip
    asked = [("A", on(100)), ("A", on(205)), ("A", on(230))]
    rows = matrix(book, asked, choice=FeaturesConfig(families=("billing",))).to_pylist()
    # 100 + 70 x 0.9 = 163
    assert [row["billing_amount_sum_365d"] for row in rows] == [100.0, 100.0, 163.0]
