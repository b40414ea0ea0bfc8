"""`bonitas score`: a file in, a version's answer to every row out; what it says is what the pipeline says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.errors import BonitasError, BundleError, ContractError, RegistryError
from contracts.scale import exact_score
from contracts.tables.derived import MATRIX, PILLARS, REASONS_TABLE
from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table, write_table
from models.registry.champion import Champion
from models.registry.registry import Registry
from models.scoring import rows as rows_of
from models.scoring.scorer import scorer
from pipelines.errands.score import score
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import FEATURES, URI, inside, make, simulate

NAMES = [one.name for one in FEATURES]
LATE, EQUITY, KIND = NAMES[0], NAMES[2], NAMES[4]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a champion, whose master file tells industries: each has healthy customers enough to be compared with."""
    root = tmp_path_factory.mktemp("told")
    simulated = simulate()
    make(root, simulated)
    with inside(root):
        path = Path("data/valid/customers.parquet")
        last = simulated.rows.groupby("customer_id")["industry"].last()
        master = read_table(path, CUSTOMERS)
        write_table(master.assign(industry=master["customer_id"].map(last)), path, CUSTOMERS)
        explain(load())
        register(load())
    return root


@pytest.fixture
def within(told: Path) -> Iterator[None]:
    with inside(told):
        yield


def book() -> pd.DataFrame:
    """The newest rows as a user has them: key and features, with the industry the master file tells."""
    matrix = read_table(Path("data/features/matrix.parquet"), MATRIX)
    newest = matrix[matrix["as_of"] == matrix["as_of"].max()].sort_values("customer_id")
    return newest[["customer_id", "as_of", *NAMES]].reset_index(drop=True)


def answered(frame: pd.DataFrame, folder: Path, name: str = "in.parquet", **options: Any) -> pd.DataFrame:  # fmt: skip
    source, target = folder / name, folder / options.pop("to", "out.parquet")
    if source.suffix == ".csv":
        frame.to_csv(source, index=False)
    else:
        frame.to_parquet(source)
    given = {"reasons": True, "language": "en"} | options
    score(load(), given.pop("model", "champion"), (source, target), **given)
    return (
        pd.read_csv(target, dtype={"customer_id": "string"})
        if target.suffix == ".csv"
        else pd.read_parquet(target)
    )


@pytest.mark.usefixtures("within")
def test_it_says_what_the_pipeline_says(tmp_path: Path) -> None:
    rows = book()
    found = answered(rows, tmp_path)
    assert found["customer_id"].tolist() == rows["customer_id"].tolist()
    assert set(found["status"]) == {"scored"}
    champion = Registry(URI, "demo").required_champion()
    wanted = champion.predict(rows[NAMES])
    for name in ("pd", "score", "grade"):
        assert found[name].tolist() == wanted[name].tolist()
    scale = ScaleConfig(**champion.bundle.json("scale.json"))
    summed = found[[f"points_{one}" for one in (*PILLARS, "base")]].sum(axis=1)
    np.testing.assert_allclose(summed, exact_score(found["pd"].to_numpy(), scale), atol=1e-9)


@pytest.mark.parametrize(("language", "sentence"), [("en", "sentence_en"), ("zh", "sentence_zh")])
@pytest.mark.usefixtures("within")
def test_its_reasons_are_those_of_explain(language: str, sentence: str, tmp_path: Path) -> None:
    told = read_table(Path("data/scored/reasons.parquet"), REASONS_TABLE)
    wanted = told[told["role"] == "reason"].sort_values("rank").groupby("customer_id")[sentence]
    found = answered(book(), tmp_path, language=language)
    said = found.set_index("customer_id")[[f"reason_{rank}" for rank in range(1, 5)]]
    own = {name: list(texts) for name, texts in wanted}
    assert {name: row.dropna().tolist() for name, row in said.iterrows() if row.notna().any()} == own  # fmt: skip
    assert len(own) > 20


@pytest.mark.usefixtures("within")
def test_neither_the_kind_of_file_nor_the_size_of_a_block_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = book()
    whole = answered(rows, tmp_path)
    monkeypatch.setattr(rows_of, "BLOCK_ROWS", 7)
    monkeypatch.setattr(rows_of, "BLOCK_BYTES", 2_000)
    parts = answered(rows, tmp_path)
    assert len(parts) > 3 * 7
    pd.testing.assert_frame_equal(parts, whole)
    text = answered(rows, tmp_path, "in.csv").drop(columns="as_of")
    pd.testing.assert_frame_equal(text, whole.drop(columns="as_of"))


