"""Exact SHAP values of a whole book: ours beside LightGBM's own and `shap.TreeExplainer`, in one run, on the project's own model.

`python -m benchmarks.explain [rows] [rows of the peers]`, defaults 200,000 and 10,000, after `make demo`. A peer's time is the same for
every row, so it is measured on fewer; each is run between two runs of ours, and the ratio is of rows a second. Rows are
those of `data/features/matrix.parquet`, over again where there are too few.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shap

from contracts.files import read_json
from contracts.tables.derived import MATRIX
from contracts.tables.store import read_table
from models.base.data import ModelContract
from models.boosting.booster import Ensemble, load
from models.boosting.shapley import Contributions, Explainer
from pipelines import paths

WANTED_RATIO = 12.0
WANTED_ERROR = 1e-5


@dataclass(frozen=True)
class Run:
    """One measurement: rows a second by the clock, and CPU-seconds a thousand rows."""

    rows: int
    seconds: float
    cpu: float
    found: Any

    @property
    def speed(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds

    def line(self, name: str) -> str:
        """As a row of the table."""
        per_thousand = 1_000 * self.cpu / self.rows
        return f"| {name} | {self.rows:,} | {self.seconds:.1f} | {self.speed:,.0f} | {per_thousand:.3f} |"


def measured(work: Callable[[Any], Any], codes: Any) -> Run:
    """Runs it once."""
    clock, cpu = time.perf_counter(), time.process_time()
    found = work(codes)
    return Run(len(codes), time.perf_counter() - clock, time.process_time() - cpu, found)


def by_tree_explainer(ensemble: Ensemble) -> Callable[[Any], Any]:
    """What a data scientist would write for an average of boosters."""
    explainers = [
        shap.TreeExplainer(one, feature_perturbation="tree_path_dependent")
        for one in ensemble.boosters
    ]
    return lambda codes: np.mean([one(codes).values for one in explainers], axis=0)


def main(rows: int, peer_rows: int) -> None:
    """Prints the table, the ratios and the errors."""
    contract = ModelContract.from_json(read_json(paths.MODEL_CONTRACT))
    ensemble = load(Path(paths.BOOSTER).parent, contract)
    own = contract.encode(read_table(paths.MATRIX, MATRIX))
    codes = np.resize(own, (rows, own.shape[1]))
    few = codes[:: max(1, rows // peer_rows)][:peer_rows]

    def ours(asked: Any) -> Contributions:
        return Explainer(ensemble).contributions(asked)  # tables and checks included

    peers = {
        "LightGBM's pred_contrib": ensemble.contributions,
        "shap.TreeExplainer": by_tree_explainer(ensemble),
    }
    print(f"{rows:,} rows x {own.shape[1]} features, {len(ensemble.boosters)} boosters")
    print(
        "| who | rows | seconds | rows a second | CPU-seconds a thousand rows |\n|---|---|---|---|---|"
    )
    before = measured(ours, codes)
    print(before.line("Bonitas"))
    exact = before.found.phi[:: max(1, rows // peer_rows)][:peer_rows].copy()
    before = replace(before, found=None)  # a run of a million rows is 1.5 GB
    for name, work in peers.items():
        peer = measured(work, few)
        after = replace(measured(ours, codes), found=None)
        print(peer.line(name))
        print(after.line("Bonitas again"))
        speed = (before.speed + after.speed) / 2
        error = float(np.abs(exact - peer.found[:, : own.shape[1]]).max())
        cpu = (peer.cpu / peer.rows) / ((before.cpu + after.cpu) / (2 * rows))
        print(
            f"  {name}: {speed / peer.speed:.1f} x its rows a second, {cpu:.1f} x by CPU; largest difference {error:.1e}"
        )
        if error > WANTED_ERROR or speed / peer.speed < WANTED_RATIO:
            print(
                f"  MISSED: at least {WANTED_RATIO:.0f} x and at most {WANTED_ERROR:g} are wanted"
            )
        before = after
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main(*(int(one) for one in [*sys.argv[1:], *("200000", "10000")[len(sys.argv) - 1 :]]))
