"""Training end to end on a small panel: deterministic, monotone, searched without a look at later parts."""

from __future__ import annotations

import dataclasses
from hashlib import sha256
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.config.training import SearchConfig, TrainConfig
from contracts.errors import BundleError, TrainingError
from contracts.files import write_json
from contracts.tables.derived import TRIALS
from contracts.tables.store import conform
from models.base.data import assemble, joined
from models.boosting import booster
from models.boosting.booster import Ensemble, model_text
from models.gates.certificate import certify
from models.registry.bundle import assemble as assemble_bundle
from models.registry.bundle import write
from models.registry.serving import HealthScore
from models.search.preparation import prepare
from models.training.fits import Rows
from models.training.flavours import log_loss
from models.training.training import Trained, with_unseen
from tests.models_books import QUICK, lineage, panel, trained_on

MATRIX, PARTITION, TRUTH = panel()
LINEAGE = lineage(late=1, equity=-1, noise=0, flat=0)


def fit(config: TrainConfig = QUICK, partition: pd.DataFrame = PARTITION) -> Trained:
    return trained_on(MATRIX, LINEAGE, partition, config)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return fit()


def test_the_model_ranks_later_customers_nearly_as_the_truth_does(trained: Trained) -> None:
    test = assemble(MATRIX, PARTITION, "test")
    truth = assemble(MATRIX.merge(TRUTH), PARTITION, "test").features["true_pd"]
    order = pd.Series(trained.ensemble.margin(test.features)).corr(truth, method="spearman")
    assert order > 0.8
    card = pd.Series(trained.scorecard.margin(test.features)).corr(truth, method="spearman")
    assert card > 0.8


def test_two_threads_give_the_same_text_trials_and_curve(trained: Trained) -> None:
    other = fit(QUICK.model_copy(update={"threads": 2}))
    assert texts(other) == texts(trained)
    pd.testing.assert_frame_equal(other.unseen, trained.unseen)
    pd.testing.assert_frame_equal(trained.found.trials, other.found.trials)
    assert trained.found.curve == other.found.curve
    assert trained.scorecard == other.scorecard


