"""A value written after the outcome is found, whatever form it has; strong honest inputs are none."""

from __future__ import annotations

from functools import cache
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from contracts.errors import BundleError
from models.base.data import Part, assemble, learn_contract
from models.boosting.booster import Ensemble
from models.boosting.lgbm import by_hand, dataset, lightgbm_params
from models.gates.single import SingleInput
from models.measures.alone import fit_alone
from models.validation.single_inputs import MIN_CUSTOMERS, single_inputs
from tests.models_books import QUICK, lineage, panel

MATRIX, PARTITION, _ = panel(seed=5)
BAD = PARTITION["defaulted"].to_numpy(dtype=bool)
DRAWN, LOT = np.random.default_rng(9).random((2, len(MATRIX)))
WRITTEN = BAD & (LOT < 0.5)
"""Half of the defaults are written back."""
FORMS: dict[str, Any] = {
    "an amount": np.where(WRITTEN, 100.0 + 50.0 * DRAWN, 0.0),
    "a state": np.where(WRITTEN, "closed", np.where(DRAWN < 0.7, "ltd", "plc")).astype(object),
    "emptied": np.where(WRITTEN, np.nan, DRAWN),
    "filled": np.where(WRITTEN, DRAWN, np.nan),  # missing for all others
    "overwritten": np.where(WRITTEN, 3.0 * DRAWN + 2.0, 2.0 * DRAWN),
}


def examined(
    checked: tuple[str, ...] = (), *, recent: Part | None = None, **more: Any
) -> dict[str, SingleInput]:
    matrix = MATRIX.assign(**more)
    declared = pd.concat(
        [
            lineage(late=1, equity=-1, noise=0),
            pd.DataFrame(
                {
                    "position": range(10, 10 + len(more)),
                    "feature": list(more),
                    "dtype": ["category" if one.dtype == object else "number" for one in more.values()],
                    "direction": 0,
                }
            ),
        ]
    )  # fmt: skip
    train, test = (assemble(matrix, PARTITION, part) for part in ("train", "test"))
    contract, _ = learn_contract(train, declared, "book", 3)
    rows = dataset(contract.encode(train.features), train.defaulted, contract, QUICK)
    booster = lgb.train(
        lightgbm_params(contract, QUICK, by_hand(contract, QUICK)), rows, num_boost_round=60
    )
    found = single_inputs((train, test), recent, Ensemble((booster,), contract), checked)
    assert found is not None
    return {one.feature: one for one in found}


@cache
def honest() -> dict[str, SingleInput]:
    return examined()


def test_what_the_others_expect_is_the_same_where_shap_values_do_not_add_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: Any) -> None:
        raise BundleError(
            "The SHAP values do not add up to the margin.", where="here", next_step="none"
        )

    plain = honest()
    monkeypatch.setattr("models.validation.single_inputs.contributions", refused)
    for name, one in examined().items():
        assert one.without == pytest.approx(plain[name].without, abs=1e-9)
        assert one.expected == pytest.approx(plain[name].expected, abs=1e-9)


def test_a_value_beyond_every_number_is_the_largest_step() -> None:
    """A tree holds values in 32 bits; one that does not fit lies above all others and stops nothing."""
    codes = np.repeat([1.0, 2.0, 1e300, np.inf, np.nan], 100)
    found = fit_alone(codes, np.arange(500) % 100 < np.repeat([5, 20, 60, 60, 1], 100))
    lowest, low, large, larger, missing = found.pd(np.array([1.0, 2.0, 1e300, np.inf, np.nan]))
    assert missing < lowest < low < large == larger
    assert found.edges[0] == 1.5


def test_honest_inputs_are_no_suspects() -> None:
    assert set(honest()) == {"late", "equity", "noise", "industry"}
    assert honest()["late"].auc > 0.7
    assert not [one for one in honest().values() if one.why]


@pytest.mark.parametrize("form", FORMS)
def test_a_value_written_after_the_outcome_is_found(form: str) -> None:
    found = examined(leak=FORMS[form])
    assert {name: one.why for name, one in found.items() if one.why} == {
        "leak": "missing" if form == "emptied" else "certain"
    }
    leak = found["leak"]
    test = PARTITION["part"].to_numpy() == "test"
    if form != "overwritten":  # a part of its values is as others have them
        assert leak.rate > 0.95
        assert leak.caught == pytest.approx(WRITTEN[test].sum() / BAD[test].sum(), abs=0.02)
    assert leak.without is not None
    # what is left without it is what the honest book knows
    others = honest()["noise"].without
    assert others is not None
    assert leak.without == pytest.approx(others, abs=0.02)


def test_a_leak_that_is_delivered_twice_does_not_hide_behind_itself() -> None:
    found = examined(leak=FORMS["an amount"], again=FORMS["a state"])
    assert {name for name, one in found.items() if one.why} == {"leak", "again"}


def test_a_value_that_nobody_shows_today_is_found() -> None:
    """Two in three that show it default, as an honest sign may have it; but nobody shows it where the outcome is open."""
    sign = np.where(WRITTEN | (DRAWN > 0.982), 1.0, 0.0)
    part = assemble(MATRIX.assign(leak=0.0), PARTITION, "test")
    found = examined(leak=sign, recent=part)["leak"]
    assert found.rate < 0.8
    assert (found.newest, found.why) == (0.0, "vanished")
    shown = assemble(MATRIX.assign(leak=sign), PARTITION, "test")
    assert examined(leak=sign, recent=shown)["leak"].why != "vanished"


def test_what_a_person_has_checked_is_no_suspect() -> None:
    assert "leak" not in examined(("leak",), leak=FORMS["an amount"])


def test_too_few_customers_in_default_say_nothing() -> None:
    train, test = (assemble(MATRIX, PARTITION, part) for part in ("train", "test"))
    some = np.unique(test.customer_id[test.defaulted])[: MIN_CUSTOMERS - 1]
    few = test.take(~test.defaulted | np.isin(test.customer_id, some))
    contract, _ = learn_contract(train, lineage(late=1), "book", 3)
    rows = dataset(contract.encode(train.features), train.defaulted, contract, QUICK)
    booster = lgb.train(
        lightgbm_params(contract, QUICK, by_hand(contract, QUICK)), rows, num_boost_round=5
    )
    assert single_inputs((train, few), None, Ensemble((booster,), contract)) is None
