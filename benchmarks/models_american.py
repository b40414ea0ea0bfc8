"""Ours and other people's models on the listed companies: the same matrix, the same parts, one run."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.models_peers import BOTH, PEERS
from benchmarks.models_project import Project, peak_gib, stages_from
from benchmarks.models_tables import Table
from benchmarks.pipeline import ROOT
from contracts.arrays import Bools, Floats
from contracts.documents.number import Figure
from contracts.tables.derived import KEY, LINEAGE, MATRIX, PARTITION
from contracts.tables.store import read_table
from models.base.data import assemble, learn_contract
from models.measures.intervals import Ids
from models.measures.metrics import Measures, measure
from models.validation.figures import from_draws
from models.validation.resample import Draws, resample
from pipelines import paths

OURS, SCORECARD = "Bonitas", "scorecard (optbinning)"
CONFIDENCE, DRAWS, SEED = 0.95, 400, 7
TARGETS = {"roc_auc": 0.940, "average_precision": 0.30, "brier_skill": 0.175}
COX_TARGET = (0.8, 1.25)
FIT_TARGET = 300.0  # seconds
COMPARED = {"ROC AUC": ("gini", 0.5), "average precision": ("average_precision", 1.0), "Brier skill": ("brier_skill", 1.0)}  # fmt: skip
"""Column: the resampled measure, and what makes it the column's: AUC = Gini / 2 + 1/2."""
UNKNOWN_BUDGET = 60.0  # seconds of FLAML where our train stage was not run


@dataclass
class Answers:
    """What every model said of the same test rows.

    Attributes:
        defaulted: outcomes, shape (n,).
        customer_id: whose row it is, shape (n,).
        pds: by model.
        seconds: of each model's search and fit.
        learns: the rows each learned from.
        absent: peers that gave no answer, and why.
    """

    defaulted: Bools
    customer_id: Ids
    pds: dict[str, Floats] = field(default_factory=dict)
    seconds: dict[str, float | None] = field(default_factory=dict)
    learns: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def add(self, model: str, chance: Floats, seconds: float | None, learns: str) -> None:
        """One more model."""
        self.pds[model], self.seconds[model], self.learns[model] = chance, seconds, learns

    def measures(self) -> dict[str, Measures]:
        """Every measure of every model."""
        return {
            model: measure(chance, self.defaulted, self.customer_id, CONFIDENCE)
            for model, chance in self.pds.items()
        }


def measured(made: Project, given: argparse.Namespace) -> list[Table]:
    """Runs the stages and the peers: measures, paired differences, targets, seconds."""
    made.run(stages_from(given.start))
    answers = our_answers(made)
    data = peer_data(made, made.folder / "peers.parquet")
    stages = stage_table(made)  # before the peers: their memory is not ours
    ask_peers(answers, data, given, made.seconds.get("train", UNKNOWN_BUDGET))
    found = answers.measures()
    return [
        measure_table(answers, found),
        difference_table(answers, found),
        target_table(answers, found),
        stages,
    ]


def our_answers(made: Project) -> Answers:
    """Ours and the scorecard of the same run. Search, fit and calibration count as ours; the scorecard's share is not told apart."""
    test = made.scored()
    outcome = test["defaulted"].to_numpy(dtype=np.bool_)
    answers = Answers(outcome, test["customer_id"].to_numpy(dtype=object))
    fitted = [made.seconds[stage] for stage in ("train", "calibrate") if stage in made.seconds]
    params = yaml.safe_load((made.folder / paths.PARAMS).read_text(encoding="utf-8"))
    refitted = params["train"]["refit"] != "train"  # the twin that is scored
    ours, theirs = (BOTH, BOTH) if refitted else ("train; level on calibrate", "train")
    answers.add(OURS, test["pd"].to_numpy(np.float64), sum(fitted) if fitted else None, ours)
    answers.add(SCORECARD, test["pd_baseline"].to_numpy(np.float64), None, theirs)
    return answers


def peer_data(made: Project, to: Path) -> Path:
    """The peers' file: keys, part, outcome and every feature that varies in train, rows in the order of time."""
    matrix, partition, lineage = (
        read_table(made.folder / path, table)
        for path, table in ((paths.MATRIX, MATRIX), (paths.PARTITION, PARTITION), (paths.LINEAGE, LINEAGE))
    )  # fmt: skip
    names = learn_contract(assemble(matrix, partition, "train"), lineage, made.portfolio, 12)[0].names  # fmt: skip
    known = partition[partition["part"].isin(["train", "calibrate", "test"])]
    rows = known[[*KEY, "part", "defaulted"]].merge(
        matrix[[*KEY, *names]], on=KEY, validate="one_to_one"
    )
    rows["defaulted"] = rows["defaulted"].astype(np.int8)
    rows.sort_values(KEY[::-1], kind="stable").to_parquet(to, index=False)
    return to


