#!/bin/sh
# LightGBM 4.7.0: `Booster.refit` puts new data into the leaves of a finished model and does not hold its monotone constraints, which the
# model goes on naming. A default probability that may only rise with days late, fitted on 4,000 customers and brought up to date with 300
# newer ones, falls somewhere for one customer in five (decay_rate 0.9, the default) and for nine in ten (0.5). The text of the
# refitted model still says monotone_constraints 1,0,0, and nothing warns, so a check that reads the promise from the model believes it.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lightgbm==4.7.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import lightgbm as lgb
import numpy as np

draws = np.random.default_rng(0)


def customers(count):
    columns = draws.uniform(0, 1, (count, 3))
    chance = 1 / (1 + np.exp(3 - 3 * columns[:, 0] - columns[:, 1]))
    return columns, (draws.random(count) < chance).astype(int)


def falling(model, columns):
    """How many of these customers would somewhere be thought safer for being later."""
    later = np.linspace(0, 1, 201)
    fell = 0
    for row in columns:
        path = np.tile(row, (201, 1))
        path[:, 0] = later
        fell += bool((np.diff(model.predict(path, raw_score=True)) < -1e-9).any())
    return fell


columns, defaulted = customers(4000)
settings = {"objective": "binary", "monotone_constraints": [1, 0, 0], "num_leaves": 15, "verbose": -1, "num_threads": 1, "seed": 1}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = lgb.train(settings, lgb.Dataset(columns, defaulted), 60)
    newer = customers(300)
    refitted = {decay: model.refit(*newer, decay_rate=decay) for decay in (0.9, 0.5)}
first = falling(model, columns[:200])
after = {decay: falling(each, columns[:200]) for decay, each in refitted.items()}
promised = all("[monotone_constraints: 1,0,0]" in each.model_to_string() for each in refitted.values())
print("lightgbm", importlib.metadata.version("lightgbm"))
print(f"of 200 customers, falling somewhere: fitted {first}, refitted {after}; still promised: {promised}; {len(caught)} warnings")
sys.exit(not (first == 0 and after[0.9] > 20 and after[0.5] > 150 and promised and not caught))
PYTHON
