"""monitor and recalibrate on a small portfolio with a champion in a real registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.errors import ContractError, RegistryError
from contracts.files import read_json, write_json
from contracts.tables.derived import KEY, MATRIX
from contracts.tables.store import write_table
from models.registry.log import RECALIBRATED
from models.registry.registry import CHALLENGER, CHAMPION, Registry
from models.upkeep.since import level_learned
from pipelines.errands.promote import promote
from pipelines.explain import explain
from pipelines.monitor import monitor
from pipelines.recalibrate import recalibrate
from pipelines.register import register
from pipelines.settings import load
from tests.refused_corrections import asking, killed_or_at_once, written_down_once
from tests.serve_project import (
    FEATURES,
    URI,
    Book,
    delivery,
    inside,
    make,
    simulate,
    write_data,
)

pytestmark = pytest.mark.long

NAMES = [one.name for one in FEATURES]


@pytest.mark.usefixtures("project")
def test_without_a_champion_upkeep_says_what_to_do() -> None:
    for stage in (monitor, recalibrate):
        with pytest.raises(RegistryError, match="no champion of 'demo' yet") as caught:
            stage(load())
        assert "make retrain" in caught.value.next_step
    assert not Path("reports/monitoring.json").exists()


def findings() -> dict[str, dict[str, Any]]:
    return {one["code"]: one for one in read_json(Path("reports/monitoring.json"))["findings"]}


@pytest.mark.usefixtures("used")
def test_an_unchanged_book_gives_no_finding() -> None:
    monitor(load())
    found = read_json(Path("reports/monitoring.json"))
    assert found["action"] == "nothing"
    assert {row["feature"] for row in found["features"]} == set(NAMES)
    assert found["champion"]["version"] == "1"
    assert found["current"]["until"] == "2026-01-01"
    before = Path("reports/monitoring.json").read_bytes()
    monitor(load())
    assert Path("reports/monitoring.json").read_bytes() == before


def test_outcomes_it_was_fitted_on_do_not_judge_it(copied: Path) -> None:
    """Asked for 60 months, it still looks only at those after its calibration: the test year, as at registration."""
    params = copied / "configs/params.yaml"
    params.write_text(
        params.read_text().replace(
            "months: 12                    # the newest months of cohorts", "months: 60  #"
        )
    )
    assert load().params.monitor.months == 60
    monitor(load())
    at_registration = read_json(Path("data/model/bundle/reference.json"))["outcomes"]["auc"]
    assert findings()["UP-P1"]["value"] == at_registration


def changed(root: Path, book: Book, **columns: object) -> None:
    rows = book.rows.copy()
    recent = rows["as_of"] >= "2025-01-01"
    for name, value in columns.items():
        rows.loc[recent, name] = (
            rows.loc[recent, name] + value if isinstance(value, float) else value
        )
    write_data(root, Book(rows, book.last))


@pytest.mark.usefixtures("copied")
def test_a_feed_that_validation_found_silent_is_told_with_the_champion() -> None:
    write_json(Path("reports/validation.json"), delivery(days=250, last="2025-04-25", is_silent=True))  # fmt: skip
    assert (
        "UP-Q4 watch (fallen silent, with the last day: events: insolvency (2025-04-25))"
        in monitor(load())
    )
    assert findings()["UP-Q4"]["case"] == ""


def test_an_input_that_moved_is_watched_and_named(copied: Path, book: Book) -> None:
    changed(copied, book, ledger_billed_sum_365d=200_000.0)
    monitor(load())
    found = findings()["UP-D3"]
    assert found["action"] == "watch"
    assert [one["wording_en"] for one in found["inputs"]] == ["ledger billed sum 365d"]
    flagged = [
        row["feature"]
        for row in read_json(Path("reports/monitoring.json"))["features"]
        if row["flagged"]
    ]
    assert flagged == ["ledger_billed_sum_365d"]


def test_a_source_that_stopped_is_a_rebuild(copied: Path, book: Book) -> None:
    changed(copied, book, statement_equity_ratio=np.nan)
    rows = book.rows.copy()
    rows.loc[rows["as_of"] >= "2025-01-01", "statement_equity_ratio"] = None
    write_data(copied, Book(rows, book.last))
    monitor(load())
    assert findings()["UP-Q2"]["action"] == "rebuild"
    assert findings()["UP-Q1"]["action"] == "nothing"


@pytest.mark.usefixtures("copied")
def test_an_input_that_is_gone_is_named_and_no_outcome_is_held_against_pds_without_it() -> None:
    matrix = pd.read_parquet("data/features/matrix.parquet").drop(columns="ledger_billed_sum_365d")
    write_table(matrix, Path("data/features/matrix.parquet"), MATRIX)
    assert "UP-Q1 rebuild (not delivered: ledger_billed_sum_365d)" in monitor(load())
    found = findings()
    assert found["UP-Q1"]["action"] == "rebuild"
    assert [one["feature"] for one in found["UP-Q1"]["inputs"]] == ["ledger_billed_sum_365d"]
    assert found["UP-D3"]["value"] is not None  # the inputs that are there are compared
    outcomes = ("UP-S1", "UP-S2", "UP-S3", "UP-C1", "UP-C2", "UP-P1", "UP-P2")
    assert {(found[code]["outcome"], found[code]["case"]) for code in outcomes} == {("not_applicable", "upkeep.absent")}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [("ledger_billed_sum_365d", "much"), ("industry", 1.0), ("industry", None)]
)
def test_a_model_whose_inputs_are_not_in_the_matrix_is_not_registered(
    project: Path, book: Book, name: str, value: object
) -> None:
    """Not there, words where numbers were, or numbers where words were: of different runs, and said so."""
    matrix = book.rows[[*KEY, *NAMES]]
    changed_ = matrix.drop(columns=name) if value is None else matrix.assign(**{name: value})
    write_table(changed_, project / "data/features/matrix.parquet", MATRIX)
    with pytest.raises(ContractError, match="lacks 1 of the 5 inputs") as caught:
        register(load())
    assert (caught.value.value, caught.value.next_step) == (name, "The two are of different runs: `dvc repro register` trains on the inputs of today.")  # fmt: skip
    assert not (project / "mlflow.db").exists()


def test_a_check_of_a_gate_that_nobody_declares_registers_nothing(project: Path) -> None:
    """A gate of one's own whose file is gone: whether it stops cannot be said."""
    checks = read_json(project / "reports/checks.json")
    write_json(project / "reports/checks.json", [*checks, {**checks[0], "code": "PD-Z9", "outcome": "failed"}])  # fmt: skip
    with pytest.raises(ContractError, match="gates that nobody declares") as caught:
        register(load())
    assert caught.value.value == "PD-Z9 (failed)"


