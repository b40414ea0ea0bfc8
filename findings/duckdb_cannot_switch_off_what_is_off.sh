#!/bin/sh
# duckdb 2.0.0 in a Jupyter kernel without ipywidgets: the progress bar is off, and `SET enable_progress_bar = false`, which a
# library runs to be quiet, is an error: "required package 'ipywidgets' is missing". The same line works in any other Python,
# so a test that does not run in Jupyter never sees it. Asking first (`current_setting`) is the way round.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 nbclient==0.10.2 nbformat==5.10.4 ipykernel==6.30.1
cd "$folder"
venv/bin/python - 2>/dev/null <<'PYTHON'
import sys

import duckdb
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

CELL = """
import duckdb
print("is on:", duckdb.connect().execute("SELECT current_setting('enable_progress_bar')").fetchone()[0])
try:
    duckdb.connect().execute("SET enable_progress_bar = false")
    print("switched off")
except duckdb.Error as error:
    print(error)
"""
duckdb.connect().execute("SET enable_progress_bar = false")
print("duckdb", duckdb.__version__, "- outside Jupyter: switched off")
notebook = new_notebook(cells=[new_code_cell(CELL)])
NotebookClient(notebook, timeout=120).execute()
said = "".join(output.text for output in notebook.cells[0].outputs if output.output_type == "stream")
print(f"in Jupyter: {said}")
sys.exit(0 if "is on: False" in said and "ipywidgets" in said else 1)
PYTHON
