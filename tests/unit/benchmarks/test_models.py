"""The measures of the models' benchmark: by hand, by identity, by truth."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from benchmarks import models_american, models_hidden, models_world
from benchmarks.models_american import OURS, Answers, ask, ask_peers, difference_table, target_table
from benchmarks.models_hidden import expected_gini, hidden_state, ladder, log_odds, others
from benchmarks.models_peers import PEERS, is_installed, read_parts
from benchmarks.models_project import Project, stages_from
from benchmarks.models_tables import Table
from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.config.source import WorldSource
from models.measures.intervals import numbered
from world.hidden.levels import Levels
from world.simulate import simulate

pytestmark = pytest.mark.long

UNTIL = date(2025, 12, 31)


def asked(**more: object) -> argparse.Namespace:
    """What the command line gives to the peers."""
    given = {"peers_python": sys.executable, "peers": ["altman"], "limit": 120, "threads": 1}
    return argparse.Namespace(**{**given, **more})


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The peers' file: 900 company-years, risk falls with Z, rows in the order of time as `peer_data` leaves them."""
    random = np.random.default_rng(3)
    n = 900
    z = random.normal(2.0, 2.0, n)
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{i % 300:03d}" for i in range(n)],
            "as_of": np.repeat(pd.to_datetime(["2015-04-01", "2016-04-01", "2017-04-01"]), 300),
            "part": np.repeat(["train", "calibrate", "test"], 300),
            "defaulted": (random.random(n) < expit(-1.5 * z)).astype(np.int8),
            "statement_altman_z": np.where(random.random(n) < 0.05, np.nan, z),
            "size": np.where(z > 3, "large", "small"),
            "noise": random.normal(size=n),
        }
    ).sort_values(["as_of", "customer_id"], ascending=[True, False])
    path = tmp_path_factory.mktemp("peers") / "peers.parquet"
    frame.to_parquet(path, index=False)
    return path


def test_expected_gini_is_the_mean_over_outcomes_drawn_from_the_true_pds() -> None:
    random = np.random.default_rng(1)
    truth = expit(random.normal(-2.0, 1.5, 800))
    score = log_odds(truth) + random.normal(0.0, 1.0, 800)
    drawn = [2 * roc_auc_score(random.random(800) < truth, score) - 1 for _ in range(400)]
    error = np.std(drawn) / np.sqrt(len(drawn))  # 0.002: an expectation off by 0.01 fails
    assert abs(expected_gini(score, truth) - np.mean(drawn)) < 4 * error
    assert expected_gini(truth, truth) > expected_gini(score, truth)
    # by hand: of two rows, weight of the right order .5 * .9, wrong .1 * .5, ties .5 * .5 and .1 * .9
    assert expected_gini(np.array([1.0, 2.0]), np.array([0.1, 0.5])) == pytest.approx(
        2 * (0.45 + 0.17) / (0.6 * 1.4) - 1
    )


def test_the_hidden_state_is_that_of_the_truth_file() -> None:
    """state = (0.6 lasting + 0.75 recent - common / 1.45) / spread, and common is one value per industry and month."""
    source = WorldSource(kind="world", customers=300, years=4, seed=11)
    truth = simulate(source, UNTIL, "EUR").truth.to_pandas(date_as_object=False)
    hidden = hidden_state(source, UNTIL, truth)
    chain = Levels().health
    health = chain.weight_fixed * hidden["lasting"] + chain.weight_own * hidden["recent"]
    spread = np.hypot(chain.weight_fixed, chain.weight_own)
    common = chain.hazard_slope * (health - spread * truth["state"])
    steps = common.groupby(truth["as_of"]).apply(lambda one: (np.diff(np.sort(one)) > 1e-4).sum())
    assert (steps < len(Levels().industries)).all()  # `state` has six digits
    assert common.groupby(truth["as_of"]).std().min() > 0.3  # and the industries do differ
    trouble = hidden["phase"].between(1, 6)
    assert trouble.sum() > 100
    assert set(truth.loc[trouble, "driver"]) <= {"distress", "contagion"}
    assert ((truth["driver"] == "contagion") == (hidden["infected"] == 1))[trouble].all()
    assert truth.loc[hidden["phase"] == 6, "true_pd"].min() > 0.99  # the last month of a stop


def test_members_are_the_group_without_the_row_itself() -> None:
    group, month = np.array([0, 0, 0, 0, -1, -1]), np.array([5, 5, 5, 6, 5, 5])
    found = others(group, month, np.array([0.1, 0.2, np.nan, 0.4, 0.5, 0.6]))
    assert found == pytest.approx([0.2, 0.1, 0.3, 0.0, 0.0, 0.0])


