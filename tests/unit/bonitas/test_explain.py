"""`Portfolio.explain` gives what `shap` draws from, in points, log-odds or probability, and refuse what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bonitas import Portfolio
from contracts.config.scale import ScaleConfig
from contracts.errors import BonitasError
from contracts.files import read_json, write_json
from contracts.scale import exact_score
from models.calibration.calibrators import from_json
from tests.serve_project import FEATURES, Book, fit, make, simulate

CALIBRATOR = {"method": "platt", "slope": 0.8, "intercept": 0.3}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Book]:
    root = tmp_path_factory.mktemp("explained")
    book = make(root, simulate(60, 72), trees=20)
    write_json(root / "data/model/calibrator.json", CALIBRATOR)
    return root, book


def test_base_and_values_add_up_in_every_unit(project: tuple[Path, Book]) -> None:
    root, book = project
    rows = book.rows[book.rows["as_of"] == book.rows["as_of"].max()].sort_values("customer_id")
    margin = fit(book.rows, 20).margin(rows)
    chance = from_json(CALIBRATOR).apply(margin)
    wanted = {
        "points": exact_score(chance, ScaleConfig()),
        "log_odds": margin,
        "probability": chance,
    }
    for unit, worth in wanted.items():
        found = Portfolio("demo", root).explain(unit=unit)  # type: ignore[arg-type]
        added = found.base_values + found.sum(axis=1).values  # noqa: PD011 - of shap, not of pandas
        np.testing.assert_allclose(added, worth, atol=1e-8)
        assert found.shape == (len(rows), len(FEATURES))
    assert np.ptp(wanted["points"]) > 50


def test_data_are_the_customers_own_and_names_can_be_read(project: tuple[Path, Book]) -> None:
    root, book = project
    days, ids = ["2020-01-31", "2020-03-31"], sorted(book.rows["customer_id"].unique())[3:5]
    found = Portfolio("demo", root).explain(as_of=days, customers=ids, language="zh")
    mine = book.rows["as_of"].isin(pd.to_datetime(days)) & book.rows["customer_id"].isin(ids)
    rows = book.rows[mine].sort_values(["customer_id", "as_of"])
    assert found.shape == (4, len(FEATURES))
    assert found.display_data[:, -1].tolist() == rows["industry"].tolist()
    np.testing.assert_allclose(found.data[:, 0], rows["payments_days_late_mean_90d"])
    said = pd.read_parquet(root / "data/features/lineage.parquet").set_index("feature")
    assert len(set(found.feature_names)) == len(FEATURES)
    for name, feature in zip(found.feature_names, FEATURES, strict=True):
        assert name.startswith(said.loc[feature.name, "wording_zh"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"unit": "point"}, "points"),
        ({"language": "de"}, "Legal: en, zh"),
        ({"customers": ["nobody"]}, "Unknown customer 'nobody'"),
        ({"as_of": "31.12.2024x"}, "not a day"),
        ({"as_of": "1999-01-01"}, "no row"),
        ({"as_of": ["2020-01-31", "2020-02-01"]}, "2020-02-01"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(
    project: tuple[Path, Book], asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(BonitasError, match=told):
        Portfolio("demo", project[0]).explain(**asked)


def test_without_a_model_the_next_step_is_told(
    project: tuple[Path, Book], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.paths.MODEL_CONTRACT", Path("data/model/absent.json"))
    with pytest.raises(BonitasError, match="absent"):
        Portfolio("demo", project[0]).explain()
    assert read_json(project[0] / "data/model/calibrator.json") == CALIBRATOR