def ask_peers(answers: Answers, data: Path, given: argparse.Namespace, seconds: float) -> None:
    """Every peer in a process of its own; FLAML searches as long as our train stage took."""
    keys = pd.read_parquet(data, columns=[*KEY, "part"]).query("part == 'test'")[KEY]
    if len(keys) != len(answers.defaulted):
        sys.exit("the peers' test rows are not those that were scored; run without --start")
    for name in given.peers:
        peer, to = PEERS[name], data.with_name(f"peer_{name}.parquet")
        print(f"  {peer.title} ...", file=sys.stderr, flush=True)
        found = ask(name, data, to, given, round(seconds))
        if "seconds" not in found:
            absent = found.get("absent")
            answers.absent[peer.title] = found.get("unfit") or f"pip install {absent}"
            continue
        # the scored table is sorted by customer, the peers' by day
        chance = pd.read_parquet(to).sort_values(KEY, kind="stable")["pd"].to_numpy(np.float64)
        answers.add(peer.title, chance, found["seconds"], peer.learns)


def ask(
    name: str, data: Path, to: Path, given: argparse.Namespace, seconds: int
) -> dict[str, float | str]:
    """The JSON line of one peer's process; what stopped it, where it gave none."""
    command = [given.peers_python, "-m", "benchmarks.models_peers", name, f"--data={data}", f"--to={to}"]  # fmt: skip
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    try:
        done = subprocess.run(
            [*command, f"--seconds={seconds}", f"--threads={given.threads}"],
            cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=given.limit,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"unfit": f"stopped after {given.limit} s"}
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"]
        return {"unfit": f"failed: {said[-1]}"}
    found: dict[str, float | str] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure_table(answers: Answers, measured: dict[str, Measures]) -> Table:
    """One row a model: what it reached and what it cost."""
    rows = []
    for model, one in measured.items():
        low, high = one.roc_auc_ci
        slope = "-" if one.cox_slope is None else f"{one.cox_slope:.2f}"
        seconds = answers.seconds[model]
        cost = "in ours" if seconds is None else f"{seconds:.0f}"
        figures = (f"{one.roc_auc:.4f} [{low:.3f}, {high:.3f}]", f"{one.average_precision:.3f}", f"{one.brier_skill:.3f}")  # fmt: skip
        rows.append((model, *figures, slope, cost, answers.learns[model]))
    n, bad = len(answers.defaulted), int(answers.defaulted.sum())
    absent = "".join(f" Without {model}: {why}." for model, why in answers.absent.items())
    return Table(
        f"american, test part: {n:,} company-years, {bad} insolvencies",
        ("model", "ROC AUC", "average precision", "Brier skill", "Cox slope", "seconds", "learned from"),
        rows,
        f"Same matrix, same parts; intervals over companies.{absent}",
    )  # fmt: skip


def difference_table(answers: Answers, measured: dict[str, Measures]) -> Table:
    """Ours minus each other model, on the same customers in every draw."""
    drawn = resample(answers.pds, answers.defaulted, answers.customer_id, DRAWS, SEED)
    rows = [
        (f"minus {model}", *(difference(measured, drawn, model, *one) for one in COMPARED.values()))
        for model in answers.pds
        if model != OURS
    ]
    return Table(f"{OURS} minus each peer, {CONFIDENCE:.0%} interval, {DRAWS} draws of companies", ("", *COMPARED), rows)  # fmt: skip


def difference(
    measured: dict[str, Measures], drawn: dict[str, Draws], model: str, name: str, factor: float
) -> str:
    """One paired difference with its interval."""
    ours, theirs = (
        2.0 * measured[one].roc_auc - 1.0 if name == "gini" else getattr(measured[one], name)
        for one in (OURS, model)
    )
    draws = (drawn[OURS][name] - drawn[model][name]) * factor
    return interval(from_draws((ours - theirs) * factor, draws, CONFIDENCE))


def interval(figure: Figure) -> str:
    """A figure with its ends.

    >>> interval(Figure(value=0.0123, low=-0.001, high=0.02))
    '+0.012 [-0.001, +0.020]'
    """
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"


def target_table(answers: Answers, measured: dict[str, Measures]) -> Table:
    """The issue's targets, and whether they are reached."""
    ours = measured[OURS]
    rows = [
        (name, f"{getattr(ours, name):.4f}", f">= {least}", verdict(is_met=getattr(ours, name) >= least))
        for name, least in TARGETS.items()
    ]  # fmt: skip
    low, high = COX_TARGET
    slope, seconds = ours.cox_slope, answers.seconds[OURS]
    is_right = slope is not None and low <= slope <= high
    rows.append(("Cox slope", f"{slope:.2f}" if slope is not None else "-", f"{low} to {high}", verdict(is_met=is_right)))  # fmt: skip
    if seconds is not None:
        rows.append(("train + calibrate, s", f"{seconds:.0f}", f"< {FIT_TARGET:.0f}", verdict(is_met=seconds < FIT_TARGET)))  # fmt: skip
    return Table("american, targets", ("measure", OURS, "target", ""), rows)


def verdict(*, is_met: bool) -> str:
    """In a word."""
    return "reached" if is_met else "missed"


def stage_table(made: Project) -> Table:
    """Seconds of each stage."""
    rows = [(stage, f"{seconds:.1f}") for stage, seconds in made.seconds.items()]
    total = sum(made.seconds.values())
    return Table(
        f"{made.portfolio}, stages: {total:.0f} s, largest process {peak_gib():.2f} GiB",
        ("stage", "seconds"),
        rows,
    )
