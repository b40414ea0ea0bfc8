"""The bundle: refuses what is not itself, and serving.py says what the pipeline says, without importing it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.errors import BundleError
from contracts.scale import grade, score
from models.base.data import ModelContract
from models.calibration import calibrators
from models.calibration.form import Calibrator
from models.calibration.forms.beta import Beta
from models.calibration.forms.identity import Identity
from models.calibration.forms.isotonic import Isotonic
from models.calibration.forms.offset import Offset
from models.calibration.forms.platt import Platt
from models.registry import bundle as bundles
from models.registry import serving
from models.registry.bundle import Bundle
from models.registry.card import Subject, model_card
from tests.serve_project import FEATURES, HORIZON, simulate

ALLOWED = {
    "__future__",
    "hashlib",
    "json",
    "pathlib",
    "typing",
    "numpy",
    "pandas",
    "lightgbm",
    "mlflow",
}
MARGINS = np.linspace(-9, 5, 57)


def complete() -> Bundle:
    files = {name: f"text of {name}".encode() for name in bundles.REQUIRED}
    return Bundle({**files, "calibrator.json": b'{"method": "identity"}'})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bundles.write(tmp_path / "bundle", complete())
    return tmp_path / "bundle"


def test_what_was_written_is_what_is_loaded(folder: Path) -> None:
    loaded = bundles.load(folder, digest=complete().digest)
    assert dict(loaded.files) == dict(complete().files)
    assert loaded.json("calibrator.json") == {"method": "identity"}


def test_an_absent_file_is_named(folder: Path) -> None:
    (folder / "scale.json").unlink()
    with pytest.raises(BundleError, match="incomplete") as caught:
        bundles.load(folder)
    assert caught.value.value == ["scale.json"]


def test_an_altered_file_is_named(folder: Path) -> None:
    (folder / "booster.txt").write_text("another model")
    with pytest.raises(BundleError, match="altered") as caught:
        bundles.load(folder)
    assert caught.value.value == ["booster.txt"]


def test_an_added_file_is_named(folder: Path) -> None:
    (folder / "booster_2.txt").write_text("smuggled")
    with pytest.raises(BundleError, match="not itself") as caught:
        bundles.load(folder)
    assert caught.value.value == ["booster_2.txt"]


def test_a_bundle_rewritten_with_its_manifest_is_not_the_registered_one(tmp_path: Path) -> None:
    bundles.write(tmp_path, complete().replaced({"booster.txt": "another model"}))
    assert bundles.load(tmp_path).digest != complete().digest
    with pytest.raises(BundleError, match="not the one that was registered"):
        bundles.load(tmp_path, digest=complete().digest)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"files": 3, "digest": "x"}'])
def test_a_broken_manifest_is_a_readable_error(folder: Path, manifest: str) -> None:
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(BundleError, match="no readable manifest"):
        bundles.load(folder)


def test_an_incomplete_model_is_not_assembled(tmp_path: Path) -> None:
    (tmp_path / "booster.txt").write_text("tree")
    with pytest.raises(BundleError, match="incomplete") as caught:
        bundles.assemble(tmp_path, scale={}, reference={}, card="")
    assert caught.value.value == ["calibrator.json", "contract.json", "reasons.json"]


def test_the_same_files_written_twice_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        bundles.write(tmp_path / name, complete())
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_serving_imports_nothing_of_ours() -> None:
    tree = ast.parse(bundles.SERVING.read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert imported == ALLOWED
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"exec", "eval", "compile", "__import__"}


@pytest.mark.parametrize(
    "calibrator",
    [
        Identity(),
        Offset(-0.7),
        Platt(0.6, 0.4),
        Beta(0.8, 1.7, 0.3),
        Isotonic((-6.0, -3.0, -1.0, 2.0), (0.0, 0.02, 0.09, 1.0)),
        calibrators.Anchored(Platt(0.6, 0.4), 0.03, 0.25),
        calibrators.Recalibrated(
            calibrators.Anchored(Beta(0.8, 1.7, 0.3), 0.03, 0.25),
            ((0.2, 1.3, 0.0), (-0.1, 0.9, 0.2)),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_serving_calibrates_as_the_pipeline_does(calibrator: Calibrator) -> None:
    stored = json.loads(json.dumps(calibrator.to_json()))
    served = serving.sigmoid(serving.log_odds(MARGINS, stored))
    np.testing.assert_allclose(served, calibrator.apply(MARGINS), rtol=1e-13)
    assert calibrators.from_json(stored) == calibrator


def test_serving_scores_as_the_pipeline_does() -> None:
    config = ScaleConfig(pdo=20, base_odds=50)
    chance = np.concatenate([serving.sigmoid(MARGINS), config.grade_bounds, [0.0, 1.0]])
    served = serving.score_and_grade(chance, config.model_dump(mode="json"))
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(served[0], score(chance, config))
    np.testing.assert_array_equal(served[1], grade(chance, config))
    assert served[0][-2:].tolist() == [999, 1]


def test_serving_encodes_as_the_pipeline_does() -> None:
    contract = ModelContract("demo", HORIZON, FEATURES)
    rows = simulate(40, 24).rows.assign(
        industry=lambda f: f["industry"].where(f.index % 3 > 0, "never seen")
    )
    rows.loc[rows.index[:5], "industry"] = None
    served = serving.encode(rows, contract.to_json()["features"])
    np.testing.assert_array_equal(served, contract.encode(rows))
    assert np.isnan(served[:, 4]).sum() > 5


def test_serving_names_what_is_absent() -> None:
    features = ModelContract("demo", HORIZON, FEATURES).to_json()["features"]
    frame = pd.DataFrame({"industry": ["steel"]})
    with pytest.raises(
        ValueError, match="4 feature columns are absent: payments_days_late_mean_90d,"
    ):
        serving.encode(frame, features)
    text = pd.DataFrame({one["name"]: ["much"] for one in features})
    with pytest.raises(ValueError, match="payments_days_late_mean_90d must be a number or null"):
        serving.encode(text, features)


def test_an_unknown_calibrator_is_not_taken_for_the_identity() -> None:
    with pytest.raises(ValueError, match="Unknown calibrator 'spline'"):
        serving.log_odds(MARGINS, {"method": "spline"})


def test_words_of_a_person_do_nothing_in_the_card() -> None:
    title = "Firm\n# Approved by the regulator\n<script>alert(1)</script> [x](http://y) ![i](z) `a` | b *c*"
    subject = Subject(
        "demo", title, 12, "a default event", [], {"method": "identity"}, {}, parent=None
    )
    check = {
        "code": "PD-D1", "title": "t", "outcome": "failed", "blocks": False, "waiver": title, "detail": "<img src=x> a | b"
    }  # fmt: skip
    card = model_card(subject, {}, [check], 10)
    assert [line for line in card.splitlines() if line.startswith("# ")] == [
        "# Customer health score: demo"
    ]
    assert not re.search(r"<[a-zA-Z]|(?<!\\)\[|(?<!\\)`", card.replace("`make upkeep`", ""))
    rows = [line for line in card.splitlines() if line.startswith("| PD-D1")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [6]
