"""Data that no model can be made of, and files of a model that are not those of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from optuna.samplers import RandomSampler

from contracts.config.calibration import CalibrateConfig
from contracts.config.expert import ExpertConfig
from decisions.facts.position import check_days
from models.base.data import Feature, ModelContract, assemble, learn_contract
from models.boosting import booster
from models.calibration import calibrators
from models.calibration.choice import Unseen, calibrate
from models.comparison.shared import shared
from models.gates.gates import judge_gates
from models.registry.bundle import REQUIRED, Bundle, checked
from models.registry.bundle import assemble as bundled
from models.registry.seal import SEAL, check, files_in, seal_of, sha256
from models.sample.folds import time_folds
from models.scorecard.expert import spelt, stated
from models.scoring.answers import check_place
from models.scoring.rows import block_of, blocks
from models.search.preparation import _refuse_too_few
from models.search.study import Storage, open_study
from tests.models_books import lineage, panel, part_of
from tests.refused.case import Case, asked, both, nothing, written

CONTRACT = ModelContract(
    "book", 12, (Feature("late", "number", 1), Feature("equity", "number", -1))
)
ONE = Path("model")
EXPERT = {
    "race_until": 50,
    "long_run_rate": 0.03,
    "level_weight": 5,
    "points_weight": 30,
    "most_restated": 1.5,
}


def expert(industry_rates: dict[str, float] | None = None, **features: object) -> ExpertConfig:
    """A stated card with these inputs."""
    return ExpertConfig.model_validate({**EXPERT, "features": {"credit_record": features}, "industry_rates": industry_rates or {}})  # fmt: skip


def outcomes_of(*outcomes: bool, customer: str = "K1") -> pd.DataFrame:
    """Test rows of a run, one a month."""
    n = len(outcomes)
    return pd.DataFrame({"customer_id": [customer] * n, "as_of": pd.date_range("2024-01-01", periods=n, freq="MS"), "defaulted": list(outcomes), "margin": 0.0, "pd": 0.5, "pd_baseline": 0.5})  # fmt: skip


def unseen(defaults: int, rows: int = 400) -> Unseen:
    """Rows of a calibrate part, of which so many defaulted."""
    ids = np.array([f"C{number}" for number in range(rows)], dtype=object)
    return Unseen(ids, np.linspace(-3, 1, rows), np.arange(rows) < defaults)


def calibrated(defaults: int, *methods: str) -> Callable[[], object]:
    config = CalibrateConfig.model_validate({"methods": methods} if methods else {})
    return lambda: calibrate(unseen(defaults), config)


def study(url: str) -> Callable[[], object]:
    return lambda: open_study(Storage(url), "sme", "digest", RandomSampler(seed=1))


def parts_lost() -> object:
    matrix, partition, _ = panel(customers=60, months=24)
    return assemble(matrix[matrix["customer_id"] != "C0050"], partition, "train")


def nothing_varies() -> object:
    features = pd.DataFrame({"flat": [1.0, 1.0], "industry": ["food", "food"]})
    return learn_contract(part_of(features, [False, True]), lineage(flat=1), "book", 12)


def lineage_of_another() -> object:
    return learn_contract(part_of(pd.DataFrame({"late": [1.0, 2.0]}), [False, True]), lineage(late=1, equity=-1), "book", 12)  # fmt: skip


def whole() -> dict[str, bytes]:
    """The files of a bundle with their list."""
    files = dict.fromkeys(REQUIRED, b"{}")
    listed = {name: sha256(content) for name, content in files.items()}
    return {
        **files,
        "manifest.json": json.dumps({"files": listed, "digest": Bundle(files).digest}).encode(),
    }


def no_later_data() -> object:
    days = np.repeat(np.arange("2022-01", "2023-01", dtype="datetime64[M]"), 20).astype(
        "datetime64[ns]"
    )
    return time_folds(days, np.zeros(len(days), dtype=bool), 3, 3)


def sealed(change: Callable[[dict[str, bytes]], object]) -> Callable[[], object]:
    """A version's files, changed after they were sealed."""

    def run() -> None:
        files = {
            "MLmodel": b"flavors: {}",
            "serving.py": b"import numpy\n",
            "data/booster.txt": b"tree",
        }
        files[SEAL] = seal_of(files).encode()
        tag = sha256(files[SEAL])
        change(files)
        check(files, tag, where=Path("mlruns/1/models/m-1"))

    return run


