"""Grades follow the scale of the version, however many it has: in the registration sample, the bundle and the monitoring."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import MonitorConfig, RecalibrateConfig
from contracts.files import read_json
from contracts.scale import grade
from contracts.tables.derived import KEY, SCORED_TEST
from contracts.tables.store import read_table
from models.registry import bundle as bundles
from models.registry import serving
from models.registry.card import Subject
from models.registry.registration import candidate, scored_sample
from models.upkeep.ladder import Climb, Correction
from models.upkeep.matured import newly_matured
from models.upkeep.monitoring import monitor
from models.upkeep.recalibration import decide, recalibrated, report
from models.upkeep.ruling import ruling
from models.upkeep.watched import watched
from pipelines.configured.gates import load_gates
from tests.serve_project import HORIZON, Book, parts, simulate, write_model

TWELVE = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.10, 0.2, 0.30)
FIVE = (0.001, 0.01, 0.05, 0.30)
SCALES = {12: ScaleConfig(grade_bounds=TWELVE), 5: ScaleConfig(grade_bounds=FIVE)}


@dataclass(frozen=True)
class Loaded:
    """A champion as the registry gives it, without a registry: the bundle's own serving code answers."""

    bundle: bundles.Bundle
    folder: Path
    name: str = "bonitas-demo"
    version: str = "1"
    digest: str = "x"
    rests_on: None = None

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        return serving.HealthScore().read(self.folder).predict(None, frame)


@pytest.fixture(scope="module")
def book() -> Book:
    return simulate(200, 60)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, book: Book) -> Path:
    root = tmp_path_factory.mktemp("model")
    write_model(root, book, trees=20)
    (root / "data/model/reasons.json").write_text('{"features": {}}')
    return root


def registered(root: Path, book: Book, scale: ScaleConfig) -> bundles.Bundle:
    partition = book.rows[[*KEY, "defaulted"]].assign(part=parts(book.rows))
    scored = read_table(root / "data/scored/test.parquet", SCORED_TEST)
    sample = scored_sample(book.rows.drop(columns="defaulted"), partition, scored)
    features = read_json(root / "data/model/contract.json")["features"]
    subject = Subject(
        "demo", "Demo", HORIZON, "90 days", features, {"method": "identity"}, sample.facts
    )
    quality = read_json(root / "reports/metrics.json"), read_json(root / "reports/checks.json")
    return candidate(root / "data/model", sample, subject, quality, scale, bins=10)


@pytest.mark.parametrize("n_grades", SCALES)
def test_register_and_monitor_count_every_row(
    n_grades: int, book: Book, model: Path, tmp_path: Path
) -> None:
    bundle = registered(model, book, SCALES[n_grades])
    reference = bundle.json("reference.json")
    levels = reference["grade"]["levels"]
    assert levels == [str(number) for number in range(1, n_grades + 1)]
    # ... and none in "other" or "missing", which follow
    assert sum(reference["grade"]["counts"][:n_grades]) == reference["rows"]
    assert len(reference["outcomes"]["grades"]) == n_grades
    assert f"grade 1..{n_grades}" in bundle.files["model_card.md"].decode()
    bundles.write(tmp_path, bundle)
    champion: Any = Loaded(bundle, tmp_path)
    cohort = book.rows[[*KEY, "defaulted"]]
    level = RecalibrateConfig()
    seen = watched(champion, book.rows.drop(columns="defaulted"), cohort, None, 12, level)
    assert seen.current["grade"].max() == n_grades  # the book reaches the last one
    found = monitor(champion, seen, MonitorConfig())
    assert [row.grade for row in found.grades] == list(range(1, n_grades + 1))
    # of the newest year of matured cohorts, the last day alone counts as independent
    assert sum(row.n for row in found.grades) == int(
        (seen.matured["as_of"] == seen.matured["as_of"].max()).sum()
    )


def test_a_version_that_has_learned_every_outcome_has_none_to_be_judged_by(
    book: Book, model: Path, tmp_path: Path
) -> None:
    """Monitoring and recalibration say so, and neither takes what it was fitted on for evidence."""
    bundle = registered(model, book, SCALES[5])
    until = book.rows.loc[book.rows["defaulted"].notna(), "as_of"].max() + pd.Timedelta(days=1)
    learned = bundle.json("reference.json") | {"calibrated_until": str(until.date())}
    bundle = bundle.replaced({"reference.json": bundles.text_of(learned)})
    bundles.write(tmp_path, bundle)
    champion: Any = Loaded(bundle, tmp_path)
    matrix, cohort = book.rows.drop(columns="defaulted"), book.rows[[*KEY, "defaulted"]]
    seen = watched(champion, matrix, cohort, None, 12, RecalibrateConfig())
    assert (len(seen.matured), seen.outlook) == (0, None)
    found = monitor(champion, seen, MonitorConfig())
    said = {one.code: (one.outcome, one.case) for one in found.findings}
    assert {said[code] for code in ("UP-C1", "UP-C2", "UP-P1")} == {("not_applicable", "no_outcome")}  # fmt: skip
    matured = newly_matured(champion, matrix, cohort, RecalibrateConfig())
    climbed, checks = decide(matured, RecalibrateConfig(), load_gates())
    assert (len(matured.rows), climbed.decision, checks) == (0, "none", ())
    told = report(champion, matured, climbed, checks, RecalibrateConfig(), ruling(matured, climbed, checks, RecalibrateConfig(), load_gates()))  # fmt: skip
    assert (told.cohort.rows, told.cohort.from_, told.outlook) == (0, None, None)


def test_open_outcomes_leave_the_registration_sample_and_move_its_scores(
    book: Book, model: Path, tmp_path: Path
) -> None:
    """A level raised by half a log-odds: inputs and outcomes stay those that the version was admitted on, its scores and grades are told anew."""
    bundle = registered(model, book, SCALES[5])
    bundles.write(tmp_path, bundle)
    champion: Any = Loaded(bundle, tmp_path)
    matrix, cohort = book.rows.drop(columns="defaulted"), book.rows[[*KEY, "defaulted"]]
    final = newly_matured(champion, matrix, cohort, RecalibrateConfig())
    assert final.registered is not None
    found = Climb("offset", Correction(0.5), (), None)
    before = bundle.json("reference.json")
    opened = recalibrated(champion, replace(final, is_open=True), found, 10)
    after, closed = (one.json("reference.json") for one in (opened, recalibrated(champion, final, found, 10)))  # fmt: skip
    kept = ("from", "until", "rows", "outcomes", "features", "calibrated_until")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert closed["calibrated_until"] != before["calibrated_until"]
    assert sum(after["grade"]["counts"]) == before["rows"]
    number = np.arange(len(before["grade"]["counts"]))
    worse, was = (number @ np.array(one["grade"]["counts"]) for one in (after, before))
    assert worse > was
    assert "followed month by month" in opened.files["model_card.md"].decode()


@pytest.mark.parametrize("scale", [ScaleConfig(), *SCALES.values()], ids=lambda s: str(s.n_grades))
def test_a_pd_on_a_bound_belongs_to_the_riskier_grade(scale: ScaleConfig) -> None:
    bounds = np.array(scale.grade_bounds)
    riskier = np.arange(2, scale.n_grades + 1)
    assert grade(bounds, scale).tolist() == riskier.tolist()
    assert grade(np.nextafter(bounds, 0), scale).tolist() == (riskier - 1).tolist()
    served = serving.score_and_grade(bounds, scale.model_dump(mode="json"))[1]
    assert served.tolist() == riskier.tolist()
