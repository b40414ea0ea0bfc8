"""The search: the same whenever it runs, killed or not; joined by others; never continued on other data."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState, create_trial
from sqlalchemy.exc import OperationalError

from contracts.config.training import SearchConfig
from contracts.errors import StudyError, TrainingError
from contracts.tables.derived import TRIALS
from contracts.tables.store import conform
from models.base.data import learn_contract
from models.sample.folds import time_folds
from models.search.pulse import Pulse, Watch
from models.search.sampling import FoldMedianPruner, PlacedSampler, free_place
from models.search.search import Found, importance
from models.search.space import first_values, space
from models.search.study import Storage, digest_of
from models.search.work import _is_placed, covered_seconds, work
from tests.models_books import numbers
from tests.models_search import LINEAGE, config, elsewhere, find, storage, study_in, train_part

TRIALS_RUN = 8


@pytest.fixture(scope="module")
def undisturbed() -> Found:
    """Eight trials in one go, in memory."""
    return find(config(TRIALS_RUN))


def same(one: Found, other: Found) -> None:
    pd.testing.assert_frame_equal(one.trials, other.trials)
    assert one.chosen == other.chosen
    assert one.rounds == other.rounds
    assert one.importance == other.importance
    assert one.study == other.study


@pytest.mark.long
def test_a_killed_search_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, undisturbed: Found
) -> None:
    kept = storage(tmp_path)
    killed = elsewhere(kept, TRIALS_RUN, dies_in_fit=8)  # two folds: the second one of trial 4
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    states = [trial.state.name for trial in study_in(kept).trials]
    assert states == ["COMPLETE", "COMPLETE", "COMPLETE", "RUNNING"]
    resumed = find(config(TRIALS_RUN), kept)
    same(resumed, undisturbed)
    assert resumed.ran == TRIALS_RUN - 3


def test_a_trial_killed_before_its_first_beat_gives_its_place_back(
    tmp_path: Path, undisturbed: Found
) -> None:
    kept = storage(tmp_path)
    find(config(1), kept)
    study = study_in(kept)
    study.ask()  # and nobody works on it
    find(config(3), kept)
    study_in(kept).ask()
    same(find(config(TRIALS_RUN), kept), undisturbed)
    states = [trial.state for trial in study_in(kept).trials]
    assert states.count(TrialState.FAIL) == 2
    assert states.count(TrialState.RUNNING) == 0


def test_a_finished_study_is_reused_and_more_trials_continue_it(
    tmp_path: Path, undisturbed: Found
) -> None:
    kept = storage(tmp_path)
    assert find(config(3), kept).ran == 3
    again = find(config(3), kept)
    assert again.ran == 0
    assert len(again.trials) == 3
    longer = find(config(TRIALS_RUN), kept)
    assert longer.ran == TRIALS_RUN - 3
    same(longer, undisturbed)


def test_minutes_end_a_search_but_not_before_its_first_complete_trial(tmp_path: Path) -> None:
    kept = storage(tmp_path)
    first = find(config(None, minutes=1e-6), kept)
    assert len(first.trials) == 1
    assert first.by_hand_log_loss == first.log_loss
    assert find(config(None, minutes=1e-6), kept).ran == 0
    assert find(config(3, minutes=60), kept).ran == 2  # whichever comes first


def test_other_data_seed_or_space_is_another_study(tmp_path: Path, undisturbed: Found) -> None:
    part = train_part()
    contract, _ = learn_contract(part, LINEAGE, "book", 3)
    codes, folds = contract.encode(part.features), time_folds(part.as_of, part.defaulted, 3, 2)
    other = codes.copy()
    other[0, 0] += 1e-9
    digests = {
        digest_of(codes, part.defaulted, folds, contract, config(1)),
        digest_of(other, part.defaulted, folds, contract, config(1)),
        digest_of(codes, ~part.defaulted, folds, contract, config(1)),
        digest_of(codes, part.defaulted, folds[:1], contract, config(1)),
        digest_of(codes, part.defaulted, folds, replace(contract, horizon_months=6), config(1)),
        *(
            digest_of(codes, part.defaulted, folds, contract, config(1).model_copy(update=change))
            for change in ({"seed": 8}, {"max_depth": 3}, {"max_rounds": 61})
        ),
    }
    assert len(digests) == 8
    names = {f"book-{digest[:16]}" for digest in digests}
    assert undisturbed.study in names  # of eight trials: the budget is not part of the name
    threads = config(1).model_copy(update={"threads": 2})
    assert digest_of(codes, part.defaulted, folds, contract, threads) in digests
    kept = storage(tmp_path)
    assert {find(config(1), kept, portfolio=name).ran for name in ("book", "other")} == {1}


def test_a_study_that_says_it_is_another_portfolios_is_refused(tmp_path: Path) -> None:
    kept = storage(tmp_path)
    name = find(config(1), kept).study
    study_in(kept).set_user_attr("portfolio", "other")
    with pytest.raises(StudyError, match=f"'{name}' is of other data") as caught:
        find(config(1), kept)
    assert "portfolio other" in str(caught.value)
    assert "portfolio book" in str(caught.value)


def test_a_study_with_trials_that_does_not_say_whose_it_is_is_refused(tmp_path: Path) -> None:
    name = find(config(1)).study
    kept = storage(tmp_path)
    foreign = optuna.create_study(study_name=name, storage=kept.url)
    foreign.add_trial(create_trial(value=0.0))
    with pytest.raises(StudyError, match="other data"):
        find(config(1), kept)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///{folder}/text.db", "text.db: DatabaseError"),
        ("sqlite:///{folder}/text.db/below.db", "below.db"),
        ("postgresql://me:secret@nowhere.invalid/studies", "postgresql://***@nowhere.invalid"),
        ("oraclex://me:secret@nowhere/studies", "oraclex://***@nowhere"),
        ("secret and no url", "an address that is not a URL"),
    ],
)
def test_a_storage_that_cannot_be_opened_says_so_without_its_password(
    tmp_path: Path, url: str, shown: str
) -> None:
    (tmp_path / "text.db").write_text("this is not a database, it is a note" * 10)
    with pytest.raises(StudyError, match="cannot be opened") as caught:
        find(config(1), Storage(url.format(folder=tmp_path)))
    assert shown in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(Storage(url))


def test_two_processes_may_make_the_tables_and_the_study_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One meets the other's half-made tables, and a study whose owner is still being written down."""
    kept = storage(tmp_path)
    really = optuna.storages.RDBStorage.__init__
    calls: list[str] = []

    def meets_another(self: optuna.storages.RDBStorage, url: str, **named: object) -> None:
        calls.append(url)
        if len(calls) == 1:
            raise OperationalError("CREATE TABLE studies", None, Exception("already exists"))
        really(self, url, **named)

    half_made = optuna.create_study(study_name=find(config(1)).study, storage=kept.url)
    half_made.set_user_attr("portfolio", "book")
    with monkeypatch.context() as patched:
        patched.setattr(optuna.storages.RDBStorage, "__init__", meets_another)
        assert find(config(1), kept).ran == 1
    assert len(calls) == 2
    assert set(study_in(kept).user_attrs) == {"portfolio", "digest"}