def test_words_where_numbers_were_are_told_as_not_delivered(copied: Path, book: Book) -> None:
    rows = book.rows.assign(ledger_billed_sum_365d="much")
    write_data(copied, Book(rows, book.last))
    assert "UP-Q1 rebuild (not delivered: ledger_billed_sum_365d)" in monitor(load())
    assert "not delivered (ledger_billed_sum_365d)" in recalibrate(load())


def test_a_code_list_that_changed_is_named_with_its_customers(copied: Path, book: Book) -> None:
    rows = book.rows.copy()
    recent = (rows["as_of"] >= "2025-10-01") & (rows["industry"] == "steel")
    rows.loc[recent, "industry"] = "Stahl"
    write_data(copied, Book(rows, book.last))
    n = int((recent & (rows["as_of"] == rows["as_of"].max())).sum())
    assert f"UP-Q3 watch (levels unknown to the model, industry = Stahl: {n})" in monitor(load())


def test_another_order_of_columns_and_rows_changes_no_byte(copied: Path, book: Book) -> None:
    monitor(load())
    recalibrate(load())
    pages = [Path(f"reports/{one}.json") for one in ("monitoring", "recalibration")]
    before = [one.read_bytes() for one in pages]
    rows = book.rows[[*reversed(NAMES), *(one for one in book.rows if one not in NAMES)]]
    write_data(copied, Book(rows.sample(frac=1.0, random_state=1), book.last))
    matrix = pd.read_parquet("data/features/matrix.parquet")
    write_table(matrix[[*reversed(NAMES), *reversed(KEY)]], Path("data/features/matrix.parquet"), MATRIX)  # fmt: skip
    monitor(load())
    recalibrate(load())
    assert [one.read_bytes() for one in pages] == before


