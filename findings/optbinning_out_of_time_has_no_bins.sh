#!/bin/sh
# optbinning 1.0.0: where the solver's time is over, a variable has no bins, its WOE is 0 for everybody, and nothing is raised or warned.
#
# `time_limit` of `OptimalBinning` is seconds by the clock. On a machine whose cores are shared a variable that splits in ten bins may
# have none: `status` says UNKNOWN, which nobody who goes through `BinningProcess` or `transform` sees, and a scorecard loses the input.
# Which variables it loses depends on how busy the machine is. Here 0.001 seconds stand for a busy machine.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check optbinning==1.0.0 ortools==9.15.6755 numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1
cat > "$place/bins.py" <<'PY'
import warnings

import numpy as np
from optbinning import OptimalBinning

random = np.random.default_rng(3)
late = random.normal(size=6000)
bad = (random.random(6000) < 1 / (1 + np.exp(2.5 - late))).astype(int)
for seconds in (60, 0.001):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        binned = OptimalBinning(max_n_prebins=20, monotonic_trend="ascending", time_limit=seconds).fit(late, bad)
        woe = binned.transform(late, metric="woe")
    told = [one for one in said if "time" in str(one.message).lower()]
    print(binned.status, len(binned.splits) > 0, bool(np.ptp(woe) > 0), len(told))
PY
"$place/venv/bin/python" "$place/bins.py" > "$place/said.txt"
if [ "$(cat "$place/said.txt")" != "OPTIMAL True True 0
UNKNOWN False False 0" ]; then echo "CHANGED"; cat "$place/said.txt"; exit 1; fi
echo "as described: out of time a variable has no bins, and nobody is told"