def test_places_are_distinct_and_a_dead_trial_gives_its_place_back() -> None:
    study = optuna.create_study()
    for number in range(3):
        trial = study.ask()
        trial.set_user_attr("place", free_place(study, trial.number))
        assert trial.user_attrs["place"] == number
    study.tell(0, 1.0)
    study.tell(1, state=TrialState.FAIL)
    assert free_place(study, study.ask().number) == 1
    assert (
        free_place(study, study.ask().number) == 3
    )  # 0 and 2 are held, 1 goes to the trial before


def test_a_running_trial_is_dead_when_its_pulse_stops_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = optuna.create_study()
    trials = [study.ask(), study.ask()]
    watch = Watch(study, grace=0.5)
    with monkeypatch.context() as patched:
        for beat in range(4):
            patched.setattr("models.search.pulse.time.monotonic", lambda now=beat * 0.2: now)
            trials[1].set_user_attr("pulse", beat)
            assert len(watch.living()) == (2 if beat < 3 else 1)  # 0.0, 0.2, 0.4 and 0.6 seconds
    assert [trial.state.name for trial in study.trials] == ["FAIL", "RUNNING"]
    with Pulse(trials[1], 0.02):
        Watch(study, grace=10.0).settle()  # it beats
    assert study.trials[1].state.name == "RUNNING"
    Watch(study, grace=0.1).settle()  # it does not
    assert study.trials[1].state.name == "FAIL"


def test_what_is_suggested_depends_on_finished_trials_and_not_on_failed_ones() -> None:
    searched = space(numbers(a=1), config())
    drawn = []
    for failed in (0, 3):
        sampler = PlacedSampler(7, first_values(numbers(a=1), config()), searched)
        study = optuna.create_study(sampler=sampler)
        values = []
        for turn in range(10):
            for _ in range(failed):
                study.tell(study.ask(searched), state=TrialState.FAIL)
            trial = study.ask(searched)
            trial.set_user_attr("place", sampler.place)
            study.tell(trial, (turn * 7) % 10)
            values.append(trial.params)
        drawn.append(values)
    assert drawn[0] == drawn[1]
    assert len({json.dumps(one, sort_keys=True) for one in drawn[0]}) == 10
    assert drawn[0][0] == first_values(numbers(a=1), config())


