"""Other people's models on our matrix and parts, each in a process of its own.

Needs numpy, pandas, pyarrow, scikit-learn and the peer's own package, and nothing of ours: so the peers may be installed
where they cannot disturb what is pinned here (`python -m benchmarks.models american --peers-python PATH`). Each peer reads
one Parquet file (see `benchmarks.models.peer_data`), writes the PDs of the test part, and prints one line of JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

KEYS = ["customer_id", "as_of", "part", "defaulted"]
ALTMAN = "statement_altman_z"
SEED = 7
MAX_ROUNDS = 2_000
PATIENCE = 50  # rounds without a gain on later years


@dataclass(frozen=True)
class Parts:
    """What a peer is given.

    Attributes:
        early: features of train, oldest first; categories as pandas categories.
        early_bad: outcomes, 0 or 1.
        late: features of calibrate, the years after.
        late_bad: outcomes.
        test: features of the test part.
        seconds: budget of a search.
        threads: of the peer.
    """

    early: pd.DataFrame
    early_bad: np.ndarray
    late: pd.DataFrame
    late_bad: np.ndarray
    test: pd.DataFrame
    seconds: int
    threads: int

    @property
    def both(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Train and calibrate, oldest first."""
        return pd.concat([self.early, self.late]), np.concatenate([self.early_bad, self.late_bad])


def read_parts(path: Path, seconds: int, threads: int) -> tuple[Parts, pd.DataFrame]:
    """The parts, and the keys of the test rows."""
    frame = pd.read_parquet(path)
    features = frame.drop(columns=KEYS)
    for name in features.columns:
        if not pd.api.types.is_numeric_dtype(features[name]):
            features[name] = features[name].astype("category")
    rows = {part: (frame["part"] == part).to_numpy() for part in ("train", "calibrate", "test")}
    bad = {part: frame.loc[rows[part], "defaulted"].to_numpy(dtype=np.int64) for part in rows}
    parts = Parts(
        features[rows["train"]], bad["train"], features[rows["calibrate"]], bad["calibrate"],
        features[rows["test"]], seconds, threads,
    )  # fmt: skip
    return parts, frame.loc[rows["test"], ["customer_id", "as_of"]]


def chance_of(model: Any, rows: Any) -> np.ndarray:
    """The PD of each row by a fitted classifier."""
    return np.asarray(model.predict_proba(rows), dtype=np.float64)[:, 1]


def altman(parts: Parts) -> np.ndarray:
    """Altman's Z alone. A logistic regression makes it a PD; arcsinh tames its outliers and keeps its order."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - counted as the peer's

    known, bad = parts.both
    middle = known[ALTMAN].median()
    z, test = (
        np.arcsinh(frame[[ALTMAN]].fillna(middle).to_numpy()) for frame in (known, parts.test)
    )
    return chance_of(LogisticRegression(C=1e6).fit(z, bad), test)


def logistic(parts: Parts) -> np.ndarray:
    """Logistic regression on numbers clipped at the 1st and 99th percentile, missing at the median, scaled; dummies."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    known, bad = parts.both
    everything = pd.get_dummies(pd.concat([known, parts.test]), dtype=float)
    low, high, middle = (everything.iloc[: len(known)].quantile(q) for q in (0.01, 0.99, 0.5))
    clipped = everything.clip(low, high, axis=1).fillna(middle).fillna(0.0).to_numpy()
    scaler = StandardScaler().fit(clipped[: len(known)])
    scaled = scaler.transform(clipped)
    model = LogisticRegression(max_iter=2_000).fit(scaled[: len(known)], bad)
    return chance_of(model, scaled[len(known) :])


def lightgbm(parts: Parts) -> np.ndarray:
    """LightGBM as it comes: 100 trees of 31 leaves."""
    from lightgbm import LGBMClassifier  # noqa: PLC0415

    model = LGBMClassifier(n_jobs=parts.threads, random_state=SEED, verbosity=-1)
    return chance_of(model.fit(*parts.both), parts.test)


def xgboost(parts: Parts) -> np.ndarray:
    """XGBoost, learning rate 0.1 and the rest as it comes; rounds by early stopping on calibrate, then refitted."""
    from xgboost import XGBClassifier  # noqa: PLC0415

    given: dict[str, Any] = {
        "learning_rate": 0.1, "n_jobs": parts.threads, "random_state": SEED, "enable_categorical": True,
        "eval_metric": "logloss",
    }  # fmt: skip
    tried = XGBClassifier(n_estimators=MAX_ROUNDS, early_stopping_rounds=PATIENCE, **given)
    tried.fit(parts.early, parts.early_bad, eval_set=[(parts.late, parts.late_bad)], verbose=False)
    model = XGBClassifier(n_estimators=tried.best_iteration + 1, **given)
    return chance_of(model.fit(*parts.both), parts.test)


