#!/bin/sh
# toad 0.1.7: its population stability index sums over the values that both samples hold and leaves the others out, in silence. A book
# in which grade "a" became grade "b" for every customer has moved as far as a book can, and its PSI is 0.0; two continuous samples
# without a combiner share no value, so it is 0.0 as well, whatever they are. With a combiner an emptied bin is left out too: scores
# that all fell into one of four bins give ln(4) x 0.75 = 1.04, and three in four customers gone from their bins add nothing. A tenth of
# the customers in an industry never seen before give 0.022, far below the 0.10 at which a book is looked at.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check toad==0.1.7 numpy==2.4.6 pandas==3.1.1 scikit-learn==1.9.1 scipy==1.17.1 joblib==1.6.0 "setuptools<81"
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import math
import sys

import numpy as np
import pandas as pd
from toad.metrics import PSI
from toad.transform import Combiner

draws = np.random.default_rng(0)
before = pd.Series(["a"] * 500 + ["b"] * 500)
scale = Combiner()
scale.load({"score": [500, 600, 700]})
even = pd.DataFrame({"score": [450.0, 550.0, 650.0, 750.0] * 250})
fallen = pd.DataFrame({"score": [450.0] * 1000})
seen = {
    "every a became a b": PSI(pd.Series(["b"] * 500), pd.Series(["a"] * 500)),
    "normal around 0, around 3": PSI(pd.Series(draws.normal(3, 1, 1000)), pd.Series(draws.normal(0, 1, 1000))),
    "all scores in one bin of four": float(PSI(fallen, even, combiner=scale)["score"]),
    "a tenth in a new industry": PSI(pd.Series(["a"] * 500 + ["b"] * 400 + ["c"] * 100), before),
}
print("toad", importlib.metadata.version("toad"))
for name, psi in seen.items():
    print(f"{name}: {psi:.6f}")
known = [0.0, 0.0, 0.75 * math.log(4), 0.1 * math.log(0.5 / 0.4)]
sys.exit(not np.allclose(list(seen.values()), known, rtol=0, atol=1e-9))
PYTHON