MODELS = (
    asked("Rows of a part without features", parts_lost),
    asked("No input varies", nothing_varies),
    asked("The lineage of another matrix", lineage_of_another),
    asked("An input that the rows lack", lambda: CONTRACT.encode(pd.DataFrame({"late": [1.0]}))),
    asked("Words where a model has numbers", lambda: CONTRACT.encode(pd.DataFrame({"late": ["often"], "equity": [1.0]}))),
    asked("Too few defaults for a calibrator", calibrated(1)),
    asked("Too few defaults for a calibrator that bends", calibrated(12, "isotonic")),
    asked("A calibrator that nobody knows", lambda: calibrators.from_json({"method": "venn_abers"})),
    Case("A booster that is cut", written("model/booster.txt", "tree\nversion=v4\n"), lambda: booster._load(ONE / "booster.txt")),
    asked("A points card without an input of the book", lambda: stated(expert(late={"cuts": [0], "points": [0, 10]}), lineage(equity=-1))),
    asked("Points that run against a direction", lambda: stated(expert(late={"cuts": [0], "points": [10, 0]}), lineage(late=1))),
    asked("Cuts for a category", lambda: stated(expert(industry={"cuts": [0], "points": [0, 10]}), lineage(late=1))),
    asked("A rate for an industry that is spelt otherwise", lambda: spelt(expert({"Fod": 0.02}, late={"cuts": [0], "points": [0, 10]}), ["Food", "Metal"])),
    asked("A gate that the config leaves out", lambda: judge_gates(None, {})),  # type: ignore[arg-type]
    asked("Runs without a test row in common", lambda: shared({"champion": outcomes_of(True, False), "workspace": outcomes_of(True, False, customer="K2")})),
    asked("Runs whose outcomes all differ", lambda: shared({"champion": outcomes_of(True, False), "workspace": outcomes_of(False, True)})),
    asked("A search whose address has two readings", study("postgresql://ann:p@ss@db/optuna")),
    Case("A search in a file that is no database", written("studies.db", "no database" * 99), study("sqlite:///studies.db")),
    asked("Too few defaults for a search", lambda: _refuse_too_few(part_of(pd.DataFrame({"late": [1.0, 2.0]}), [False, True]), 20)),
    Case("A study of other data", nothing, lambda: [open_study(Storage("sqlite:///studies.db"), "sme", digest, RandomSampler(seed=1)) for digest in ("a" * 16 + "1", "a" * 16 + "2")]),
    Case("Boosters of two runs", both(written("model/booster.txt", "tree"), written("model/boosters/belongs_to.txt", "0")), lambda: booster.files(ONE)),
    asked("A search that no later data could judge", no_later_data),
    asked("A position of another book", lambda: check_days(pd.DataFrame({"as_of": pd.to_datetime(["2024-01-01"])}), [date(2024, 2, 1)])),
)  # fmt: skip
SCORED = (
    asked("A file of another kind", lambda: list(blocks(Path("book.xlsx"), CONTRACT.to_json()["features"]))),
    asked("No such file", lambda: list(blocks(Path("book.csv"), CONTRACT.to_json()["features"]))),
    Case("A file without a line", written("book.csv", ""), lambda: list(blocks(Path("book.csv"), CONTRACT.to_json()["features"]))),
    Case("Columns that are separated otherwise", written("book.csv", "customer_id;late;equity\nK1;0,5;2\n"), lambda: list(blocks(Path("book.csv"), CONTRACT.to_json()["features"]))),
    asked("Answers in a file of another kind", lambda: check_place(Path("answers.xlsx"))),
    asked("Answers into a folder that is not there", lambda: check_place(Path("answers/answers.csv"))),
    asked("A column that the version reads is not there", lambda: block_of(pd.DataFrame({"customer_id": ["K1"], "lates": [1.0]}), CONTRACT.to_json()["features"], where="score(frame)")),
)  # fmt: skip
VERSIONS = (
    Case("A model without its files", written("model/booster.txt", "tree"), lambda: bundled(ONE, scale={}, reference={}, card="")),
    asked("A version without a list of its files", lambda: checked({"booster.txt": b"tree"}, where=ONE)),
    asked("A version that lacks a file", lambda: checked({"manifest.json": json.dumps({"files": {}, "digest": "0"}).encode()}, where=ONE)),
    asked("Another version than the one that was registered", lambda: checked(whole(), where=ONE, digest="0" * 64)),
    asked("The files of a version are not there", lambda: files_in(Path("mlruns/1/models/m-1"))),
    asked("A line was added to a version's code", sealed(lambda files: files.update({"serving.py": b"import numpy\nimport os\n"}))),
    asked("A file was added to a version", sealed(lambda files: files.update({"sitecustomize.py": b"import os\n"}))),
    asked("The list of a version's files was written anew", sealed(lambda files: files.update({SEAL: b"{}"}))),
    asked("A file of a version was taken away", sealed(lambda files: files.pop("data/booster.txt"))),
)  # fmt: skip