def catboost(parts: Parts) -> np.ndarray:
    """CatBoost as it comes; rounds by early stopping on calibrate, then refitted."""
    from catboost import CatBoostClassifier  # noqa: PLC0415

    words = list(parts.early.select_dtypes("category").columns)

    def told(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{one: frame[one].astype(object).fillna("missing") for one in words})

    given: dict[str, Any] = {
        "thread_count": parts.threads, "random_seed": SEED, "verbose": False, "allow_writing_files": False,
        "cat_features": words,
    }  # fmt: skip
    tried = CatBoostClassifier(
        iterations=MAX_ROUNDS, use_best_model=True, early_stopping_rounds=PATIENCE, **given
    )
    tried.fit(told(parts.early), parts.early_bad, eval_set=(told(parts.late), parts.late_bad))
    rounds, rate = tried.get_best_iteration() + 1, tried.get_all_params()["learning_rate"]
    model = CatBoostClassifier(iterations=rounds, learning_rate=rate, **given)
    known, bad = parts.both
    return chance_of(model.fit(told(known), bad), told(parts.test))


def ebm(parts: Parts) -> np.ndarray:
    """Explainable boosting machine as it comes."""
    from interpret.glassbox import ExplainableBoostingClassifier  # noqa: PLC0415

    model = ExplainableBoostingClassifier(n_jobs=parts.threads, random_state=SEED)
    return chance_of(model.fit(*parts.both), parts.test)


def flaml(parts: Parts) -> np.ndarray:
    """FLAML, log loss on the newest rows (as many as calibrate has), refitted on everything."""
    from flaml import AutoML  # noqa: PLC0415

    known, bad = parts.both
    search = AutoML()
    search.fit(
        known.reset_index(drop=True), bad, task="classification", metric="log_loss", time_budget=parts.seconds,
        eval_method="holdout", split_type="time", split_ratio=len(parts.late) / len(known),
        n_jobs=parts.threads, seed=SEED, verbose=0,
    )  # fmt: skip
    return chance_of(search, parts.test.reset_index(drop=True))


@dataclass(frozen=True)
class Peer:
    """One other model.

    Attributes:
        title: in the tables.
        fit: the parts in, the PDs of the test rows out.
        learns: from which rows.
        module: what must be importable.
        package: what `pip install` calls it.
    """

    title: str
    fit: Callable[[Parts], np.ndarray]
    learns: str
    module: str = "sklearn"
    package: str = "scikit-learn"


BOTH = "train + calibrate"
REFITTED = "train, stopped on calibrate; refitted on both"
PEERS = {
    "altman": Peer("Altman Z alone", altman, BOTH),
    "logistic": Peer("logistic regression", logistic, BOTH),
    "lightgbm": Peer("LightGBM defaults", lightgbm, BOTH, "lightgbm", "lightgbm"),
    "xgboost": Peer("XGBoost", xgboost, REFITTED, "xgboost", "xgboost"),
    "catboost": Peer("CatBoost", catboost, REFITTED, "catboost", "catboost"),
    "ebm": Peer("EBM", ebm, BOTH, "interpret", "interpret-core"),
    "flaml": Peer("FLAML", flaml, "train, judged on calibrate; refitted on both", "flaml.automl.automl", "'flaml[automl]'"),
}  # fmt: skip


def is_installed(peer: Peer) -> bool:
    """Whether this Python has the peer's package."""
    try:
        return importlib.util.find_spec(peer.module) is not None
    except ModuleNotFoundError:  # of the package that should hold it
        return False


def main() -> None:
    """Fits one peer; prints its seconds (fit and answers, no imports of ours) or the package that is absent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    peer = PEERS[given.peer]
    if not is_installed(peer):
        print(json.dumps({"absent": peer.package}))
        return
    parts, keys = read_parts(given.data, given.seconds, given.threads)
    if peer.fit is altman and ALTMAN not in parts.test:
        print(json.dumps({"unfit": f"the matrix has no {ALTMAN}"}))
        return
    started = time.monotonic()
    chance = peer.fit(parts)
    seconds = time.monotonic() - started
    keys.assign(pd=chance).to_parquet(given.to, index=False)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