@pytest.mark.usefixtures("within")
def test_every_row_has_a_status_and_none_moves_another(tmp_path: Path) -> None:
    rows = book().head(8).astype(object)
    whole = answered(book().head(8), tmp_path)
    rows.loc[1, LATE] = "12 days"
    rows.loc[2, EQUITY] = "inf"
    rows.loc[3, KIND] = "fishing"
    rows.loc[4, "customer_id"] = None
    rows.loc[5, NAMES] = None
    found = answered(rows, tmp_path, "in.csv")
    wanted = ["scored", "unreadable", "unreadable", "scored_with_unseen_level", "no_customer", "nothing_known", "scored", "scored"]  # fmt: skip
    assert found["status"].tolist() == wanted
    assert found["detail"].tolist()[1:4] == [f"{LATE}: '12 days'", f"{EQUITY}: 'inf'", KIND]
    for row, status in enumerate(wanted):
        assert pd.notna(found.loc[row, "pd"]) == status.startswith("scored")
    for row in (0, 6, 7):
        assert found.loc[row, "pd"] == whole.loc[row, "pd"]
    rows = book().head(8)
    rows.loc[3, KIND] = None
    assert found.loc[3, "pd"] == answered(rows, tmp_path).loc[3, "pd"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.rename(columns={LATE: f"{LATE}s"}), rf"{LATE}: number expected, absent \(there is {LATE}s\)"),
        (lambda t: t.assign(**{EQUITY: "high"}), f"{EQUITY}: number expected, (large_)?string received"),
        (lambda t: t.assign(**{EQUITY: True}), f"{EQUITY}: number expected, bool received"),
        (lambda t: t.assign(**{EQUITY: pd.Series([True, None] * len(t), dtype="boolean")}), f"{EQUITY}: number expected, bool received"),
        (lambda t: t.assign(**{KIND: 3}), f"{KIND}: category expected, int64 received"),
        (lambda t: t.assign(customer_id=7), "customer_id: string expected, int64 received"),
        (lambda t: t.drop(columns=["customer_id", KIND]), "2 column"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("within")
def test_columns_that_do_not_fit_are_named(change: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(ContractError) as error:
        answered(change(book()), tmp_path)
    assert re.search(message, str(error.value)), str(error.value)
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.usefixtures("within")
def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    rows = book()
    with pytest.raises(BonitasError, match="neither Parquet nor CSV"):
        score(load(), "champion", (tmp_path / "a.xlsx", tmp_path / "o.csv"), reasons=False, language="en")  # fmt: skip
    with pytest.raises(BonitasError, match="no such file"):
        score(load(), "champion", (tmp_path / "a.csv", tmp_path / "o.csv"), reasons=False, language="en")  # fmt: skip
    with pytest.raises(BonitasError, match="no such folder"):
        answered(rows, tmp_path, to="nowhere/out.csv")
    with pytest.raises(BonitasError, match="as Parquet or CSV"):
        answered(rows, tmp_path, to="out.json")
    with pytest.raises(RegistryError, match=r"no version '7'.*\n.*\n.*\n.*1 \(champion\)"):
        answered(rows, tmp_path, model="7")
    with pytest.raises(RegistryError, match="no version 'challenger'"):
        answered(rows, tmp_path, model="challenger")


@pytest.mark.usefixtures("within")
def test_a_file_that_breaks_off_leaves_the_earlier_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of, "BLOCK_BYTES", 2_000)
    before = answered(book().head(3), tmp_path, "in.csv", to="out.csv")
    book().to_csv(tmp_path / "in.csv", index=False)
    with (tmp_path / "in.csv").open("a") as file:
        file.write("C9999,2025-12-31,1\n")
    with pytest.raises(BonitasError, match="CSV file cannot be read"):
        score(load(), "champion", (tmp_path / "in.csv", tmp_path / "out.csv"), reasons=False, language="en")  # fmt: skip
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out.csv", dtype={"customer_id": "string"}), before)  # fmt: skip


@pytest.mark.usefixtures("within")
def test_no_cell_of_a_sheet_is_calculated(tmp_path: Path) -> None:
    rows = book().head(2)
    rows["customer_id"] = ["=1+1", "00123"]
    assert answered(rows, tmp_path, to="out.csv")["customer_id"].tolist() == ["'=1+1", "00123"]
    assert answered(rows, tmp_path)["customer_id"].tolist() == ["=1+1", "00123"]


@pytest.mark.usefixtures("within")
def test_an_empty_file_gives_an_empty_answer(tmp_path: Path) -> None:
    assert len(answered(book().head(0), tmp_path)) == 0
    assert answered(book().head(0), tmp_path, "in.csv")["status"].tolist() == []


@pytest.mark.usefixtures("within")
def test_a_version_that_does_not_hold_who_speaks_gives_scores_alone(tmp_path: Path) -> None:
    found = Registry(URI, "demo").required_champion()
    kept = {name: content for name, content in found.bundle.json("reasons.json").items() if name != "speaker"}  # fmt: skip
    text = json.dumps(kept)
    older = Champion(found.name, found.version, found.digest, found.bundle.replaced({"reasons.json": text}), found.folder, found.files)  # fmt: skip
    with pytest.raises(BundleError, match="--no-reasons"), scorer(older):
        pass
    with scorer(older, reasons=False) as by:
        assert list(by.columns()) == ["pd", "score", "grade"]
    assert list(answered(book().head(2), tmp_path, reasons=False)) == ["customer_id", "as_of", "status", "detail", "pd", "score", "grade"]  # fmt: skip


@pytest.mark.usefixtures("within")
def test_a_csv_of_the_old_macintosh_is_refused_by_name(tmp_path: Path) -> None:
    """Lines that end in a carriage return alone are one line, which Python's reader refuses in its own words."""
    book().to_csv(tmp_path / "in.csv", index=False, lineterminator="\r")
    with pytest.raises(BonitasError, match="CSV file cannot be read"):
        score(load(), "champion", (tmp_path / "in.csv", tmp_path / "o.csv"), reasons=False, language="en")  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({EQUITY: "True"}, "unreadable 5", f"{EQUITY}: 'True'.*digits with a decimal point"),
        ({EQUITY: "TRUE"}, "unreadable 5", f"{EQUITY}: 'TRUE'"),
        ({EQUITY: "0,3", LATE: "1.000,5"}, "unreadable 5", f"{LATE}: '1.000,5', {EQUITY}: '0,3'"),
        ({EQUITY: "1_000"}, "unreadable 5", f"{EQUITY}: '1_000'"),
        ({"customer_id": None}, "no_customer 5", "Fill customer_id in every row"),
        (dict.fromkeys(NAMES), "nothing_known 5", "a file of keys alone"),
    ],
)
@pytest.mark.usefixtures("within")
def test_a_file_of_which_nothing_could_be_scored_ends_in_an_error(
    change: dict[str, Any], status: str, said: str, tmp_path: Path
) -> None:
    """A job that scores nothing must not look like one that did: a script sees the exit code, a person the reason."""
    before = answered(book().head(3), tmp_path, to="out.csv")
    rows = book().head(5).assign(**change).astype(object)
    with pytest.raises(BonitasError) as error:
        answered(rows, tmp_path, "in.csv", to="out.csv")
    assert "None of the 5 rows could be scored" in str(error.value)
    assert status in str(error.value)
    assert re.search(said, str(error.value), re.DOTALL), str(error.value)
    assert (tmp_path / "out.csv").read_text().count("scored") == len(before)
    rows.loc[0] = book().astype(object).loc[0]
    assert answered(rows, tmp_path, "in.csv", to="out.csv")["status"].tolist()[0] == "scored"


@pytest.mark.usefixtures("within")
def test_the_closing_line_names_levels_that_were_not_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    rows = book().head(9)
    known = rows.loc[0, KIND]
    rows[KIND] = ["fishing"] * 3 + [known.upper()] * 2 + ["a", "b"] + [known, None]
    rows["customer_id"] = [*rows["customer_id"][:2], None, *rows["customer_id"][3:]]
    rows.to_parquet(tmp_path / "in.parquet")
    files = (tmp_path / "in.parquet", tmp_path / "out.parquet")

    def line() -> str:
        return score(load(), "champion", files, reasons=False, language="en")

    # of three rows that fish one has no customer, and is not scored
    assert f"8 of 9 rows scored (no_customer 1, scored 2, scored_with_unseen_level 6: {KIND} 'fishing' 2, {KIND} '{known.upper()}' 2, {KIND} 'a' 1 and 1 more levels)" in line()  # fmt: skip
    monkeypatch.setattr("models.scoring.scoring.MAX_LEVELS", 2)
    assert f"{KIND} 'fishing' 2, {KIND} '{known.upper()}' 2 and further ones in {KIND})" in line()
