#!/bin/sh
# bayesrisk 2.17.0: its cohort estimator of migration (interval 1.0, a month) takes each pair of neighbouring rows of a customer for one
# interval, however far apart they lie. 100 customers, of whom 12 are in default a month later, give a monthly rate of 0.12; the same 12
# found a year later, because the months between were not delivered, give the same monthly 0.12, and 0.78 after twelve months in its term
# structure where 0.12 was observed. Neither warnings nor diagnostics tell the two panels apart.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "bayesrisk[markov]==2.17.0"
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import pandas as pd
from bayesrisk.markov import MarkovConfig, TransitionMatrixEstimator


def panel(months: int) -> pd.DataFrame:
    """100 customers, seen twice, so many months apart; 12 of them are in default the second time."""
    first = pd.DataFrame({"customer": range(100), "month": 0, "grade": "good"})
    second = pd.DataFrame({"customer": range(100), "month": months, "grade": ["default"] * 12 + ["good"] * 88})
    return pd.concat([first, second], ignore_index=True)


def fitted(months: int):
    """The monthly matrix of migration, PD after twelve months, and what the estimator remarks."""
    config = MarkovConfig.model_validate(
        {
            "input": {"id_col": "customer", "time_col": "month", "state_col": "grade", "partition_col": None},
            "states": {"states": ["good", "default"]},
            "estimation": {"method": "cohort", "interval": 1.0},
        }
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = TransitionMatrixEstimator(config=config).fit(panel(months))
    path = model.term_structure(horizons=[12])
    pd12 = float(path.loc[path["row_id"].astype(str).str.contains("good"), "pd_cumulative"].iloc[0])
    return float(model.transition_matrix_[0, 1]), pd12, str(model.diagnostics_), len(caught)


month, year = fitted(1), fitted(12)
print("bayesrisk", importlib.metadata.version("bayesrisk"))
print(f"12 of 100 in default after a month: monthly {month[0]:.2f}, after twelve months {month[1]:.2f}")
print(f"12 of 100 in default after a year: monthly {year[0]:.2f}, after twelve months {year[1]:.2f}")
print("remarks differ:", month[2:] != year[2:])
sys.exit(0 if round(year[0], 2) == 0.12 and round(year[1], 2) == 0.78 and month == year else 1)
PYTHON
