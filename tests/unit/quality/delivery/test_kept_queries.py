"""A delivery whose SELECTs were written for an earlier one says and writes what it would say and write without them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ibis.backends.duckdb import Backend

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from contracts.tables.queries import kept_queries
from quality.delivery.delivery import Delivery
from quality.delivery.finding import Validation
from tests.sources_books import PORTFOLIO, Tables, broken, clean_book, write_raw

Found = tuple[Validation, dict[str, bytes]]
SOME = ("customers", "fx_rates", "master_history")
LONG = 2_000
"""Characters: what mends, shows and sums up rows is shorter."""


def another_book() -> tuple[Tables, PortfolioConfig]:
    """One row of each of two tables is set aside, one value mended."""
    tables = broken("payments", 0, paid_on=None)
    tables["customers"][1]["currency"] = "usd"
    tables["master_history"][1]["known_on"] = None
    return tables, PORTFOLIO


def other_settings() -> tuple[Tables, PortfolioConfig]:
    """The same rows, up to another day and in another currency."""
    changes = {"complete_until": date(2024, 11, 30), "reporting_currency": "USD"}
    return clean_book(), PORTFOLIO.model_copy(update=changes)


def delivered(tables: Tables, out: Path, shelf: Path, portfolio: PortfolioConfig = PORTFOLIO) -> Found:  # fmt: skip
    """What is found, and the files that are written, by name."""
    for name in ("valid", "quarantine"):
        (out / name).mkdir(parents=True)
    with kept_queries(shelf, "test") as queries, connect(EngineConfig(threads=1)) as connection:
        delivery = Delivery(connection, write_raw(tables, out / "raw"), portfolio, queries)
        found = delivery.check()
        delivery.write(out / "valid", out / "quarantine")
    files = {f"{path.parent.name}/{path.name}": path.read_bytes() for path in out.glob("[vq]*/*")}
    return found, files


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for every SELECT that Ibis was asked to write."""
    found: list[str] = []
    write = Backend.compile

    def noted(self: Backend, asked: Any, /, **options: Any) -> str:
        found.append(write(self, asked, **options))
        return found[-1]

    monkeypatch.setattr(Backend, "compile", noted)
    return found


@pytest.mark.parametrize(
    "names", [pytest.param(SOME, id="some"), pytest.param(tuple(clean_book()), id="all", marks=pytest.mark.long)]
)  # fmt: skip
def test_the_next_delivery_writes_nothing_and_others_what_is_their_own(
    names: tuple[str, ...], tmp_path: Path, written: list[str]
) -> None:
    tables = {name: clean_book()[name] for name in names}
    first = delivered(tables, tmp_path / "first", tmp_path / "shelf")
    n_first = len(written)
    assert n_first > 8 * len(names)
    written.clear()
    assert delivered(tables, tmp_path / "again", tmp_path / "shelf") == first
    assert not written
    for number, other in enumerate((another_book(), other_settings())):
        out, portfolio = tmp_path / f"{number}", other[1]
        tables = {name: other[0][name] for name in names}
        found = delivered(tables, out / "played", tmp_path / "shelf", portfolio)
        assert 0 < len(written) < n_first
        if (
            names == SOME
        ):  # the rules of a table are one long SELECT: other settings make it another, dirt does not
            assert (max(map(len, written)) > LONG) == (portfolio != PORTFOLIO)
        written.clear()
        assert delivered(tables, out / "written", out / "shelf", portfolio) == found
        assert found != first
        assert len(written) > 8 * len(names)
        written.clear()


@pytest.mark.parametrize("damage", ["", "x", "0" * 64 + '\n{"a":"SELECT 1"}'])
def test_a_damaged_file_is_written_anew(damage: str, tmp_path: Path, written: list[str]) -> None:
    rates = {"fx_rates": clean_book()["fx_rates"]}
    first = delivered(rates, tmp_path / "first", tmp_path / "shelf")
    n_first = len(written)
    (file,) = (tmp_path / "shelf").glob("*.json")
    file.write_text(damage, encoding="utf-8")
    assert delivered(rates, tmp_path / "again", tmp_path / "shelf") == first
    assert len(written) == 2 * n_first
    assert delivered(rates, tmp_path / "once more", tmp_path / "shelf") == first
    assert len(written) == 2 * n_first


def test_what_is_asked_no_more_is_dropped(tmp_path: Path, written: list[str]) -> None:
    rates = {"fx_rates": clean_book()["fx_rates"]}
    for name, until in (("one", date(2024, 12, 31)), ("two", date(2024, 11, 30))):
        portfolio = PORTFOLIO.model_copy(update={"complete_until": until})
        delivered(rates, tmp_path / name, tmp_path / "shelf", portfolio)
    written.clear()
    delivered(rates, tmp_path / "three", tmp_path / "shelf")
    assert written
    assert len(list((tmp_path / "shelf").glob("*.json"))) == 1