def test_the_ladder_finds_what_the_model_was_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """True log-odds = a + b; the model knows a, `recent` is -b, all else is noise: b closes the gap, noise does not."""
    monkeypatch.setattr(models_hidden, "ROUNDS", 100)
    random = np.random.default_rng(5)
    customers = np.repeat(np.arange(500), 6)
    n = len(customers)
    a, b = random.normal(0.0, 1.0, n), random.normal(0.0, 1.0, n)
    noise = {name: random.normal(size=n) for name in models_hidden.RISK if name != "margin"}
    hidden = pd.DataFrame(noise | {"recent": -b})
    rows = pd.DataFrame(
        {"customer_id": customers.astype(str), "pd": expit(a - 3), "true_pd": expit(a + b - 3)}
    )
    found = ladder(rows, hidden)
    gap = found["oracle"]["gini"] - found["model"]["gini"]
    assert gap > 0.15
    assert found["recent health"]["in turn"] == pytest.approx(gap, abs=0.15 * gap)
    assert found["recent health"]["alone"] == pytest.approx(gap, abs=0.15 * gap)
    for step in set(models_hidden.STEPS) - {"recent health"}:
        assert abs(found[step]["alone"]) < 0.1 * gap
    steps = sum(one.get("in turn", 0.0) for one in found.values())
    assert found["model"]["gini"] + steps == pytest.approx(found["oracle"]["gini"])


def scored(shift: float, truth: Floats) -> pd.DataFrame:
    """Rows whose PDs are the true ones moved in log-odds."""
    bad = np.zeros(len(truth), dtype=bool)
    bad[:4] = True
    chance = expit(log_odds(truth) + shift)
    return pd.DataFrame(
        {
            "pd": chance, "pd_baseline": truth, "true_pd": truth, "defaulted": bad,
            "driver": ["distress", "distress", "sudden", "contagion"] + [None] * (len(truth) - 4),
        }
    )  # fmt: skip


def test_a_shift_in_log_odds_is_an_error_of_level_alone() -> None:
    rows = scored(0.7, np.array([0.5, 0.4, 0.1, 0.2, 0.05, 0.02]))
    found = models_world.calibration(rows)
    assert found["Bonitas"]["level"] == pytest.approx(0.7)
    assert found["Bonitas"]["error"] == pytest.approx(0.7)
    assert found["Bonitas"]["error at the right level"] == pytest.approx(0.0, abs=1e-12)
    assert found["Bonitas"]["ece"] > 0.05
    assert found["scorecard"] == pytest.approx(dict.fromkeys(found["scorecard"], 0.0))


def test_ranks_levels_and_causes_by_hand() -> None:
    rows = scored(0.0, np.array([0.5, 0.4, 0.1, 0.2, 0.15, 0.02]))
    rows["pd"] = [0.5, 0.4, 0.02, 0.2, 0.15, 0.1]  # the sudden one is ranked last
    ranked = models_world.rank(rows)
    # 4 defaults x 2 survivors: the oracle has 0.1 < 0.15 wrong, 7 of 8; ours both of 0.02, 6 of 8
    assert ranked["oracle"]["realised"] == pytest.approx(2 * 7 / 8 - 1)
    assert ranked["Bonitas"]["realised"] == pytest.approx(2 * 6 / 8 - 1)
    assert ranked["Bonitas"]["share realised"] == pytest.approx(0.5 / 0.75)
    causes = models_world.drivers(rows)
    assert causes["sudden defaults alone"] == pytest.approx({"share": 0.25, "Bonitas": -1.0, "scorecard": 0.0, "oracle": 0.0})  # fmt: skip
    assert causes["all but sudden"]["Bonitas"] == pytest.approx(1.0)
    assert models_world.level(rows)["Bonitas"]["ratio"] == pytest.approx(1.0)  # both sum to 1.37
    grades = models_world.by_grade(rows, ScaleConfig())
    assert grades["10"] == pytest.approx({"share": 2 / 6, "pd": 0.45, "true": 0.45, "realised": 1.0})  # fmt: skip


def test_a_peers_answers_reach_the_rows_they_are_for(panel: Path) -> None:
    test = pd.read_parquet(panel).query("part == 'test'").sort_values(["customer_id", "as_of"])
    answers = Answers(test["defaulted"].to_numpy(bool), test["customer_id"].to_numpy(object))
    ask_peers(answers, panel, asked(), 5.0)
    known = test["statement_altman_z"].notna().to_numpy()
    z, chance = test["statement_altman_z"].to_numpy()[known], answers.pds["Altman Z alone"][known]
    assert roc_auc_score(answers.defaulted[known], -z) > 0.85
    assert (np.argsort(chance) == np.argsort(-z)).all()  # falls with Z, row by row
    assert answers.pds["Altman Z alone"].mean() == pytest.approx(answers.defaulted.mean(), abs=0.08)


