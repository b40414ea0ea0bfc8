"""A calibrator is one declaration: found by its file, allowed by the config, served by the bundle, kept as JSON."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from contracts.config.calibration import CalibrationMethod
from models.calibration import forms
from models.calibration.calibrators import FORMS, from_json
from models.registry import serving
from pipelines import ROOT

PAGE = ROOT / "docs" / "how-to" / "calibrator.md"
MARGINS = np.linspace(-9.0, 4.0, 1_500)
"""Wide enough that a form which fits only the middle would show."""


def outcomes() -> np.ndarray:
    """Defaults whose log-odds are 0.6 m - 0.4 with some curvature, so that no form is trivially right."""
    draws = np.random.default_rng(5).uniform(size=len(MARGINS))
    odds = 0.6 * MARGINS - 0.4 + 0.03 * MARGINS**2
    return draws < 1.0 / (1.0 + np.exp(-odds))


def test_every_file_of_the_folder_declares_one_form_and_the_config_allows_it() -> None:
    folder = Path(forms.__path__[0])
    assert {path.stem for path in folder.glob("[!_]*.py")} == set(FORMS)
    assert set(get_args(CalibrationMethod)) == set(FORMS)


def test_the_ladder_rises_and_each_rung_is_taken_once() -> None:
    assert [one.rung for one in FORMS.values()] == sorted({one.rung for one in FORMS.values()})
    assert next(iter(FORMS)) == "identity"
    assert all(english and chinese for english, chinese in (one.title for one in FORMS.values()))


@pytest.mark.parametrize("method", FORMS)
def test_what_is_learned_is_what_is_kept_and_what_is_served(method: str) -> None:
    learned = FORMS[method].fit(MARGINS, outcomes())
    assert learned is not None
    kept = learned.to_json()
    assert kept["method"] == method
    assert from_json(kept) == learned
    served = serving.log_odds(MARGINS, kept)
    np.testing.assert_allclose(served, learned.log_odds(MARGINS), rtol=0, atol=1e-9)
    pds = learned.apply(MARGINS)
    assert (np.diff(pds) >= 0).all()  # the rank order is kept


@pytest.mark.parametrize("method", ["offset", "platt", "beta", "isotonic"])
def test_a_form_that_learns_the_level_meets_it(method: str) -> None:
    learned = FORMS[method].fit(MARGINS, outcomes())
    assert learned is not None
    # isotonic runs straight between its steps, the others meet the observed rate to the last digit
    tolerance = 1e-2 if method == "isotonic" else 1e-6
    assert learned.apply(MARGINS).mean() == pytest.approx(outcomes().mean(), abs=tolerance)


@pytest.mark.long
def test_the_how_to_is_followed_to_the_letter(tmp_path: Path) -> None:
    """A copy of the tree with the page's three changes passes every test above, the new form among them."""
    copy = tmp_path / "project"
    for name in ("src", "pipelines", "tests/unit/models/calibration"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    form, formula = (
        textwrap.dedent(block)
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    )
    (copy / "src/models/calibration/forms/scaled.py").write_text(form, encoding="utf-8")
    serving_py = copy / "src/models/registry/serving.py"
    before = '    elif method == "beta":'
    text = serving_py.read_text(encoding="utf-8")
    assert text.count(before) == 1
    serving_py.write_text(text.replace(before, textwrap.indent(formula, "    ") + before))
    config = copy / "src/contracts/config/calibration.py"
    allowed = config.read_text(encoding="utf-8")
    config.write_text(allowed.replace('"offset", ', '"offset", "scaled", ', 1))
    command = [sys.executable, "-m", "pytest", "-k", "not how_to", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "tests/unit/models/calibration/test_forms.py"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": f"{copy / 'src'}:{copy}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(FORMS) + 1 + 2 + 4} passed" in done.stdout