def test_the_pruner_compares_a_trial_with_others_on_the_same_folds() -> None:
    """Losses rise from fold to fold: 0.1 then 0.3. The mean so far of 0.32 is above the median of 0.3."""
    study = optuna.create_study(pruner=FoldMedianPruner())

    def report(first: float, second: float) -> bool:
        trial = study.ask()
        trial.report(first, 0)
        trial.report(second, 1)
        pruned = trial.should_prune()
        study.tell(trial, second)
        return pruned

    assert not report(0.9, 0.9)  # nothing to compare with
    for _ in range(4):
        report(0.1, 0.3)
    assert report(0.1, 0.32)  # Optuna's own looks at 0.1, the best of all steps, and goes on
    assert not report(0.1, 0.28)


def test_pruned_trials_are_in_the_table_without_a_loss(undisturbed: Found) -> None:
    trials = find(config(16)).trials
    conform(trials, TRIALS)
    assert trials["number"].tolist() == list(range(16))
    pruned = trials["state"] == "pruned"
    assert 0 < pruned.sum() < 11  # the first five cannot be
    assert trials.loc[pruned, "log_loss"].isna().all()
    assert not pruned.head(5).any()
    pd.testing.assert_frame_equal(trials.head(TRIALS_RUN), undisturbed.trials)


def test_found_tells_what_a_report_needs(undisturbed: Found) -> None:
    told = json.loads(json.dumps(undisturbed.to_json(), allow_nan=False))
    trials = undisturbed.trials
    assert told["trials"] == told["complete"] + told["pruned"] == TRIALS_RUN
    assert told["best_log_loss"] == trials["log_loss"].min()
    assert told["by_hand_log_loss"] == trials["log_loss"].iloc[0]
    assert json.loads(trials["params"].iloc[0])["lambda_l2"] == 20.0
    shares = [one["importance"] for one in told["importance"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)
    assert {one["param"] for one in told["importance"]} == set(undisturbed.chosen)


def test_importance_names_the_setting_that_decides_and_declines_below_two_trials() -> None:
    """The loss is (x - 1)^2: y says nothing."""
    random = np.random.default_rng(0)
    study = optuna.create_study()
    searched = {name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in ("x", "y")}
    for number in range(60):
        assert bool(importance(study)) == (number >= 2)
        x, y = random.random(2).tolist()
        study.add_trial(
            create_trial(params={"x": x, "y": y}, distributions=searched, value=(x - 1) ** 2)
        )
    assert importance(study)["x"] > 0.8


def test_a_search_that_is_interrupted_leaves_no_running_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    kept = storage(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("models.search.search.fit_on_fold", interrupted)
        with pytest.raises(KeyboardInterrupt):
            find(config(1), kept)
    assert [trial.state for trial in study_in(kept).trials] == [TrialState.FAIL]
    assert find(config(1), kept).chosen["lambda_l2"] == 20.0


def test_a_trial_that_another_process_took_for_dead_is_given_up_and_run_again() -> None:
    searched = space(numbers(a=1), config())
    sampler = PlacedSampler(7, first_values(numbers(a=1), config()), searched)
    study = optuna.create_study(sampler=sampler)
    seen: list[int] = []

    def suspended_once(trial: optuna.Trial) -> float:
        seen.append(trial.user_attrs["place"])
        if len(seen) == 1:
            study.tell(trial.number, state=TrialState.FAIL)
        trial.report(0.1, 0)
        return 0.1

    assert work(study, searched, suspended_once, SearchConfig(trials=2), None) == 2
    assert seen == [0, 0, 1]


def test_a_trial_begun_when_others_have_taken_the_last_place_is_failed_at_once() -> None:
    searched = space(numbers(a=1), config())
    sampler = PlacedSampler(7, first_values(numbers(a=1), config()), searched)
    study = optuna.create_study(sampler=sampler)
    asked = [study.ask(searched) for _ in range(3)]  # at once, by three processes
    assert [_is_placed(trial, study, SearchConfig(trials=3)) for trial in asked[:1]] == [True]
    sampler.place = 3
    assert not _is_placed(asked[2], study, SearchConfig(trials=3))
    assert [trial.state.name for trial in study.trials] == ["RUNNING", "RUNNING", "FAIL"]
    assert _is_placed(asked[1], study, SearchConfig(trials=None, minutes=1))


def test_settings_of_categories_are_searched_only_where_there_are_some() -> None:
    assert "cat_smooth" not in space(numbers(a=1), config())
    assert "cat_smooth" in find(config(1)).chosen
    shallow = config().model_copy(update={"max_depth": 1})
    assert space(numbers(a=1), shallow)["max_depth"].single()


def test_overlapping_trials_count_their_minutes_once() -> None:
    assert covered_seconds([]) == 0.0
    assert covered_seconds([(0.0, 10.0), (2.0, 3.0)]) == 10.0


def test_too_few_defaults_for_a_fold_are_refused() -> None:
    with pytest.raises(TrainingError, match="no time-ordered fold has enough defaults"):
        find(config(1), n=7_000 - 400)
