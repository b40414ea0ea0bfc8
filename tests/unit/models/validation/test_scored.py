"""Rows of calibrate are scored by models that have not seen them, where train left their answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.arrays import Floats
from contracts.errors import ContractError
from contracts.tables.derived import DERIVED_TABLES, KEY, UNSEEN
from contracts.tables.store import conform
from models.calibration.forms.offset import Offset
from models.scorecard.scorecard import Scorecard
from models.validation.scored import Models, part_facts, score_parts
from tests.models_books import panel

MATRIX, PARTITION, _ = panel(customers=60, months=26)


class Constant:
    """A booster that has seen everything, and says so."""

    def margin(self, frame: pd.DataFrame) -> Floats:
        return np.full(len(frame), 9.0)


def models() -> Models:
    booster: Any = Constant()
    return Models(booster, Offset(-1.0), Scorecard(-2.0, ()))


def unseen() -> pd.DataFrame:
    rows = PARTITION.loc[PARTITION["part"] == "calibrate", KEY]
    number = np.arange(len(rows), dtype=float)
    return rows.assign(margin=-number / 100, pd_baseline=(number + 1) / 1000).sample(
        frac=1.0, random_state=1
    )


def test_calibrate_takes_the_unseen_answers_row_by_row_and_no_other_part_does() -> None:
    scored = score_parts(MATRIX, PARTITION, models(), unseen())
    middle = scored["calibrate"]
    keys = pd.DataFrame({"customer_id": middle.part.customer_id, "as_of": middle.part.as_of})
    keys["as_of"] = pd.to_datetime(keys["as_of"])
    wanted = keys.merge(unseen().assign(as_of=lambda f: pd.to_datetime(f["as_of"])), on=KEY)
    assert np.array_equal(middle.margin, wanted["margin"])
    assert np.array_equal(middle.pd_baseline, wanted["pd_baseline"])
    # the calibrator works on them as on any margin: sigmoid(0 - 1)
    assert middle.pd[middle.margin == 0.0] == pytest.approx(1 / (1 + np.e))
    for name in ("train", "test", "holdout"):
        assert set(scored[name].margin) == {9.0}


def test_without_them_the_final_models_answer() -> None:
    assert set(score_parts(MATRIX, PARTITION, models())["calibrate"].margin) == {9.0}


@pytest.mark.parametrize("broken", ["one row missing", "one row too many", "a missing value"])
def test_unseen_answers_of_another_run_are_refused(broken: str) -> None:
    table = unseen()
    if broken == "one row missing":
        table = table.iloc[1:]
    elif broken == "one row too many":
        table = pd.concat([table, table.head(1).assign(customer_id="stranger")])
    else:
        table = table.assign(margin=table["margin"].where(table["margin"] < 0))
    with pytest.raises(ContractError, match="answered unseen"):
        score_parts(MATRIX, PARTITION, models(), table)


def test_the_contract_is_listed_and_holds_the_table() -> None:
    assert DERIVED_TABLES["unseen"] is UNSEEN
    assert conform(unseen(), UNSEEN).num_rows == len(unseen())


def test_facts_of_a_part() -> None:
    test = score_parts(MATRIX, PARTITION, models())["test"]
    rows = PARTITION[PARTITION["part"] == "test"]
    found = part_facts("test", test).model_dump(mode="json", by_alias=True)
    assert (found["n"], found["customers"]) == (len(rows), 60)
    assert found["defaults"] == rows["defaulted"].sum()
    assert (
        found["defaulted_customers"]
        == rows.loc[rows["defaulted"].astype(bool), "customer_id"].nunique()
    )
    assert found["from"] == str(rows["as_of"].min().date())
    assert found["until"] == str((rows["as_of"].max() + pd.Timedelta(days=1)).date())
