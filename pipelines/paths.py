"""Where every artefact lies, relative to the project's folder. `dvc.yaml` names the same paths."""

from __future__ import annotations

from pathlib import Path

PARAMS = Path("configs/params.yaml")
GATES = Path("configs/gates.yaml")
PORTFOLIOS = Path("configs/portfolios")

OUTSIDE_SOURCE = Path("data/outside/source.json")
OUTSIDE_PREVIOUS = Path("data/outside/previous_delivery.json")
OUTSIDE_CHAMPION = Path("data/outside/champion.json")

RAW = Path("data/raw")
MANIFEST = RAW / "manifest.json"
TRUTH = Path("data/truth")
VALID = Path("data/valid")
QUARANTINE = Path("data/quarantine")
COHORT = Path("data/interim/cohort.parquet")
PARTITION = Path("data/interim/partition.parquet")
MATRIX = Path("data/features/matrix.parquet")
LINEAGE = Path("data/features/lineage.parquet")
POSITION = Path("data/features/position.parquet")
TRADING = Path("data/features/trading.parquet")
KNOWN = Path("data/interim/known")

BOOSTER = Path("data/model/booster.txt")
TWIN = Path("data/model/twin")
TWIN_CALIBRATOR = TWIN / "calibrator.json"
SHIPPED = Path("data/model/shipped.json")
MODEL_CONTRACT = Path("data/model/contract.json")
BASELINE = Path("data/model/baseline.json")
TRIALS = Path("data/model/trials.parquet")
CURVE = Path("data/model/curve.json")
UNSEEN = Path("data/model/unseen.parquet")
RIVALS = Path("data/model/rivals")
ORIGINS = Path("data/model/origins.parquet")
REHEARSED = Path("data/model/rehearsed.parquet")
SEARCH = Path("data/model/search.json")
SELECTION = Path("data/model/selection.json")
MEMBERS = Path("data/model/members.json")
CALIBRATOR = Path("data/model/calibrator.json")
REASONS = Path("data/model/reasons.json")
BUNDLE = Path("data/model/bundle")
RECEIPT = Path("data/model/receipt.json")
CALIBRATOR_NEXT = Path("data/champion/calibrator_next.json")

SCORED_TEST = Path("data/scored/test.parquet")
EXPLANATIONS = Path("data/scored/explanations.parquet")
HISTORY = Path("data/scored/explanations")
MOVEMENTS = Path("data/scored/movements.parquet")
SCORED_REASONS = Path("data/scored/reasons.parquet")
PORTFOLIO = Path("data/scored/portfolio.parquet")

METRICS = Path("reports/metrics.json")
CHECKS = Path("reports/checks.json")
PLOTS = Path("reports/plots")
MODEL_VALIDATION_JSON = Path("reports/validation_model.json")
VALIDATION_JSON = Path("reports/validation.json")
VALIDATION_HTML = Path("reports/validation.html")
MODEL_VALIDATION_HTML = Path("reports/validation_model.html")
MODEL_VALIDATION_XLSX = Path("reports/validation_model.xlsx")
EXPLANATIONS_JSON = Path("reports/explanations.json")
MOVEMENTS_JSON = Path("reports/movements.json")
CALLS_JSON = Path("reports/calls.json")
CUSTOMERS_JSON = Path("reports/customers.json")
PORTFOLIO_JSON = Path("reports/portfolio.json")
MONITORING_JSON = Path("reports/monitoring.json")
RECALIBRATION_JSON = Path("reports/recalibration.json")

TIMINGS = Path(".bonitas/timings.jsonl")
SPILL = Path(".bonitas/spill")
STUDIES = Path(".bonitas/studies.db")
