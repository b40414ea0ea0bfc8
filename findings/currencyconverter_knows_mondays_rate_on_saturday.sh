#!/bin/sh
# CurrencyConverter 0.18.23: with fallback_on_missing_rate=True, which every weekend needs, a day without a rate gets the straight line
# between the rates before and after it. An invoice of Saturday 14 March 2026 is converted at a rate that Monday's fixing made: 100.00 USD
# are 83.33 EUR where all that was known on the day says 90.91, so balances of a past day hold the future, without a word. With
# fallback_on_wrong_date=True a day before the first rate gets the first one, which is of the future as well.
# fallback_on_missing_rate_method="last_known" gives 90.91 on Saturday.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check currencyconverter==0.18.23
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings
from datetime import date
from pathlib import Path

from currency_converter import CurrencyConverter

Path("rates.csv").write_text("Date,USD,\n2026-03-13,1.10,\n2026-03-16,1.40,\n")
saturday = date(2026, 3, 14)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    straight = CurrencyConverter("rates.csv", fallback_on_missing_rate=True, fallback_on_wrong_date=True)
    known = CurrencyConverter("rates.csv", fallback_on_missing_rate=True, fallback_on_missing_rate_method="last_known")
    seen = [straight.convert(100, "USD", "EUR", date=day) for day in (date(2026, 3, 13), saturday, date(2026, 3, 16), date(2025, 1, 1))]
    last_known = known.convert(100, "USD", "EUR", date=saturday)
print("CurrencyConverter", importlib.metadata.version("currencyconverter"))
print("Friday, Saturday, Monday, a year before the first rate:", [round(one, 2) for one in seen])
print(f"Saturday by the last rate known: {last_known:.2f}; warnings: {len(caught)}")
sys.exit([round(one, 2) for one in [*seen, last_known]] != [90.91, 83.33, 71.43, 90.91, 90.91] or bool(caught))
PYTHON
