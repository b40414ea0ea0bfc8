"""What a registered version runs: features in, PD, score and grade out. Self-contained on purpose.

This one file is copied into every bundle and logged as MLflow "models from code". It imports nothing of
ours, so a version registered last year still runs last year's formulas, whatever today's rooms say.
Its formulas are those of `contracts.scale` and `models.calibration.calibrators`; tests hold them equal.

A version's folder is compared with its seal, byte by byte, before anything else below is done: whoever loads it with
MLflow alone is refused a folder in which a file was changed, added or removed, this one included. Someone who replaces
this whole file escapes that; our own commands compare from outside, with what the registry says, and do not.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

SEAL = "seal.json"
UNSEALED = (SEAL, "registered_model_meta")  # the second: what MLflow writes into what it fetches


def refuse_unless_sealed(folder: Path) -> None:
    """Compares a version's folder with its `seal.json`; a bundle that MLflow has made no version of yet has none.

    Raises:
        ValueError: a file was changed, added or removed (it names them).
    """
    if not (folder / "MLmodel").is_file():
        return
    paths = [
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    held = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    found = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in held.items()
        if name not in UNSEALED
    }
    sealed = json.loads(held.get(SEAL, b"{}"))
    names = {name for name in {**found, **sealed} if found.get(name) != sealed.get(name)}
    if names:
        raise ValueError(
            f"Files of this version are not those that were registered: {', '.join(sorted(names))}. Nothing was loaded. "
            f"Restore them in {folder}, or use a version that is whole."
        )


refuse_unless_sealed(Path(__file__).parent)

MISSING = float(
    "nan"
)  # LightGBM sends it where it learned to; see `stand_in` for where it had none to learn from
MIN_SCORE, MAX_SCORE = 1, 999
PD_FLOOR = 1e-6  # of the isotonic steps only: log-odds of 0 and 1 are infinite


def encode(frame: pd.DataFrame, features: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    """The columns the booster reads, in its order: numbers as they are, categories as their position in `levels`.

    An unseen category is missing; columns that are no features are ignored. Where the training sample had no missing value
    of a feature, the contract names its `stand_in`, as which a missing value is read: its median, or most frequent level.

    Raises:
        ValueError: feature columns are absent (it names them), or a number is text.

    >>> features = [{"name": "x", "dtype": "number"}, {"name": "k", "dtype": "category", "levels": ["a", "b"]}]
    >>> encode(pd.DataFrame({"k": ["b", "new"], "x": [1.5, None]}), features).tolist()
    [[1.5, 1.0], [nan, nan]]
    >>> features[0]["stand_in"], features[1]["stand_in"] = 0.7, "a"
    >>> encode(pd.DataFrame({"k": ["b", "new"], "x": [1.5, None]}), features).tolist()
    [[1.5, 1.0], [0.7, 0.0]]
    """
    absent = [feature["name"] for feature in features if feature["name"] not in frame.columns]
    if absent:
        raise ValueError(
            f"{len(absent)} feature columns are absent: {', '.join(absent)}. "
            "Send every feature of contract.json; a value may be null, a column may not be left out."
        )
    codes = np.full((len(frame), len(features)), MISSING)
    for position, feature in enumerate(features):
        values, stand_in = frame[feature["name"]], feature.get("stand_in")
        if feature["dtype"] == "category":
            index = {level: float(code) for code, level in enumerate(feature["levels"] or [])}
            known = values.where(values.notna(), None).astype(object)
            missing = index.get(stand_in, MISSING)
            codes[:, position] = [index.get(value, missing) for value in known]
        else:
            numbers = _numbers(values, feature["name"])
            codes[:, position] = numbers if stand_in is None else np.where(np.isnan(numbers), stand_in, numbers)  # fmt: skip
    return codes


def _numbers(values: pd.Series[Any], name: str) -> np.ndarray[Any, Any]:
    try:
        return pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise ValueError(f"Feature {name} must be a number or null: {error}") from error


def margins(boosters: list[lgb.Booster], codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Log-odds before calibration: the mean over the boosters, added in their order."""
    total = np.zeros(len(codes))
    for booster in boosters:
        total += booster.predict(codes, raw_score=True)
    return total / len(boosters)


