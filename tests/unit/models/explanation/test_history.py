"""The history is what the model of today says of each day, and movements sum to the change, exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from contracts.config.explanation import ExplainConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.movements import Movements
from contracts.scale import exact_score, grade
from contracts.tables.derived import PILLARS
from contracts.tables.history import MOVEMENTS
from contracts.tables.store import conform, write_arrow, write_parts
from models.boosting.booster import Ensemble
from models.calibration.calibrators import from_json
from models.explanation import explanation, movement, movements
from models.explanation.explanation import Explained, Known, explain
from models.explanation.history import Books
from models.explanation.movement import causes, strand
from models.explanation.movement_tables import movement_table
from models.explanation.movements import document, movement_rows
from tests.serve_project import FEATURES, fit, lineage, simulate

SCALE = ScaleConfig()
CALIBRATOR = {
    "method": "beta",
    "a": 0.8,
    "b": 1.7,
    "c": 0.3,
}  # no straight line: points per log-odd differ
PHI = [f"phi_{one.name}" for one in FEATURES]


@dataclass(frozen=True)
class Made:
    """What explain made, the folder of its history, and what it was made from."""

    found: Explained
    folder: Path
    rows: pd.DataFrame
    model: Ensemble
    statements: pd.DataFrame

    def day(self, day: str) -> pd.DataFrame:
        return pq.read_table(self.folder / f"{day}.parquet").to_pandas(date_as_object=False)


def run(folder: Path, newest: int = 24) -> Made:
    rows = simulate(60, 72).rows
    model = fit(rows, trees=25)
    known = Known(
        rows[rows["defaulted"].notna()],
        dict(zip(rows["customer_id"], rows["industry"], strict=True)),
        statements_of(rows),
    )
    settings = (ExplainConfig(history=newest), SCALE, "EUR")
    found = explain(
        Books.of(rows.drop(columns="defaulted"), newest),
        known,
        lineage(),
        (model, CALIBRATOR),
        settings,
        lambda day, table: write_arrow(table, folder / f"{day}.parquet"),
    )
    return Made(found, folder, rows, model, statements_of(rows))


def statements_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Every second customer publishes on the newest day less one, the others two years before."""
    ids = sorted(rows["customer_id"].unique())
    last = rows["as_of"].max()
    days = [
        last - pd.DateOffset(days=1) if n % 2 else last - pd.DateOffset(years=2)
        for n in range(len(ids))
    ]
    return pd.DataFrame({"customer_id": ids, "published_on": pd.to_datetime(days)})  # fmt: skip