@pytest.mark.parametrize("name", ["logistic", "lightgbm"])
def test_a_peer_learns_from_train_and_calibrate(panel: Path, name: str) -> None:
    parts, keys = read_parts(panel, 5, 1)
    bad = pd.read_parquet(panel).query("part == 'test'")["defaulted"]
    assert len(parts.both[1]) == 600
    assert len(keys) == len(parts.test) == 300
    chance = PEERS[name].fit(parts)
    assert roc_auc_score(bad, chance) > 0.8
    assert chance.mean() == pytest.approx(bad.mean(), abs=0.08)


def test_a_peer_that_is_not_installed_is_named_with_its_package(panel: Path) -> None:
    absent = [name for name, peer in PEERS.items() if not is_installed(peer)]
    if not absent:
        pytest.skip("every peer is installed here")
    assert ask(absent[0], panel, panel, asked(), 5) == {"absent": PEERS[absent[0]].package}


def test_a_peer_that_fails_or_takes_too_long_says_so(panel: Path, tmp_path: Path) -> None:
    found = ask("altman", tmp_path / "none.parquet", tmp_path / "to", asked(), 5)
    assert "FileNotFoundError" in str(found["unfit"])
    killed = tmp_path / "python"
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="utf-8")
    killed.chmod(0o755)
    found = ask("altman", panel, tmp_path / "to", asked(peers_python=str(killed)), 5)
    assert found == {"unfit": "failed: ended by signal 9"}
    assert ask("altman", panel, tmp_path / "to", asked(limit=0.01), 5) == {"unfit": "stopped after 0.01 s"}  # fmt: skip


def test_differences_are_paired() -> None:
    """A model less itself is nothing, to the end of its interval; a worse one lies clearly below."""
    random = np.random.default_rng(2)
    ids = np.repeat(np.arange(400), 3).astype(str)
    margin = random.normal(-2.0, 1.5, len(ids))
    bad = random.random(len(ids)) < expit(margin)
    answers = Answers(bad, ids)
    answers.add(OURS, expit(margin), 10.0, "")
    answers.add("itself", expit(margin), None, "")
    answers.add("guess", expit(random.normal(-2.0, 1.5, len(ids))), None, "")
    measured = answers.measures()
    itself, guess = difference_table(answers, measured).rows
    assert itself[1:] == ("+0.000 [+0.000, +0.000]",) * 3
    low = float(guess[1].split("[")[1].split(",")[0])
    gap = measured[OURS].roc_auc - measured["guess"].roc_auc
    assert guess[1].startswith(f"{gap:+.3f}")
    assert 0.1 < low < gap
    table = {row[0]: row for row in target_table(answers, measured).rows}
    assert table["train + calibrate, s"][1:] == ("10", "< 300", "reached")
    assert table["roc_auc"][3] == "missed"  # 0.86 by the way it was drawn
    assert numbered(ids)[1] == 400


def test_our_own_cost_is_search_fit_and_calibration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # fmt: skip
    frame = pd.DataFrame({"customer_id": ["a", "b"], "defaulted": [True, False], "pd": [0.5, 0.1], "pd_baseline": [0.4, 0.2]})  # fmt: skip
    monkeypatch.setattr(Project, "scored", lambda _: frame)
    made = Project(tmp_path, "american", {"split": 9.0, "train": 30.0, "calibrate": 2.0})
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/params.yaml").write_text("train: {refit: train}\n", encoding="utf-8")
    answers = models_american.our_answers(made)
    assert answers.seconds[OURS] == 32.0
    assert answers.learns[OURS] == "train; level on calibrate"
    (tmp_path / "configs/params.yaml").write_text("train: {refit: matured}\n", encoding="utf-8")
    assert models_american.our_answers(made).learns[OURS] == "train + calibrate"


def test_a_copy_of_the_project_is_set_line_by_line(tmp_path: Path) -> None:
    made = Project.made(tmp_path / "copy", "demo")
    made.set_portfolio("customers", 50)
    made.set_portfolio("every", "quarter")
    text = (made.folder / "configs/portfolios/demo.yaml").read_text(encoding="utf-8")
    assert "customers: 50               # how many there ever are" in text
    assert "every: quarter" in text
    with pytest.raises(SystemExit, match="no line `nothing:`"):
        made.set_portfolio("nothing", 1)
    assert stages_from("calibrate") == ("calibrate", "origins", "refit", "evaluate")


def test_a_table_reads_in_a_terminal_and_as_markdown() -> None:
    table = Table("Ages", ("who", "age"), [("Ann", "7")], "In years.")
    assert table.show(markdown=True).splitlines() == ["**Ages.** In years.", "", "| who | age |", "|---|---|", "| Ann | 7 |"]  # fmt: skip
    assert table.show(markdown=False).splitlines()[-1] == "In years."
