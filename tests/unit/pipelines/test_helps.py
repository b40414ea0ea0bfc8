"""From the ledger to the answer: two items of seventy days keep a customer in its grade; paying both lifts it, paying one does not."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.params import Params
from contracts.documents.levers import Helps
from contracts.files import write_json
from contracts.tables.store import write_arrow
from features.engine.backend import connected, load
from features.matrix.items import items
from features.matrix.matrix import build
from models.base.data import Feature, ModelContract
from models.boosting.booster import Ensemble
from pipelines import paths
from pipelines.book.helps import helped
from pipelines.settings import Settings
from tests.features_books import portfolio
from tests.positions import written

AS_OF = date(2026, 1, 1)
OLDEST = "ageing_oldest_days"


def invoice(name: str, whose: str, due: date, amount: int) -> dict[str, Any]:
    return {"invoice_id": name, "customer_id": whose, "issued_on": date(2025, 9, 1), "due_on": due, "amount": amount}  # fmt: skip


# 71, 62 and 10 days past due; B pays on time
INVOICES = [
    invoice("A1", "A", date(2025, 10, 22), 300),
    invoice("A2", "A", date(2025, 10, 31), 200),
    invoice("A3", "A", date(2025, 12, 22), 900),
    invoice("B1", "B", date(2025, 10, 1), 100),
]
PAID = [{"payment_id": "P1", "invoice_id": "B1", "paid_on": date(2025, 9, 20), "amount": 100}]


def learned() -> lgb.Booster:
    """One split: a customer whose oldest item is more than sixty days past due is a bad risk, any other is not."""
    days = np.repeat(np.arange(0.0, 121.0), 20)[:, None]
    bad = (days[:, 0] > 60).astype(float)
    settings = {"objective": "binary", "num_leaves": 2, "learning_rate": 0.5, "verbosity": -1, "min_data_in_leaf": 1, "num_threads": 1}  # fmt: skip
    rows = lgb.Dataset(days, bad, feature_name=[OLDEST], params={"verbosity": -1, "max_bin": 255})
    return lgb.train(settings, rows, num_boost_round=6)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Helps]:
    folder = tmp_path_factory.mktemp("helps")
    (folder / "data/valid").mkdir(parents=True)
    asked, engine = portfolio(), EngineConfig(threads=2)
    params = Params().model_copy(update={"features": FeaturesConfig(names=(OLDEST,))})
    settings = Settings("small", params, asked)
    customers = [{"customer_id": one} for one in "AB"]
    with contextlib.chdir(folder):
        files = written(paths.VALID, customers=customers, invoices=INVOICES, payments=PAID)
        contract = ModelContract("small", 12, (Feature(OLDEST, "number", 1),))
        Ensemble((learned(),), contract).save(paths.BOOSTER.parent)
        write_json(paths.MODEL_CONTRACT, contract.to_json())
        write_json(paths.CALIBRATOR, {"method": "identity", "parameters": {}})
        with connected(engine, folder / "spill") as con:
            tables = load(con, paths.VALID, asked)
            cohort = pa.table({"customer_id": ["A", "B"], "as_of": pa.array([AS_OF] * 2, pa.date32())})  # fmt: skip
            con.con.register("asked", cohort)
            write_arrow(build(con, tables, con.table("asked"), asked, settings.params.features)[0], paths.MATRIX)  # fmt: skip
            owed = items(con, tables, asked, AS_OF)
            ledger = owed[0].to_pandas(date_as_object=False), owed[1].to_pandas()
            masters = pd.DataFrame({"customer_id": ["A", "B"], "industry": None})
            on = (con, tables), (files, tuple(files)), engine
            return helped(settings, ["A", "B"], on, ledger, (AS_OF, masters))


def test_paying_the_two_oldest_lifts_the_grade_and_paying_one_does_not(found: dict[str, Helps]) -> None:  # fmt: skip
    own = found["A"]
    assert own.reached is not None
    assert own.short is not None
    assert (own.reached.kind, [due.invoice_id for due in own.reached.items]) == ("oldest", ["A1", "A2"])  # fmt: skip
    assert own.reached.amount == 500
    assert (own.short.n_items, own.short.grade, own.short.score) == (1, own.grade, own.score)
    assert own.reached.grade < own.grade
    assert (own.n_worse, own.statement) == (0, "not_delivered")
    overdue = next(one for one in own.levers if one.kind == "overdue")
    assert (overdue.n_items, overdue.score) == (3, own.reached.score)  # the third adds nothing


def test_who_owes_nothing_is_told_so(found: dict[str, Helps]) -> None:
    assert (found["B"].reached, found["B"].levers, found["B"].n_tried) == (None, (), 0)


def test_without_a_model_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nothing: Any = None
    assert helped(nothing, ["A"], nothing, nothing, nothing) == {}
