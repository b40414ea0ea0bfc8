#!/bin/sh
# creditriskengine 0.31.0, validation.discrimination: `auroc`, and by it `gini_coefficient`, `accuracy_ratio` and `somers_d`, rank equal scores
# by where they happen to stand instead of counting a tie as half. On grades, which are what its users validate, nearly all pairs tie: one
# book of 100 debtors in three grades has a Gini of 0.302, 0.575 or anything between, by the order of its rows. A table sorted by outcome,
# as a SELECT with defaults first would be, gives one of the ends. The right one is 0.548 (scikit-learn).
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check creditriskengine==0.31.0 scikit-learn==1.9.0
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from creditriskengine.validation.discrimination import gini_coefficient
from sklearn.metrics import roc_auc_score

SIZES, DEFAULTS = (50, 30, 20), (2, 4, 8)
grade = np.repeat([1.0, 2.0, 3.0], SIZES)
defaulted = np.concatenate([np.arange(size) < defaults for size, defaults in zip(SIZES, DEFAULTS)]).astype(int)
first, last = gini_coefficient(defaulted, grade), gini_coefficient(defaulted[::-1], grade[::-1])
right = 2 * roc_auc_score(defaulted, grade) - 1
print(f"creditriskengine 0.31.0: Gini {first:.3f} with defaults first in each grade, {last:.3f} with defaults last, {right:.3f} with ties as half")
assert (round(first, 3), round(last, 3), round(right, 3)) == (0.302, 0.575, 0.548)
PYTHON
