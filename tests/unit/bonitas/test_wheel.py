"""A wheel beside another project's `models`: one package, its imports its own, the same answers as the repository's code."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bonitas import Portfolio
from pipelines import ROOMS, ROOT
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import inside, make, simulate

BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
STRANGERS = ("models", "features", "contracts", "pipelines")
USED = """
import json, sys
import bonitas, models, features, contracts, pipelines
demo = bonitas.Portfolio("demo", sys.argv[1])
training, test = demo.training(), demo.test()
fitted = bonitas.HealthScoreClassifier(directions=training.directions, max_rounds=40)
fitted.fit(training.X, training.y, groups=training.groups)
said = demo.score(test.X[:200], reasons=True, language="zh")
print(json.dumps({
    "from": bonitas.__file__,
    "strangers": [one.STRANGER for one in (models, features, contracts, pipelines)],
    "fitted": fitted.predict_proba(test.X[:200])[:, 1].tolist(),
    "champion": said["pd"].tolist(),
    "reasons": said["reason_1"].dropna().tolist(),
    "explained": list(demo.explain().shape),
}))
"""
EVERY = """
import importlib, pkgutil, sys
import bonitas
names = [one.name for one in pkgutil.walk_packages(bonitas.__path__, "bonitas.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
from bonitas._rooms.reports.locale.catalogue import FOLDER
from bonitas._rooms.reports.frame.page import TEMPLATES
from bonitas._rooms.reports.pages import pages
rooms = sys.argv[1:]
print(len(names), len(pages()), len(list(TEMPLATES.glob("*.j2"))), len(list(FOLDER.rglob("*.po"))))
print(sorted(name for name in sys.modules if name.partition(".")[0] in rooms))
"""


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_of_bonitas", ROOT / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import contracts", "import H.contracts as contracts"),
        ("import os, contracts", "import os, H.contracts as contracts"),
        ("import models.base.data as d", "import H.models.base.data as d"),
        ("from models.base import (\n    data,\n)", "from H.models.base import (\n    data,\n)"),
        ("if a:\n    from  models import base  # models", "if a:\n    from  H.models import base  # models"),
        ('"""纸"""; from world import hidden', '"""纸"""; from H.world import hidden'),
        ("importlib.import_module('reports.pages')", "importlib.import_module('H.reports.pages')"),
        ('x(import_module(f"pipelines.{m}"), m)', 'x(import_module(f"H.pipelines.{m}"), m)'),
        ('walk_packages(reports.__path__, "reports.")', 'walk_packages(reports.__path__, "H.reports.")'),
        ("import modelsmith\nfrom mlflow.models import x", None),
        ("from . import models\nfrom .models import x", None),
        ('print("models.base"); x = "from models import y"', None),
        ('import_module(name); import_module("mlflow.models")', None),
        ("from bonitas.folds import TimeFolds", None),
    ],
)  # fmt: skip
def test_imports_are_said_from_the_new_home(
    setup: ModuleType, text: str, wanted: str | None
) -> None:
    assert setup.moved(text) == (text if wanted is None else wanted.replace("H.", f"{setup.HOME}."))


def test_an_import_that_would_bind_another_name_is_refused(setup: ModuleType) -> None:
    with pytest.raises(SyntaxError, match=r"'import models\.base' binds the room's name"):
        setup.moved("import models.base")


def test_every_room_moves(setup: ModuleType) -> None:
    assert set(setup.ROOMS) == {"pipelines", *ROOMS}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    ours = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "pipelines"):
        shutil.copytree(ROOT / name, folder / "project" / name, ignore=ours)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "project" / name)
    stale = folder / "project/build/lib/models"  # of a build before rooms moved
    stale.mkdir(parents=True)
    (stale / "old.py").write_text("")
    called([sys.executable, "-c", BUILD, str(folder)], folder / "project")
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def other(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of another environment: it has the dependencies, the wheel, and strangers of our rooms' names."""
    folder = tmp_path_factory.mktemp("other")
    called([sys.executable, "-m", "venv", "env"], folder)
    python = folder / "env/bin/python"
    called([str(python), "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)], folder)  # fmt: skip
    site = next((folder / "env/lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    for name in STRANGERS:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(f"STRANGER = {name!r}\n")
    return python


def called(command: list[str], folder: Path) -> str:
    """What a command prints in an environment that knows nothing of the repository."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        command, cwd=folder, env={**kept, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_the_wheel_brings_one_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as held:
        names = held.namelist()
        (top,) = (name for name in names if name.endswith("top_level.txt"))
        assert held.read(top).decode().split() == ["bonitas"]
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"bonitas"}
    assert "bonitas/py.typed" in names
    assert not any(name.endswith("/old.py") for name in names)
    kept = {path.name for path in (ROOT / "src/reports").rglob("*.*") if path.suffix != ".py" and path.parent.name != "__pycache__"}  # fmt: skip
    assert kept <= {name.rpartition("/")[2] for name in names}


@pytest.mark.long
def test_every_module_of_it_stands_beside_strangers(other: Path, tmp_path: Path) -> None:
    counted, ours = called([str(other), "-c", EVERY, *STRANGERS, *ROOMS], tmp_path).splitlines()
    n_modules, n_pages, n_templates, n_words = map(int, counted.split())
    assert n_modules > 500
    assert n_pages > 8
    assert n_templates == len(list((ROOT / "src/reports/templates").glob("*.j2")))
    assert n_words == len(list((ROOT / "src/reports/locale").rglob("*.po")))
    assert ours == "[]"


@pytest.mark.long
def test_it_fits_and_scores_as_the_repository_does(other: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    make(project, simulate(120, 60))
    with inside(project):
        explain(load())
        register(load())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    found: dict[str, Any] = json.loads(
        called([str(other), "-c", USED, str(project)], elsewhere).splitlines()[-1]
    )
    assert Path(found["from"]).is_relative_to(other.parents[1])
    assert found["strangers"] == list(STRANGERS)
    demo = Portfolio("demo", project)
    test = demo.test().X[:200]
    said = demo.score(test, reasons=True, language="zh")
    np.testing.assert_array_equal(found["champion"], said["pd"])
    assert found["reasons"] == said["reason_1"].dropna().tolist() != []
    np.testing.assert_allclose(found["fitted"], demo.fit(max_rounds=40).predict_proba(test)[:, 1], rtol=1e-12)  # fmt: skip
    assert found["explained"][1] == 5
    assert "score" in called([str(other.with_name("bonitas")), "--help"], elsewhere)
