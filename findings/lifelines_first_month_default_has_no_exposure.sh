#!/bin/sh
# lifelines 0.30.3: KaplanMeierFitter with late entries (entry=) counts the default of a customer who enters and defaults in the same
# month, but not the customer among those at risk. 90 customers since month 0, 10 who come in month 3; 10 of either default in month 3:
# the survival of month 3 is 0.778 (1 - 20/90), not 0.80 (1 - 20/100). Where more defaulted than were there before, it is 1.0: of three at
# risk two default, as the fitter's own event table says, and the curve stays at 1.0 with no warning. Monthly books have such customers;
# entries half a month earlier give 0.80 and 0.333.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check lifelines==0.30.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

from lifelines import KaplanMeierFitter


def survival(months, defaulted, entered, at):
    """Of the curve, and of the fitter's own table: survivors of those at risk."""
    fitter = KaplanMeierFitter().fit(months, defaulted, entry=entered)
    row = fitter.event_table.loc[at]
    return round(float(fitter.predict(at)), 3), round(1 - float(row["observed"]) / float(row["at_risk"]), 3)


book = [3] * 20 + [12] * 80, [1] * 20 + [0] * 80
small = [5, 5, 6], [1, 1, 1]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    same = survival(*book, [3] * 10 + [0] * 90, 3), survival(*small, [5, 5, 1], 5)
    earlier = survival(*book, [2.5] * 10 + [0] * 90, 3), survival(*small, [4.5, 4.5, 1], 5)
told = [one for one in caught if "entry" in str(one.message).lower() or "risk" in str(one.message).lower()]
print("lifelines", importlib.metadata.version("lifelines"))
print("entered in the month of default, curve and table:", same)
print("entered half a month before:", earlier)
sys.exit(not (same[0] == (0.778, 0.8) and same[1] == (1.0, 0.333) and earlier == ((0.8, 0.8), (0.333, 0.333)) and not told))
PYTHON
