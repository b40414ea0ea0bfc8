#!/bin/sh
# toad 0.1.7: a combiner whose training held no missing value puts a missing value, when it comes, into the bin of the lowest ones, in
# codes and in labels, without a word. An equity ratio that a customer has not sent becomes one below 0.0 and takes that bin's weight of
# evidence; days overdue that nobody knows become the fewest days. Where training knew one missing row it has a bin to itself, which the
# labels call the range below the lowest value ([-inf ~ -0.3)), so a table of bins shows it as a number too.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check toad==0.1.7 numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1 scipy==1.17.1 joblib==1.6.0 "setuptools<81"
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import numpy as np
import pandas as pd
from toad.transform import Combiner, WOETransformer

ratio = np.repeat([-0.3, 0.1, 0.3, 0.6], 250)
defaulted = np.concatenate([np.arange(250) < bad for bad in (100, 30, 20, 10)]).astype(int)
new = pd.DataFrame({"ratio": [-0.3, 0.6, np.nan]})


def scored(values, outcome):
    """Bins, labels and weights of evidence of the three new customers, and what was said meanwhile."""
    rows = pd.DataFrame({"ratio": values})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        combiner = Combiner()
        combiner.fit(rows, outcome, method="quantile", n_bins=4)
        weights = WOETransformer()
        weights.fit(combiner.transform(rows), outcome)
        bins = combiner.transform(new)["ratio"].tolist()
        labels = combiner.transform(new, labels=True)["ratio"].tolist()
        evidence = weights.transform(combiner.transform(new))["ratio"].round(3).tolist()
    told = [str(one.message) for one in caught if "missing" in str(one.message).lower() or "nan" in str(one.message).lower()]
    return bins, labels, evidence, told


complete = scored(ratio, defaulted)
with_one = scored(np.append(ratio, np.nan), np.append(defaulted, 0))
print("toad", importlib.metadata.version("toad"))
print("training without a missing value:", *complete)
print("training with one:", *with_one)
as_lowest = complete[0][2] == complete[0][0] and complete[1][2] == complete[1][0] and complete[2][2] == complete[2][0]
apart = with_one[0][2] not in with_one[0][:2]
sys.exit(not (as_lowest and apart and not complete[3]))
PYTHON
