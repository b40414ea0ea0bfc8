#!/bin/sh
# transitionMatrix 0.5.1, CohortEstimator: the last transition of the data is counted twice, once in the loop and once as its boundary case,
# while the state it starts from is counted once more only where it ends in the same state. Four debtors over two years, one of whom
# defaults in the second: one of eight debtor-years, 12.5 %. With the defaulter in the last rows the average matrix says 25 % and its row
# adds up to 112.5 %; with the same debtor in the first rows, 11.1 %. The order of debtors carries no meaning, and nothing is said.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transitionMatrix==0.5.1 pandas==3.0.3 scipy==1.17.1
cat >"$folder/ask.py" <<'PYTHON'
import warnings

import pandas as pd

warnings.simplefilter("ignore")
import transitionMatrix
from transitionMatrix.estimators.cohort_estimator import CohortEstimator

GRADES = transitionMatrix.StateSpace([("0", "healthy"), ("1", "weak"), ("2", "default")])


def average(paths):
    """First row of the average matrix: from healthy to each grade."""
    rows = [(debtor, year, grade) for debtor, path in enumerate(paths) for year, grade in enumerate(path)]
    estimator = CohortEstimator(states=GRADES, cohort_bounds=[0, 1, 2], ci={"method": "goodman", "alpha": 0.05})
    estimator.fit(pd.DataFrame(rows, columns=["ID", "Time", "State"]))
    return estimator.average_matrix[0]


stayed, defaulted = [0, 0, 0], [0, 0, 2]
last, first = average([stayed] * 3 + [defaulted]), average([defaulted] + [stayed] * 3)
print(f"transitionMatrix 0.5.1: default rate {last[2]:.3f} with the defaulter last (row {last.sum():.3f}), {first[2]:.3f} with it first; 0.125 is right")
assert (round(last[2], 3), round(last.sum(), 3), round(first[2], 3)) == (0.25, 1.125, 0.111)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/ask.py"
