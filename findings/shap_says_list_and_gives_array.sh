#!/bin/sh
# shap 0.51.0 with LightGBM 4.7.0: TreeExplainer.shap_values of a binary classifier warns that its output "has changed to a
# list of ndarray", and returns one array. Who follows the warning and takes [1] for the class 1 gets the second row.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check shap==0.51.0 lightgbm==4.7.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import lightgbm as lgb
import numpy as np
import shap

draw = np.random.default_rng(1)
rows = draw.normal(size=(1000, 3))
happened = draw.random(1000) < 1 / (1 + np.exp(-rows[:, 0]))
booster = lgb.train({"objective": "binary", "verbose": -1}, lgb.Dataset(rows, happened), 10)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    found = shap.TreeExplainer(booster).shap_values(rows)
print("shap", importlib.metadata.version("shap"), "lightgbm", importlib.metadata.version("lightgbm"))
said = [str(one.message) for one in told if "list of ndarray" in str(one.message)]
print("warned:", said)
print("returned:", type(found).__name__, getattr(found, "shape", None))
own = booster.predict(rows, pred_contrib=True)[:, :-1]
taken = np.shape(found[1]) == (3,) and np.allclose(found[1], own[1])
print("[1] is the second row:", taken)
sys.exit(0 if said and isinstance(found, np.ndarray) and taken else 1)
PYTHON
