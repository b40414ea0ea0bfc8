"""Commands that only ask boosters load LightGBM without scikit-learn, and say the same."""

from __future__ import annotations

import subprocess
import sys

from pipelines import ROOT, lean

ALONE = """
import importlib, sys
import numpy as np
from pipelines import lean
lean.import_lightgbm()
for name in sorted(lean.COMMANDS):
    importlib.import_module(f"pipelines.{name}")
print([one for one in ("sklearn", "scipy.stats", "statsmodels") if one in sys.modules])
import lightgbm
rows = np.arange(90.0).reshape(-1, 1)
told = lightgbm.train({"objective": "binary", "verbosity": -1, "min_data_in_leaf": 5}, lightgbm.Dataset(rows, rows[:, 0] > 20), 3)
print(told.predict(rows[[0, 89]], raw_score=True).tolist())
from models.calibration.forms.isotonic import fit_isotonic
found = fit_isotonic(rows[:, 0], rows[:, 0] % 30 > 15)
print(found.margins, found.pds)
"""


def test_no_command_that_is_named_loads_scikit_learn_and_a_later_import_of_it_works() -> None:
    plain = ALONE.replace("lean.import_lightgbm()\n", "import sklearn\n")
    told = [
        subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
        for text in (ALONE, plain)
    ]  # fmt: skip
    assert told[0][0] == "[]"
    assert "sklearn" in told[1][0]
    assert told[0][1:] == told[1][1:]
    assert len(told[0]) == 3


def test_a_process_that_has_scikit_learn_keeps_it() -> None:
    import sklearn  # noqa: PLC0415

    lean.import_lightgbm()
    assert sys.modules["sklearn"] is sklearn
