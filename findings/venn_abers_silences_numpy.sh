#!/bin/sh
# venn-abers 1.5.4, a calibrator: importing it switches off numpy's warnings of a division by nought and of invalid values, for the whole
# process and for good. The log-odds of a PD of 1, or a weight of evidence of an empty bin, then become infinite or missing in anybody's
# code without a word, and only where that module happened to be imported first.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check venn-abers==1.5.4
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import numpy as np


def said():
    """What numpy says of the log-odds of PDs of 0 and 1."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        pd = np.array([0.0, 1.0])
        np.log(pd / (1 - pd))
    return [str(warning.message) for warning in heard]


before = said()
import venn_abers

after = said()
print(f"before the import: {before}; after it: {after}; {np.geterr()}")
assert len(before) == 2 and not after
PYTHON
