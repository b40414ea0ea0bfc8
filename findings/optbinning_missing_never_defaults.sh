#!/bin/sh
# optbinning 1.0.0: OptimalBinning.transform(metric="event_rate") gives a missing value an event rate of 0, a customer who cannot default,
# although half of those with a missing value had defaulted in training: metric_missing is 0 unless asked for, which is the neutral value
# of a weight of evidence and the best there is of a rate. A category never seen gets the mean rate at the same call, so the two
# unknowns lie at opposite ends. metric_missing="empirical" gives the 0.5 that was observed.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optbinning==1.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import numpy as np
from optbinning import OptimalBinning

value = np.concatenate([np.repeat([0.0, 1.0, 2.0, 3.0], 200), np.full(200, np.nan)])
industry = np.repeat(["building", "retail"], 500)
defaulted = np.concatenate([np.arange(200) < bad for bad in (10, 20, 40, 60, 100)]).astype(int)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    number = OptimalBinning(name="value", dtype="numerical").fit(value, defaulted)
    name = OptimalBinning(name="industry", dtype="categorical").fit(industry, defaulted)
    missing = float(number.transform(np.array([np.nan]), metric="event_rate")[0])
    asked = float(number.transform(np.array([np.nan]), metric="event_rate", metric_missing="empirical")[0])
    unseen = float(name.transform(np.array(["mining"]), metric="event_rate")[0])
told = [str(one.message) for one in caught if "missing" in str(one.message).lower()]
print("optbinning", importlib.metadata.version("optbinning"))
print(f"missing {missing}, asked for the observed {asked}, category never seen {unseen}, mean {defaulted.mean()}")
sys.exit(not (missing == 0.0 and asked == 0.5 and np.isclose(unseen, defaulted.mean()) and not told))
PYTHON
