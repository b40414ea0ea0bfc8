#!/bin/sh
# mt-940 5.1.1 on a valid SWIFT MT940 statement. The mark RC of field 61 is the reversal of a credit: money that leaves the account,
# such as a collected direct debit that came back unpaid. mt-940 gives it a positive amount, as it does a receipt, so a customer whose
# debit of 500.00 bounced has paid 1,000.00; only D is negative, and RD, the reversal of a debit, is positive as it should be. The
# statement's own opening balance and lines then do not add up to its closing balance, and nothing says so.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mt-940==5.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

import mt940

STATEMENT = """:20:STATEMENT
:25:00000000/0000000000
:28C:1/1
:60F:C260105EUR1000,00
:61:2601060106C500,00NDDTINVOICE-1
:86:collected by direct debit
:61:2601080108RC500,00NDDTINVOICE-1
:86:direct debit came back unpaid
:61:2601090109D40,00NMSCCHARGE
:86:charge of the bank
:61:2601100110RD40,00NMSCCHARGE
:86:charge taken back
:62F:C260112EUR1000,00
"""
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    lines = mt940.parse(STATEMENT)
amounts = [(line.data["status"], float(line.data["amount"].amount)) for line in lines]
first = float(lines.data["final_opening_balance"].amount.amount)
last = float(lines.data["final_closing_balance"].amount.amount)
added = first + sum(amount for _, amount in amounts)
print("mt-940", importlib.metadata.version("mt-940"))
print(amounts)
print(f"opening {first} and lines give {added}, closing {last}, {len(caught)} warnings")
known = [("C", 500.0), ("RC", 500.0), ("D", -40.0), ("RD", 40.0)]
sys.exit(not (amounts == known and added == last + 1000.0 and not caught))
PYTHON
