#!/bin/sh
# LightGBM 4.7.0 is known to handle missing values, and does so where the training rows had some. Where they had none, a missing value at
# scoring is read as 0.0, without a word. Days late are known of all 4,000 customers of the training sample; a customer for whom the feed
# lacks them gets 1.2 %, exactly what one who pays on the day gets, where the sample's mean is 16 %. One single missing value among the 4,000
# changes the rule of the whole model: missing then has a branch of its own. scikit-learn's HistGradientBoostingClassifier sends it with the
# larger child in the same place. Neither `predict` nor the text of the model says which columns were complete, but for `missing_type`
# of each node.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import lightgbm as lgb
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

draws = np.random.default_rng(0)
late = draws.integers(0, 60, 4000).astype(float)
defaulted = (draws.random(4000) < 1 / (1 + np.exp(4 - late / 15))).astype(int)
asked = np.array([[0.0], [np.nan], [59.0]])
settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 1}


def boosted(values):
    return lgb.train(settings, lgb.Dataset(values.reshape(-1, 1), defaulted), 50)


with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    complete = boosted(late)
    punctual, unknown, latest = complete.predict(asked)
    one_missing = late.copy()
    one_missing[0] = np.nan
    _, unknown_of_one, _ = boosted(one_missing).predict(asked)
    histogram = HistGradientBoostingClassifier(random_state=1).fit(late.reshape(-1, 1), defaulted).predict_proba(asked)[:, 1]
kind = complete.dump_model()["tree_info"][0]["tree_structure"]["missing_type"]
print("lightgbm", importlib.metadata.version("lightgbm"), "scikit-learn", importlib.metadata.version("scikit-learn"))
print(f"nought days {punctual:.4f}, missing {unknown:.4f}, 59 days {latest:.4f}, mean {defaulted.mean():.4f}; missing_type {kind}")
print(f"one missing value in training: missing {unknown_of_one:.4f}")
print(f"scikit-learn: nought {histogram[0]:.4f}, missing {histogram[1]:.4f}; {len(caught)} warnings")
sys.exit(not (unknown == punctual < 0.02 and kind == "None" and unknown_of_one != unknown and histogram[1] > 3 * histogram[0] and not caught))
PYTHON