def rows_of(made: Made) -> pd.DataFrame:
    return pd.concat(movement_rows(made.found.moved), ignore_index=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run(tmp_path_factory.mktemp("history"))


def test_the_newest_days_are_kept_one_file_each(made: Made) -> None:
    days = sorted(made.rows["as_of"].dt.date.astype(str).unique())[-24:]
    assert sorted(path.stem for path in made.folder.iterdir()) == days


def test_each_day_is_judged_by_the_model_of_today(made: Made) -> None:
    calibrate = from_json(CALIBRATOR).apply
    for path in sorted(made.folder.iterdir())[::7]:
        kept = made.day(path.stem)
        book = made.rows[made.rows["as_of"] == pd.Timestamp(path.stem)].sort_values("customer_id")
        margin = made.model.margin(book)
        assert kept["customer_id"].tolist() == book["customer_id"].tolist()
        np.testing.assert_allclose(kept["margin"], margin, rtol=0, atol=1e-12)
        np.testing.assert_allclose(kept["pd"], calibrate(margin), rtol=0, atol=1e-12)
        np.testing.assert_allclose(kept["score"], exact_score(calibrate(margin), SCALE), atol=1e-8)
        assert kept["grade"].tolist() == grade(calibrate(margin), SCALE).tolist()


def test_kept_values_add_up_to_margin_score_and_pillars(made: Made) -> None:
    kept = made.day(sorted(path.stem for path in made.folder.iterdir())[5])
    pillars = kept[[f"points_{one}" for one in PILLARS]].sum(axis=1)
    np.testing.assert_allclose(kept["points_base"] + pillars, kept["score"], atol=1e-9)
    # values are kept in single precision: 7 digits of a log-odd
    expected = made.found.found.expected
    np.testing.assert_allclose(
        expected + kept[PHI].astype(float).sum(axis=1), kept["margin"], atol=1e-6
    )
    made_points = kept[PHI].astype(float).sum(axis=1) * kept["points_per_log_odd"]
    np.testing.assert_allclose(made_points, pillars, atol=1e-3)
    assert kept["points_per_log_odd"].nunique() > 3


def test_two_runs_write_the_same_bytes(made: Made, tmp_path: Path) -> None:
    again = run(tmp_path)
    for path in made.folder.iterdir():
        assert (again.folder / path.name).read_bytes() == path.read_bytes()
    pd.testing.assert_frame_equal(rows_of(again), rows_of(made))


def test_a_book_that_is_gone_through_in_parts_gives_the_same(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 customers, 7 at a time: reasons, what is measured of them, movements and their file."""
    for module, name in (
        (explanation, "SPOKEN_OF"),
        (movement, "TOGETHER"),
        (movements, "TOGETHER"),
    ):
        monkeypatch.setattr(module, name, 7)
    again = run(tmp_path)
    pd.testing.assert_frame_equal(again.found.reasons, made.found.reasons)
    assert again.found.measured == made.found.measured
    write_parts(movement_rows(again.found.moved), tmp_path / "parts.parquet", MOVEMENTS)
    monkeypatch.undo()
    write_parts(movement_rows(made.found.moved), tmp_path / "whole.parquet", MOVEMENTS)
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    book = [document(one.found.moved, date(2025, 1, 1), "demo", {}) for one in (made, again)]
    assert book[0] == book[1]
    assert made.found.reasons["customer_id"].nunique() > 7


def test_parts_of_a_customer_sum_to_its_change(made: Made) -> None:
    table = rows_of(made)
    conform(table, MOVEMENTS)
    assert {one.months for one in made.found.moved} == {3, 12}
    newest = made.day(str(made.found.moved[0].found.as_of)).set_index("customer_id")["score"]
    for since, rows in table.groupby("since"):
        before = made.day(str(since.date())).set_index("customer_id")["score"]
        change = (newest - before).dropna()
        parts = rows.groupby("customer_id")["points"].sum().reindex(change.index, fill_value=0.0)
        np.testing.assert_allclose(parts, change, rtol=0, atol=1e-8)
        assert change.abs().max() > 20


def test_only_a_statement_of_between_is_a_new_one(made: Made) -> None:
    table = rows_of(made)
    equity = next(one for one in made.found.features if one.name == "statement_equity_ratio")
    own = table[table["subject"] == equity.subject]
    ids = sorted(made.rows["customer_id"].unique())
    published = {one for n, one in enumerate(ids) if n % 2}
    assert len(own)
    for customer, kind in zip(own["customer_id"], own["kind"], strict=True):
        assert kind == ("new_statement" if customer in published else "statement")
    assert set(table.loc[table["subject"] == "lateness", "kind"]) == {"behaviour"}
    assert own["feature"].isna().all()  # the ratio stands still: what it adds was moved by others


def test_what_a_statement_moves_is_no_circumstance_and_what_is_owed_moves_without_one(
    made: Made,
) -> None:
    """An inventory period is no reason and comes from a statement; a balance beside an equity moves though no statement came."""
    some = made.found.features[0]
    period = replace(some, role="context", tables=("customers", "financials"))
    owed = replace(some, role="reason", tables=("financials", "invoices", "payments"))
    age, limit = replace(some, role="context", tables=("customers",)), replace(some, role="ours", tables=("credit_terms", "financials"))  # fmt: skip
    kinds = np.array([strand(one).kind for one in (period, owed, age, limit)], dtype=object)
    without, new = np.zeros(4, dtype=np.bool_), np.ones(4, dtype=np.bool_)
    assert causes(kinds, without).tolist() == ["statement", "behaviour", "context", "ours"]
    assert causes(kinds, new).tolist() == ["new_statement", "new_statement", "context", "ours"]


def test_what_is_said_to_have_moved_a_score_moved_the_way_the_score_went(made: Made) -> None:
    """By its own values on both days, and by the direction that was promised: more days late never raise a score."""
    table = rows_of(made)
    rises = {one.name: -one.direction for one in made.found.features}
    led = table.dropna(subset=["feature", "value_then", "value_now"])
    own = np.sign(led["value_now"] - led["value_then"])
    promised = led["feature"].map(rises).to_numpy()
    assert (own != 0).all()
    assert (promised != 0).sum() > 30
    assert (own * np.sign(led["points"]) == promised)[promised != 0].all()
    # what others did to an idea is there, and names no input
    without = table[table["feature"].isna() & (table["kind"] != "others")]
    assert len(without)
    assert without[["value_then_text", "value_now_text"]].isna().all(axis=None)
    # but an idea of one input alone is called by its words
    of = Counter(one.subject for one in made.found.features)
    words = {one.subject: one.wording_en for one in made.found.features if of[one.subject] == 1}
    expected = without["subject"].map(words)
    assert (without["wording_en"].fillna("") == expected.fillna("")).all()


def test_a_change_that_no_reader_could_see_is_not_shown_as_one(made: Made) -> None:
    """2.9 days then and 2.9 days now: such a line was said to have cost points."""
    one = made.found.moved[0]
    led = one.table(slice(None)).dropna(subset=["feature", "value_then", "value_now"])
    row = led[(led["rank"] == 1) & (led["unit"] == "days")].iloc[0]
    then, now = one.books
    nudged = then.rows.copy()
    at = nudged["customer_id"] == row["customer_id"]
    nudged.loc[at, row["feature"]] = row["value_now"] + 1e-9
    table = movement_table(one.found, (replace(then, rows=nudged), now), one.features, "EUR")
    same = table[(table["customer_id"] == row["customer_id"]) & (table["subject"] == row["subject"])].iloc[0]  # fmt: skip
    assert same["points"] == row["points"]
    assert same[["feature", "value_then_text", "value_now_text"]].isna().all()
    assert np.isnan([same["value_then"], same["value_now"]]).all()


def test_lateness_over_two_windows_is_one_part(made: Made) -> None:
    lateness = [one for one in made.found.features if one.subject == "lateness"]
    assert len(lateness) == 2
    assert len({strand(one) for one in lateness}) == 1
    table = rows_of(made)
    assert not table.duplicated(["customer_id", "since", "subject"]).any()


def test_values_are_those_of_both_days(made: Made) -> None:
    table = rows_of(made)
    row = table[(table["feature"] == "payments_days_late_mean_90d") & (table["rank"] == 1)].iloc[0]
    for day, name in ((row["since"], "value_then"), (row["as_of"], "value_now")):
        mine = made.rows[
            (made.rows["as_of"] == day) & (made.rows["customer_id"] == row["customer_id"])
        ]
        value = float(mine["payments_days_late_mean_90d"].iloc[0])
        assert row[name] == value
        shown = float(row[f"{name}_text"].replace("−", "-"))
        assert shown == pytest.approx(value, abs=0.5)  # ten days and more are whole


def test_the_book_sums_over_its_customers(made: Made, tmp_path: Path) -> None:
    as_of = made.found.moved[0].found.as_of
    found = document(made.found.moved, as_of, "small", {"c": "Firm"}, gates_not_passed=("PD001",))
    found.write(tmp_path / "movements.json")
    assert Movements.read(tmp_path / "movements.json") == found
    for one, source in zip(found.comparisons, made.found.moved, strict=True):
        assert sum(part.points for part in one.parts) == pytest.approx(one.points, abs=1e-7)
        assert one.points == pytest.approx((one.mean_now - one.mean_then) * one.customers, abs=1e-7)
        then = made.day(str(one.since)).set_index("customer_id")["score"]
        now = made.day(str(as_of)).set_index("customer_id")["score"]
        change = (now - then).dropna()
        assert one.points == pytest.approx(change.sum(), abs=1e-6)
        assert (one.customers, one.came, one.left) == (
            len(change),
            len(now) - len(change),
            len(then) - len(change),
        )
        assert [mover.customer_id for mover in one.fell] == change.sort_values().index[
            : len(one.fell)
        ].tolist()
        for mover in (*one.fell, *one.rose):
            moved = mover.score_now - mover.score_then
            assert sum(part.points for part in mover.parts) == pytest.approx(moved, abs=1e-8)
        assert set(source.table(slice(None))["customer_id"]) <= set(change.index)


def test_without_an_earlier_book_nothing_moved(tmp_path: Path) -> None:
    alone = run(tmp_path, newest=1)
    assert alone.found.moved == []
    table = rows_of(alone)
    assert conform(table, MOVEMENTS).num_rows == 0
    assert document([], date(2025, 1, 1), "small", {}).comparisons == ()