def test_a_fit_that_is_known_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of flavours that the search has fitted, and of a plain booster that is a member: each fit of one run is of its own."""
    made: list[tuple[str, int]] = []
    train = lgb.train

    def heard(params: dict[str, object], data: lgb.Dataset, **rest: object) -> lgb.Booster:
        fitted = train(params, data, **rest)
        settings = {name: one for name, one in params.items() if name != "num_threads"}
        rows = sha256(np.asarray(data.get_label()).tobytes()).hexdigest()
        trees = fitted.current_iteration()
        made.append((f"{settings} {rows} {trees} {model_text(fitted)}", data.num_data()))
        return fitted

    monkeypatch.setattr(lgb, "train", heard)
    found = fit()
    assert len({text for text, _ in made}) == len(made)
    assert {"searched", "lightgbm"} <= {one.name for one in found.members.tried}
    for one, own in zip(found.members.chosen, found.ensemble.boosters, strict=True):
        if one.name in found.rivals:
            assert model_text(found.rivals[one.name].boosters[0]) == model_text(own)


def test_another_seed_gives_another_model(trained: Trained) -> None:
    other = fit(QUICK.model_copy(update={"seed": 8}))
    assert model_text(other.ensemble.boosters[0]) != model_text(trained.ensemble.boosters[0])


def turned(*parts: str) -> pd.DataFrame:
    """The partition with the outcomes of some parts turned round."""
    rows = PARTITION["part"].isin(parts)
    return PARTITION.assign(defaulted=PARTITION["defaulted"].mask(rows, ~PARTITION["defaulted"]))


def texts(one: Trained) -> list[str]:
    return [model_text(booster) for booster in one.ensemble.boosters]


def test_rows_of_test_holdout_and_gap_change_nothing(trained: Trained) -> None:
    other = fit(partition=turned("test", "holdout", "gap"))
    assert texts(other) == texts(trained)
    assert other.scorecard == trained.scorecard
    pd.testing.assert_frame_equal(other.unseen, trained.unseen)


def test_without_a_refit_calibrate_changes_nothing() -> None:
    config = QUICK.model_copy(update={"refit": "train"})
    one, other = (fit(config, partition) for partition in (PARTITION, turned("calibrate")))
    assert texts(other) == texts(one)
    assert other.scorecard == one.scorecard
    np.testing.assert_array_equal(other.unseen["margin"], one.unseen["margin"])
    part = assemble(MATRIX, PARTITION, "calibrate")
    np.testing.assert_array_equal(one.unseen["margin"], one.ensemble.margin(part.features))


def test_calibrate_is_learned_from_but_chooses_nothing(trained: Trained) -> None:
    """Settings, flavours and trees come from train alone; the last fit learns what calibrate shows."""
    other = fit(partition=turned("calibrate"))
    assert other.found.chosen == trained.found.chosen
    assert other.members.to_json() == trained.members.to_json()
    assert texts(other) != texts(trained)
    part = assemble(MATRIX, PARTITION, "calibrate")
    # turned round, nine rows of calibrate in ten default: the level rises
    level, risen = (one.ensemble.margin(part.features).mean() for one in (trained, other))
    assert risen > level + 0.5


def test_a_customers_unseen_answers_do_not_depend_on_its_own_outcomes(trained: Trained) -> None:
    """Turn one customer's calibrate outcomes: its own answers stay to the bit, other customers' move."""
    calibrate = assemble(MATRIX, PARTITION, "calibrate")
    ready = prepare(MATRIX, LINEAGE, PARTITION, QUICK, portfolio="book", horizon_months=3)
    whose = calibrate.customer_id == "C0100"
    other = dataclasses.replace(
        calibrate, defaulted=np.where(whose, ~calibrate.defaulted, calibrate.defaulted)
    )
    rows = Rows.of(joined(ready.part, other), trained.contract)
    _, margin, _ = with_unseen(trained.members, rows, other.customer_id, QUICK)
    before = trained.unseen["margin"].to_numpy()
    assert whose.sum() == 3
    np.testing.assert_array_equal(margin[whose], before[whose])
    assert (margin != before).any()


def test_unseen_answers_are_less_sure_than_answers_to_rows_learned_from(trained: Trained) -> None:
    part = assemble(MATRIX, PARTITION, "calibrate")
    unseen = trained.unseen["margin"].to_numpy()
    seen = trained.ensemble.margin(part.features)
    assert log_loss(unseen, part.defaulted) > log_loss(seen, part.defaulted)


def test_the_promised_directions_are_certified(trained: Trained) -> None:
    assert [f.direction for f in trained.contract.features] == [1, -1, 0, 0]
    assert certify(trained.ensemble.boosters, trained.contract) == []


def test_the_constant_feature_is_dropped_and_the_category_kept(trained: Trained) -> None:
    ready = prepare(MATRIX, LINEAGE, PARTITION, QUICK, portfolio="book", horizon_months=3)
    assert ready.dropped == ["flat"]
    assert trained.contract.names == ["late", "equity", "noise", "industry"]
    assert trained.contract.features[3].levels == ("food", "metal", "paper")


def test_trials_keep_their_contract_and_the_best_is_chosen(trained: Trained) -> None:
    trials = trained.found.trials
    conform(trials, TRIALS)
    assert len(trials) == 3
    assert trained.found.log_loss == trials["log_loss"].min()
    later = [point["valid_log_loss"] for point in trained.found.curve]
    early = [point["train_log_loss"] for point in trained.found.curve]
    assert early[-1] < early[0]
    assert min(later) < later[0]


def test_a_search_of_one_trial_is_the_set_chosen_by_hand() -> None:
    config = QUICK.model_copy(update={"search": SearchConfig(trials=1, folds=2), "max_depth": 3})
    assert fit(config).found.chosen["lambda_l2"] == 20.0
    assert fit(config).found.chosen["max_depth"] == 3


def test_too_few_defaults_are_refused() -> None:
    partition = PARTITION.copy()
    rows = (partition["part"] == "train") & partition["defaulted"]
    partition.loc[partition.index[rows][12:], "defaulted"] = False
    with pytest.raises(TrainingError, match="Train holds 12 defaults"):
        fit(partition=partition)


def test_one_class_is_refused() -> None:
    with pytest.raises(TrainingError, match="as many survivors"):
        fit(partition=PARTITION.assign(defaulted=True))


def test_an_ensemble_is_the_mean_of_its_boosters_and_survives_text(
    trained: Trained, tmp_path: Path
) -> None:
    first = trained.ensemble.boosters[0]
    rows = MATRIX.head(50)
    codes = trained.contract.encode(rows)
    short = lgb.Booster(model_str=first.model_to_string(num_iteration=5))
    both = Ensemble((first, short), trained.contract)
    both.save(tmp_path)
    expected = (first.predict(codes, raw_score=True) + short.predict(codes, raw_score=True)) / 2
    np.testing.assert_allclose(
        booster.load(tmp_path, trained.contract).margin(rows), expected, 0, 1e-12
    )
    np.testing.assert_allclose(both.contributions(codes).sum(axis=1), expected, 0, 1e-9)
    assert [path.name for path in booster.files(tmp_path)] == ["booster.txt", "booster_2.txt"]
    Ensemble((first,), trained.contract).save(tmp_path)  # the second file must not stay
    assert booster.files(tmp_path) == [tmp_path / "booster.txt"]
    assert [path.name for path in (tmp_path / "boosters").iterdir()] == [booster.BELONGS_TO]
    assert (tmp_path / "booster.txt").read_text() == model_text(first)


def test_boosters_of_two_runs_are_not_averaged(trained: Trained, tmp_path: Path) -> None:
    """A run that was killed after its first booster: with those of the run before it would be a model nobody made."""
    first = trained.ensemble.boosters[0]
    short = lgb.Booster(model_str=first.model_to_string(num_iteration=5))
    Ensemble((first, short), trained.contract).save(tmp_path)
    (tmp_path / "booster.txt").write_text(model_text(short))
    with pytest.raises(BundleError, match="not all of one run"):
        booster.load(tmp_path, trained.contract)
    Ensemble((first, short), trained.contract).save(tmp_path)
    (tmp_path / "boosters").rename(
        tmp_path / "gone"
    )  # else one booster would pass for the whole model
    with pytest.raises(BundleError, match="not all of one run"):
        booster.load(tmp_path, trained.contract)


def test_a_bundle_holds_every_booster_and_serves_their_mean(
    trained: Trained, tmp_path: Path
) -> None:
    first = trained.ensemble.boosters[0]
    short = lgb.Booster(model_str=first.model_to_string(num_iteration=5))
    both = Ensemble((first, short), trained.contract)
    both.save(tmp_path)
    write_json(tmp_path / "contract.json", trained.contract.to_json())
    write_json(tmp_path / "calibrator.json", {"method": "identity"})
    write_json(tmp_path / "reasons.json", {})
    scale = ScaleConfig().model_dump(mode="json")
    bundle = assemble_bundle(tmp_path, scale=scale, reference={}, card="")
    assert {name for name in bundle.files if name.startswith("booster")} == {"booster.txt", "booster_2.txt"}  # fmt: skip
    write(tmp_path / "bundle", bundle)
    rows = MATRIX.head(50)
    answers = HealthScore().read(tmp_path / "bundle").predict(None, rows)
    np.testing.assert_allclose(answers["margin"], both.margin(rows), 0, 1e-12)
    assert np.abs(answers["margin"] - first.predict(trained.contract.encode(rows), raw_score=True)).max() > 0.01  # fmt: skip


def test_a_booster_that_is_absent_cut_or_of_other_features_is_refused(
    trained: Trained, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        booster.load(tmp_path, trained.contract)
    trained.ensemble.save(tmp_path)
    (tmp_path / "booster.txt").write_text("not a model")
    of_it = sha256(b"not a model").hexdigest()
    (tmp_path / "boosters" / booster.BELONGS_TO).write_text(of_it)
    with pytest.raises(BundleError, match="cannot be read"):
        booster.load(tmp_path, trained.contract)
    trained.ensemble.save(tmp_path)
    fewer = type(trained.contract)("book", 3, trained.contract.features[:2])
    with pytest.raises(BundleError, match="other features"):
        booster.load(tmp_path, fewer)
