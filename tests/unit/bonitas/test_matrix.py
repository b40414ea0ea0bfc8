"""Three lines in a notebook build a matrix, from whatever folder, and refuse what cannot be."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bonitas import Portfolio
from contracts.config.features import FeaturesConfig
from contracts.errors import BonitasError, ConfigError, ContractError
from pipelines import ROOT, paths
from pipelines.settings import load_portfolio
from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import feature_differences
from tests.features_books import Row, Tables, matrix, write
from tests.features_random import random_book, seeded

CELLS = json.loads((ROOT / "notebooks/first_matrix.ipynb").read_text(encoding="utf-8"))["cells"]
CODE = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]
DAY = "2023-03-15"


@pytest.fixture(scope="module")
def book() -> Tables:
    tables = random_book(seeded(4), 12)
    del tables["attributes"]  # the demo declares others
    tables["customers"][-1]["onboarded_on"] = date(2023, 6, 1)  # after DAY
    return tables


@pytest.fixture
def project(book: Tables, tmp_path: Path) -> Path:
    """A project's folder with the validated tables of a small demo."""
    made_of(book, tmp_path)
    return tmp_path


def made_of(book: Tables, tmp_path: Path) -> None:
    """Writes the configs and the tables of a run of the demo."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for folder in (paths.VALID, paths.RAW, Path("notebooks")):
        (tmp_path / folder).mkdir(parents=True)
    write(tmp_path / paths.VALID, book, load_portfolio("demo"))
    (tmp_path / paths.MANIFEST).write_text('{"portfolio": "demo"}', encoding="utf-8")


@pytest.mark.long
def test_the_notebook_runs_from_its_own_folder(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "notebooks")
    scope: dict[str, Any] = {}
    for code in CODE:
        exec(code, scope)  # noqa: S102 - the cells of our own notebook
    assert len([line for line in CODE[0].splitlines() if line]) == 3
    frame = scope["frame"]
    assert list(frame.columns)[2:] == ["payments_days_late_mean_180d", "ageing_overdue_share"]
    assert frame["as_of"].dt.is_month_start.all()
    assert frame["ageing_overdue_share"].notna().any()
    assert Path.cwd() == project / "notebooks"


def test_the_notebook_holds_no_outputs() -> None:
    outputs = [(cell["outputs"], cell["execution_count"]) for cell in CELLS if cell["cell_type"] == "code"]  # fmt: skip
    assert outputs == [([], None)] * len(CODE)


def test_it_is_the_matrix_of_the_pipeline(project: Path, book: Tables) -> None:
    found = Portfolio("demo", project).matrix(families=["billing"], as_of=DAY, windows=[45])
    names = [row["customer_id"] for row in book["customers"] if str(row["onboarded_on"]) < DAY]
    choice = FeaturesConfig(families=("billing",), windows_days=(45,))
    asked = [(name, date.fromisoformat(DAY)) for name in names]
    wanted = matrix(book, asked, choice=choice).to_pandas(date_as_object=False)
    assert 0 < len(names) < 12
    pd.testing.assert_frame_equal(found, wanted)


def test_every_ledger_feature_is_the_bookkeepers(tmp_path: Path) -> None:
    """An everyday book, beside double entry in plain Python; 50 features of 60 customers on two days."""
    tables = everyday_book(seeded(23), 60)
    made_of(tables, tmp_path)
    families = ("payments", "ageing", "disputes", "limits", "billing", "events", "earlier")
    days = [date(2022, 12, 1), date(2023, 5, 1)]
    choice = FeaturesConfig(families=families, windows_days=(90, 365))
    asked: list[int] = []

    def ask(*_: object) -> list[Row]:
        frame = Portfolio("demo", tmp_path).matrix(families=families, as_of=days, windows=[90, 365])
        frame["as_of"] = frame["as_of"].dt.date
        asked.extend(frame.shape)
        rows = frame.astype(object).to_dict(orient="records")
        return [{str(name): None if pd.isna(one) else one for name, one in row.items()} for row in rows]  # fmt: skip

    assert not feature_differences(tables, days, choice, ask)
    assert asked[0] == 2 * 60
    assert asked[1] > 50


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"families": ["agein"]}, "Did you mean 'ageing'"),
        ({"names": ["ageing_overdue_shar"]}, "Did you mean 'ageing_overdue_share'"),
        ({"windows": [0]}, "greater than or equal to 7"),
        ({"windows": ["ninety"]}, "a number is written in digits"),
        ({"as_of": "2023-02-30"}, "not a day"),
        ({"as_of": ["2026-02-01"]}, "past the data.*\n.*\n.*2026-02-01\n.*2026-01-01"),
        ({"as_of": []}, "no day of decision"),
        ({"as_of": DAY, "customers": ["C01"]}, "Unknown customer 'C01'"),
        ({"as_of": "1990-01-01"}, "no customer on the days"),
        ({"as_of": DAY, "names": ["attributes_x"]}, "Unknown feature"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    project: Path, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(BonitasError) as error:
        Portfolio("demo", project).matrix(**asked)
    assert re.search(message, str(error.value)), str(error.value)


def test_tables_of_another_portfolio_or_none_are_refused(project: Path) -> None:
    with pytest.raises(ConfigError, match="another portfolio than 'american'"):
        Portfolio("american", project)
    with pytest.raises(ConfigError, match="Did you mean 'demo'"):
        Portfolio("dmo", project)
    shutil.rmtree(project / paths.VALID)
    with pytest.raises(ContractError, match="no validated tables"):
        Portfolio("demo", project)


def test_features_are_those_that_the_tables_allow(project: Path) -> None:
    (project / paths.VALID / "disputes.parquet").unlink()
    found = Portfolio("demo", project).features()
    assert "disputes" not in set(found["family"])
    assert found.loc["ageing_overdue_share", "direction"] == 1
