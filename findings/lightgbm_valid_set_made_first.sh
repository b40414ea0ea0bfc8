#!/bin/sh
# LightGBM 4.7.0: Dataset.create_valid gives rows that are aligned with a training set, but forgets which of its columns are categories. Handed to train
# as it is, it works. Constructed first, as one does to bin once for several fits, the fit fails ("Cannot set categorical feature after freed raw
# data"), although bins and categories are those of the training set, and although nothing about categories was asked for. Who has no
# category meets it as well, having said so with []. set_reference, called once before, cures it.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys

import lightgbm as lgb
import numpy as np

draw = np.random.default_rng(1)
rows = np.column_stack([draw.normal(size=1000), draw.integers(0, 4, 1000)])
happened = (draw.random(1000) < 1 / (1 + np.exp(-rows[:, 0]))).astype(float)
params = {"objective": "binary", "verbose": -1, "metric": "binary_logloss"}


def fit(categories, first):
    train = lgb.Dataset(rows[:700], happened[:700], categorical_feature=categories)
    valid = train.create_valid(rows[700:], happened[700:])
    if first == "reference":
        valid.set_reference(train)
    if first:
        train.construct()
        valid.construct()
    try:
        return lgb.train(params, train, 5, valid_sets=[valid]).num_trees()
    except lgb.basic.LightGBMError as error:
        return str(error).split(",")[0]


print("lightgbm", importlib.metadata.version("lightgbm"))
told = {(str(names), first): fit(names, first) for names in ([1], []) for first in ("", "construct", "reference")}
for (names, first), found in told.items():
    print(f"categories {names}, made first: {first or 'no'}: {found}")
refused = "Cannot set categorical feature after freed raw data"
wanted = {"": 5, "construct": refused, "reference": 5}
sys.exit(0 if all(found == wanted[first] for (_, first), found in told.items()) else 1)
PYTHON
