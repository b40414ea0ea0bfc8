#!/bin/sh
# nannyml 0.13.1, UnivariateDriftCalculator with its defaults: an alert is a value more than three standard deviations above the mean of the
# reference chunks, but these chunks are compared with the sample that they are a part of, and new ones are not. Six months of 1,000 scores as
# reference and six more from the same distribution, twenty times: no reference chunk alerts, one quiet month in nine does (by Kolmogorov-Smirnov; Hellinger, one in six),
# where three deviations are taken for one in hundreds. And a column whose feed went dead is the other end: its months have a value of NaN,
# beside which no alert is raised, however many follow. (It imports statsmodels without asking for it, which is installed here by name.)
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nannyml==0.13.1 statsmodels==0.15.0 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1
cd "$folder"
NML_DISABLE_USAGE_LOGGING=1 venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
import nannyml

METHODS = ["kolmogorov_smirnov", "jensen_shannon", "hellinger"]
PERIOD = ("chunk", "chunk", "period")


def months(reference, analysis):
    calculator = nannyml.UnivariateDriftCalculator(column_names=["score"], continuous_methods=METHODS, chunk_size=1000)
    table = calculator.fit(reference).calculate(analysis).to_df()
    return table[table[PERIOD] == "reference"]["score"], table[table[PERIOD] == "analysis"]["score"]


def alerts(table):
    return table.xs("alert", axis=1, level=1).mean()


own, new = [], []
for seed in range(20):
    scores = pd.DataFrame({"score": np.random.default_rng(seed).normal(size=12_000)})
    before, after = months(scores[:6000], scores[6000:].reset_index(drop=True))
    own.append(alerts(before))
    new.append(alerts(after))
own, new = pd.DataFrame(own).mean(), pd.DataFrame(new).mean()
dead = scores[6000:].reset_index(drop=True)
dead.loc[2000:, "score"] = np.nan
_, after = months(scores[:6000], dead)
silent = after.xs("value", axis=1, level=1)[2:].isna().all().all() and not alerts(after[2:]).any()
print("nannyml", importlib.metadata.version("nannyml"))
print(f"alerts, reference months: {own.round(3).to_dict()}")
print(f"alerts, quiet months:     {new.round(3).to_dict()}")
print(f"four months without a value raise an alert: {not silent}")
sys.exit(not ((own == 0).all() and (new > 0.07).all() and silent))
PYTHON