@pytest.mark.usefixtures("used")
def test_too_few_outcomes_leave_the_calibration_alone_and_say_so() -> None:
    recalibrate(load())
    text = read_json(Path("reports/recalibration.json"))
    assert (text["decision"], text["version"], text["verdict"]) == ("none", None, "unchanged")
    assert text["detectable_shift"] is None
    kept = Registry(URI, "demo").required_champion().bundle.json("calibrator.json")
    assert read_json(Path("data/champion/calibrator_next.json")) == kept


def test_a_changed_level_becomes_a_challenger_with_the_same_booster(tmp_path: Path) -> None:
    """Twice as many customers as usual, and from 2024 on the hazard is exp(1) times what it was."""
    moved = simulate(700, shift=1.0)
    make(tmp_path, moved)
    with inside(tmp_path):
        explain(load())
        register(load())
        recalibrate(load())
        text = read_json(Path("reports/recalibration.json"))
        assert text["decision"] == "offset"
        assert (text["version"], text["alias"], text["verdict"]) == ("2", RECALIBRATED, CHALLENGER)
        assert text["correction"]["intercept"] == pytest.approx(1.0, abs=0.5)
        assert {gate["outcome"] for gate in text["gates"]} == {"passed"}
        agreed("offset")
        found = Registry(URI, "demo")
        champion, challenger = (
            found.client.get_model_version_by_alias(found.name, alias)
            for alias in (CHAMPION, RECALIBRATED)
        )
        assert (int(champion.version), int(challenger.version)) == (1, 2)
        assert challenger.tags["parent"] == "1"
        written = {
            name: Path(name).read_bytes()
            for name in ("reports/recalibration.json", "data/champion/calibrator_next.json")
        }
        recalibrate(load())
        assert {name: Path(name).read_bytes() for name in written} == written
        assert len(found.versions()) == 2
        _same_booster_new_level(found, moved, text["correction"]["intercept"])
        # promoted by a person, it has nothing left to correct
        promote(load(), "2", "Ann", "the level of 2024 stays")
        recalibrate(load())
        assert read_json(Path("reports/recalibration.json"))["decision"] == "none"
        agreed("too_few")
        # a gate that nothing passes: the correction is refused, and monitoring does not ask for it
        promote(load(), "1", "Ann", "back")
        asking(0.99)
        recalibrate(load())
        assert read_json(Path("reports/recalibration.json"))["verdict"] == "refused"
        agreed("refused")
        written_down_once(found)
        killed_or_at_once(found)


def agreed(case: str) -> None:
    """Monitoring, asked on the same book, tells the decision that recalibration came to, and no check on the calibration asks for another."""
    monitor(load())
    asked, done = (read_json(Path(f"reports/{one}.json"))["ruling"] for one in ("monitoring", "recalibration"))  # fmt: skip
    assert asked == done
    assert done["case"] == case
    told = {findings()[code]["action"] for code in ("UP-S1", "UP-S2", "UP-C1", "UP-C2") if findings()[code]["outcome"] == "failed"}  # fmt: skip
    assert told <= ({"recalibrate", "watch"} if case == "offset" else {"watch"})
    assert case != "offset" or "recalibrate" in told


def _same_booster_new_level(found: Registry, moved: Book, intercept: float) -> None:
    old, new = found.required_champion(), found.asked(RECALIBRATED)
    assert new.bundle.files["booster.txt"] == old.bundle.files["booster.txt"]
    rows = moved.rows[NAMES].head(200)
    before, after = old.predict(rows), new.predict(rows)
    np.testing.assert_array_equal(before["margin"], after["margin"])
    odds = [np.log(one["pd"]) - np.log1p(-one["pd"]) for one in (before, after)]
    np.testing.assert_allclose(odds[1] - odds[0], intercept, atol=1e-9)
    year = read_json(Path("reports/recalibration.json"))["outlook"]
    kept = new.bundle.json("reference.json")
    # what was corrected is off no more, and what was not known is as unknown as before
    assert kept["level_carried"] == year["carried"] | {"lasting": year["carried"]["lasting"] - intercept}  # fmt: skip
    assert kept["corrections"] == [{"from": year["use_from"], "slope": 1.0, "intercept": intercept}]
    assert kept["calibrator_before"] == old.bundle.json("calibrator.json")
    learned = level_learned(kept)
    assert learned is not None
    assert learned.carried is not None
    assert (str(learned.until), learned.carried.lasting) == (year["until"], kept["level_carried"]["lasting"])  # fmt: skip
