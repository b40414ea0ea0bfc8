"""A version that ships refitted: its bundle keeps the validated twin, and later versions are held against that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from contracts.config.evaluation import EvaluateConfig
from contracts.config.scale import ScaleConfig
from contracts.files import write_json
from models.base.data import Feature, ModelContract
from models.boosting.booster import Ensemble, of_texts
from models.registry import bundle as bundles
from models.registry.bundle import TWIN, Bundle, assemble
from models.registry.champion import Champion
from models.registry.margin import Lost
from models.registry.registration import Sample, measure
from models.registry.twin import BEFORE, DATED, UNTIL, twin_pd, unlearned

CONTRACT = ModelContract("demo", 12, (Feature("x", "number", 0),))
DRAW = np.random.default_rng(3)
X = DRAW.normal(size=4000)
BAD = DRAW.random(4000) < 1 / (1 + np.exp(2.0 - 1.5 * X))


def fitted(x: np.ndarray, bad: np.ndarray, trees: int = 30, **more: Any) -> Ensemble:
    data = lgb.Dataset(x[:, None], bad, feature_name=["x"])
    params = {"objective": "binary", "num_threads": 1, "verbosity": -1, "num_leaves": 8} | more
    return Ensemble((lgb.train(params, data, trees), lgb.train(params, data, 5)), CONTRACT)


GOOD = fitted(X[2000:], BAD[2000:])
WEAK = fitted(X[2000:], DRAW.permutation(BAD[2000:]), 5)
# remembers its rows: as good as one leaf a row
KEEN = {
    "num_leaves": 500,
    "min_data_in_leaf": 1,
    "min_data_in_bin": 1,
    "max_bin": 4000,
    "min_sum_hessian_in_leaf": 1e-3,
}
MEMORY = Ensemble(
    fitted(X[:2000], BAD[:2000], 40, learning_rate=0.3, **KEEN).boosters[:1], CONTRACT
)


def write(folder: Path, ships: Ensemble, twin: Ensemble | None) -> None:
    ships.save(folder)
    write_json(folder / "calibrator.json", {"method": "offset", "intercept": 0.1})
    write_json(folder / "contract.json", CONTRACT.to_json())
    write_json(folder / "reasons.json", {"features": {}})
    if twin is not None:
        twin.save(folder / "twin")
        write_json(folder / "twin/calibrator.json", {"method": "identity"})


def bundled(folder: Path, ships: Ensemble, twin: Ensemble | None, **reference: Any) -> Bundle:
    write(folder, ships, twin)
    scale = ScaleConfig().model_dump(mode="json")
    return assemble(folder, scale=scale, reference=reference, card="a card")


def champion(bundle: Bundle, folder: Path) -> Champion:
    return Champion("bonitas-demo", "7", bundle.digest, bundle, folder)


def odds(bundle: Bundle, x: np.ndarray) -> np.ndarray:
    return of_texts(bundle.files, CONTRACT).margin_of(x[:, None])


def test_the_bundle_keeps_both_and_each_answers_for_itself(tmp_path: Path) -> None:
    held = bundled(tmp_path, MEMORY, GOOD)
    names = {name for name in held.files if name.startswith(TWIN)}
    assert names == {"twin_booster.txt", "twin_booster_2.txt", "twin_calibrator.json"}
    some = pd.DataFrame({"x": X[:50]})
    np.testing.assert_array_equal(odds(held, X[:50]), MEMORY.margin(some))
    twin = twin_pd(held, some)
    assert twin is not None
    np.testing.assert_allclose(np.log(twin / (1 - twin)), GOOD.margin(some))
    bundles.write(tmp_path / "out", held)
    assert bundles.load(tmp_path / "out") == held


def test_a_version_validated_as_it_ships_has_no_twin(tmp_path: Path) -> None:
    some = pd.DataFrame({"x": X[:5]})
    assert twin_pd(bundled(tmp_path / "a", GOOD, None), some) is None
    same = tmp_path / "b"
    write(same, GOOD, GOOD)
    write_json(same / "twin/calibrator.json", {"method": "offset", "intercept": 0.1})
    copied = assemble(same, scale={}, reference={}, card="")
    assert twin_pd(copied, some) is None


def rows(x: np.ndarray, bad: np.ndarray, pd_: np.ndarray) -> pd.DataFrame:
    days = np.where(np.arange(len(x)) % 2 == 0, "2024-01-31", "2024-07-31")
    return pd.DataFrame(
        {
            "customer_id": [f"C{one}" for one in range(len(x))],
            "as_of": pd.to_datetime(days),
            "defaulted": bad,
            "pd": pd_,
            "x": x,
        }
    )


def test_only_rows_that_the_twin_has_not_learned_are_compared(tmp_path: Path) -> None:
    one = champion(bundled(tmp_path, MEMORY, GOOD, **{UNTIL: "2024-02-01"}), tmp_path)
    kept = unlearned(one, rows(X[:10], BAD[:10], X[:10]))
    assert set(kept["as_of"]) == {pd.Timestamp("2024-07-31")}
    assert len(kept) == 5
    without = champion(bundled(tmp_path / "b", GOOD, None, calibrated_until="2025-01-01"), tmp_path)
    assert len(unlearned(without, rows(X[:10], BAD[:10], X[:10]))) == 10


def test_a_champion_that_has_learned_the_test_rows_is_not_flattered(tmp_path: Path) -> None:
    """It remembers every outcome; its twin is weak. A fair challenger takes its place, and one that is weaker than the twin does not."""
    test, bad = X[:2000], BAD[:2000]
    fair = 1 / (1 + np.exp(-GOOD.margin_of(test[:, None])))
    weak = np.full(len(test), 0.5)
    remembered = 1 / (1 + np.exp(-MEMORY.margin_of(test[:, None])))
    assert np.abs(remembered - bad).mean() < 0.05
    reference = {UNTIL: "2024-01-01", "calibrated_until": "2024-08-01"}
    one = champion(bundled(tmp_path, MEMORY, WEAK, **reference), tmp_path)
    look = {
        name: measure(Sample(rows(test, bad, pd_), {}), EvaluateConfig(), 0.05, is_stated=False)(
            one
        )
        for name, pd_ in (("fair", fair), ("weak", weak))
    }
    assert isinstance(look["fair"], Lost)
    assert (
        look["fair"].upper < 0
    )  # better than the twin, beyond chance; than what ships it is far worse
    assert isinstance(look["weak"], Lost)
    assert look["weak"].share > 0
    late = champion(bundled(tmp_path / "late", MEMORY, WEAK, **{UNTIL: "2025-01-01"}), tmp_path)
    why = measure(Sample(rows(test, bad, fair), {}), EvaluateConfig(), 0.05, is_stated=False)(late)
    assert isinstance(why, str)
    assert "has learned the test rows" in why


def test_stated_experience_never_displaces_a_model_that_learned_from_defaults(
    tmp_path: Path,
) -> None:
    """However well it does on the few outcomes there are; among two of its own kind they decide."""
    test, bad = X[:2000], BAD[:2000]
    sample = Sample(rows(test, bad, 1 / (1 + np.exp(-GOOD.margin_of(test[:, None])))), {})
    stated = measure(sample, EvaluateConfig(), 0.05, is_stated=True)
    learned = champion(bundled(tmp_path / "learned", WEAK, None), tmp_path)
    found = stated(learned)
    assert isinstance(found, str)
    assert "stated beside few defaults" in found
    alike = champion(bundled(tmp_path / "alike", MEMORY, WEAK, **{UNTIL: "2024-01-01", "rests_on": {"why": "few"}}), tmp_path)  # fmt: skip
    assert isinstance(stated(alike), Lost)


def test_a_row_is_answered_with_the_corrections_that_were_known_on_its_day(tmp_path: Path) -> None:
    """Made on 1 June: rows of January as before, rows of July moved by 1; then a slope of 2 on 1 July: of July alone, of 2 (m + 1)."""
    some, steps = rows(X[:50], BAD[:50], X[:50]), [{"from": "2024-06-01", "slope": 1.0, "intercept": 1.0}]  # fmt: skip
    july = (some["as_of"] == "2024-07-31").to_numpy()
    margin = GOOD.margin(some)
    for held, base in (
        (lambda more: bundled(tmp_path / "t", MEMORY, GOOD, **more), {UNTIL: "2024-01-01"}),
        (lambda more: bundled(tmp_path / "n", GOOD, None, **more), {BEFORE: {"method": "identity"}}),
    ):  # fmt: skip
        once = twin_pd(held({**base, DATED: steps}), some)
        assert once is not None
        np.testing.assert_allclose(np.log(once / (1 - once)), margin + july, atol=1e-9)
        later = [*steps, {"from": "2024-07-01", "slope": 2.0, "intercept": 0.0}]
        twice = twin_pd(held({**base, DATED: later}), some)
        assert twice is not None
        np.testing.assert_allclose(np.log(twice / (1 - twice)), np.where(july, 2 * (margin + 1), margin), atol=1e-9)  # fmt: skip
        newest = twin_pd(held({**base, DATED: later}), some, as_known=False)
        assert newest is not None
        np.testing.assert_allclose(np.log(newest / (1 - newest)), 2 * (margin + 1), atol=1e-9)


def test_a_level_learned_from_the_test_rows_speaks_for_nobody(tmp_path: Path) -> None:
    """The level of the test year was off by 0.7. A champion that was corrected for it afterwards is compared as it was then: with an
    equal model that never was, neither wins. Corrected before the year, it wins."""
    test = X[:2000]
    bad = np.random.default_rng(8).random(2000) < 1 / (1 + np.exp(-(GOOD.margin_of(test[:, None]) + 0.7)))  # fmt: skip
    equal = 1 / (1 + np.exp(-GOOD.margin_of(test[:, None])))
    sample = Sample(rows(test, bad, equal), {})
    found = {}
    for day in ("2024-09-01", "2024-01-01"):
        step = {"from": day, "slope": 1.0, "intercept": 0.7}
        one = champion(bundled(tmp_path / day, MEMORY, GOOD, **{UNTIL: "2024-01-01", DATED: [step]}), tmp_path)  # fmt: skip
        found[day] = measure(sample, EvaluateConfig(), 0.05, is_stated=False)(one)
    after, before = found["2024-09-01"], found["2024-01-01"]
    assert isinstance(after, Lost)
    assert (after.share, after.upper) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert isinstance(before, Lost)
    assert before.share > 0.02