def log_odds(margin: np.ndarray[Any, Any], calibrator: dict[str, Any]) -> np.ndarray[Any, Any]:
    """Calibrated log-odds of default: the method, then its anchor, then later recalibrations in turn.

    identity m; offset m + intercept; platt intercept + slope m; beta c + a ln p - b ln(1 - p) with
    p = sigmoid(m); isotonic ln(q / (1 - q)) with q interpolated between steps. An anchor adds its shift. `next` is a
    recalibration of the calibrated log-odds L: intercept + slope L + curvature (ln q + ln(1 - q)).

    >>> log_odds(np.array([-2.0]), {"method": "platt", "slope": 0.5, "intercept": 1.0}).tolist()
    [0.0]
    """
    method = calibrator["method"]
    if method == "identity":
        odds = margin
    elif method in ("shrunk", "offset"):
        odds = margin + calibrator["intercept"]
    elif method == "platt":
        odds = calibrator["intercept"] + calibrator["slope"] * margin
    elif method == "beta":
        odds = calibrator["c"] - calibrator["a"] * np.logaddexp(0.0, -margin)
        odds = odds + calibrator["b"] * np.logaddexp(0.0, margin)
    elif method == "isotonic":
        chance = np.interp(margin, calibrator["margins"], calibrator["pds"])
        chance = np.clip(chance, PD_FLOOR, 1.0 - PD_FLOOR)
        odds = np.log(chance) - np.log1p(-chance)
    else:
        raise ValueError(f"Unknown calibrator '{method}' in calibrator.json.")
    if calibrator.get("anchor"):
        odds = odds + calibrator["anchor"]["shift"]
    step = calibrator.get("next")
    while step:
        bend = np.logaddexp(0.0, -odds) + np.logaddexp(0.0, odds)
        odds = step["intercept"] + step["slope"] * odds - step.get("curvature", 0.0) * bend
        step = step.get("next")
    return np.asarray(odds)


def sigmoid(odds: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """1 / (1 + exp(-odds)), without overflow.

    >>> sigmoid(np.array([-800.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    return np.asarray(np.exp(-np.logaddexp(0.0, -odds)))


def score_and_grade(
    chance: np.ndarray[Any, Any], scale: dict[str, Any]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Score 1..999 (higher is healthier) and grade of a PD, from 1.

    >>> scale = {"base_score": 600, "base_odds": 30, "pdo": 40, "grade_bounds": [0.01, 0.05]}
    >>> [part.tolist() for part in score_and_grade(np.array([1 / 31, 0.05]), scale)]
    [[600, 574], [2, 3]]
    """
    factor = scale["pdo"] / np.log(2.0)
    with np.errstate(divide="ignore"):  # a PD of exactly 0 or 1 goes to the end of the scale
        odds = np.log1p(-chance) - np.log(chance)
    points = scale["base_score"] - factor * np.log(scale["base_odds"]) + factor * odds
    score = np.clip(np.rint(points), MIN_SCORE, MAX_SCORE).astype(np.int64)
    grade = np.searchsorted(np.asarray(scale["grade_bounds"]), chance, side="right") + 1
    return score, grade.astype(np.int64)


class HealthScore(PythonModel):
    """The customer health score of one bundle."""

    def load_context(self, context: Any) -> None:
        """Reads the bundle's files. Called by MLflow with the folder it unpacked."""
        self.read(Path(context.artifacts["bundle"]))

    def read(self, folder: Path) -> HealthScore:
        """Reads booster(s), calibrator, contract and scale from a bundle's folder."""

        def parse(name: str) -> Any:
            return json.loads((folder / name).read_text(encoding="utf-8"))

        self.contract = parse("contract.json")
        self.calibrator = parse("calibrator.json")
        self.scale = parse("scale.json")
        count = 1 + len(list(folder.glob("booster_*.txt")))
        names = ["booster.txt", *(f"booster_{number}.txt" for number in range(2, count + 1))]
        texts = [(folder / name).read_text(encoding="utf-8") for name in names]
        self.boosters = [lgb.Booster(model_str=text) for text in texts]
        return self

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """One row per row of the input, in its order: customer_id (where sent), margin, pd, score, grade."""
        del context, params
        margin = margins(self.boosters, encode(model_input, self.contract["features"]))
        chance = sigmoid(log_odds(margin, self.calibrator))
        score, grade = score_and_grade(chance, self.scale)
        result = pd.DataFrame({"margin": margin, "pd": chance, "score": score, "grade": grade})
        if "customer_id" in model_input.columns:
            result.insert(0, "customer_id", model_input["customer_id"].to_numpy())
        return result


set_model(HealthScore())
