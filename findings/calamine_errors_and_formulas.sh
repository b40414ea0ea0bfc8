#!/bin/sh
# python-calamine 0.9.1: an error cell of an Excel sheet, and a formula whose value was never stored (as report generators
# write them), are read as an empty cell, like a cell without anything; nought formatted as a day is a time of day.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
cd "$folder"
venv/bin/python - <<'PYTHON'
import datetime as dt
import importlib.metadata
import re
import sys
import zipfile

from openpyxl import Workbook
from python_calamine import CalamineWorkbook

book = Workbook()
sheet = book.active
sheet.append(["amount", "paid"])
sheet.append(["=1/0", dt.date(2024, 1, 31)])  # openpyxl stores no value with a formula
sheet.append([5, 0])
sheet["B3"].number_format = "yyyy-mm-dd"
book.save("a.xlsx")
with zipfile.ZipFile("a.xlsx") as old, zipfile.ZipFile("b.xlsx", "w") as new:
    for name in old.namelist():
        text = old.read(name)
        if name.endswith("sheet1.xml"):  # the error that Excel stores after computing
            text = re.sub(rb'<c r="A2"[^>]*>.*?</c>', b'<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', text)
        new.writestr(name, text)

print("python-calamine", importlib.metadata.version("python-calamine"))
cells = {}
for what, path in (("formula without a value", "a.xlsx"), ("error cell", "b.xlsx")):
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    cells[what] = rows[1][0]
    cells["nought as a day"] = rows[2][1]
for what, cell in cells.items():
    print(what, "is read as", repr(cell))
seen = cells["error cell"] == "" and cells["nought as a day"] == dt.time(0, 0)
sys.exit(0 if seen and cells["formula without a value"] in ("", 0.0) else 1)
PYTHON
