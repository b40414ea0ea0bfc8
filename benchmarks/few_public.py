"""Public books cut to a few defaults: what a book's own inputs say, shrunk, beside plain models and one PD for all.

The books are those of `benchmarks/models_public.py`, each cut by chance to so many defaults and survivors in its own proportion; all other rows judge. Nothing
is stated of any input; the stated rate is the book's. Every model learns from the same rows:

* ours: `models.training.cards.OwnCard`, as `train` makes it where the stated score ranks nobody;
* logistic: `LogisticRegression()` as in `benchmarks/models_public.py`;
* lightgbm: `LGBMClassifier()` as it comes;
* one PD: the share of defaults among the rows learned from.

`python -m benchmarks.few_public --folder CSVS [--books Default HMDA] [--draws 6]`
"""

from __future__ import annotations

import argparse
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from benchmarks.models_public import BOOKS, Rows, logistic, read
from benchmarks.models_tables import Table
from contracts.arrays import Bools, Floats
from contracts.config.expert import ExpertConfig
from models.base.data import Part, learn_contract
from models.base.losses import pd_losses
from models.training.cards import Book, card_of

SIZES = (5, 10, 19, 40)
HORIZON = 12
SMALLEST = 1e-6
"""PDs of the peers are kept this far from 0 and 1, or one row would decide their log loss."""


def drawn(bad: Bools, size: int, seed: int) -> Bools:
    """Rows to learn from: so many defaults, and survivors in the book's own proportion."""
    random = np.random.default_rng(seed)
    survivors = round(size * (1.0 / bad.mean() - 1.0))
    rows = [random.permutation(np.flatnonzero(bad))[:size], random.permutation(np.flatnonzero(~bad))[:survivors]]  # fmt: skip
    is_learned = np.zeros(len(bad), dtype=bool)
    is_learned[np.concatenate(rows)] = True
    return is_learned


def whole(rows: Rows) -> Part:
    """Every row of a book on one day, whatever part it was dealt to."""
    both = rows.parts.merge(rows.matrix, on=["customer_id", "as_of"], validate="one_to_one")
    day = np.full(len(both), np.datetime64("2020-01-01", "D"))
    features = both[list(rows.lineage["feature"])]
    who = both["customer_id"].to_numpy(dtype=object)
    return Part(who, day, both["defaulted"].to_numpy(dtype=bool), np.zeros(len(both), bool), features)  # fmt: skip


def answers(part: Part, rows: Rows, is_learned: Bools) -> dict[str, Floats]:
    """PDs of the rows that were not learned from."""
    learned, asked = part.take(is_learned), part.take(~is_learned)
    rate = float(part.defaulted.mean())
    expert = ExpertConfig.model_validate({"race_until": 50, "long_run_rate": rate, "level_weight": 5, "points_weight": 30, "features": {"credit_record": {"none": {"cuts": [0], "points": [0, 1]}}}})  # fmt: skip
    card = card_of(Book(learned, learned.take(np.zeros(len(learned), bool)), rows.lineage, "public", HORIZON), expert)  # fmt: skip
    contract, _ = learn_contract(learned, rows.lineage, "public", HORIZON)
    codes, other = contract.encode(learned.features), contract.encode(asked.features)
    categories = [place for place, one in enumerate(contract.features) if one.levels is not None]
    plain = lgb.LGBMClassifier(verbosity=-1, n_jobs=1, random_state=7)
    plain.fit(codes, learned.defaulted, categorical_feature=categories)
    simple = logistic(contract, codes, learned.defaulted)
    return {
        "ours": expit(card.after(learned).margin(card.contract.encode(asked.features))),
        "logistic": simple.predict_proba(other)[:, 1].clip(SMALLEST, 1.0 - SMALLEST),
        "lightgbm": np.asarray(plain.predict_proba(other))[:, 1].clip(SMALLEST, 1.0 - SMALLEST),
        "one PD": np.full(len(asked), float(learned.defaulted.mean())),
    }


def main() -> None:
    """Prints AUC, and log loss less that of one PD for all, by defaults and by book."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--books", nargs="+", choices=BOOKS, default=list(BOOKS))
    parser.add_argument("--draws", type=int, default=6)
    given = parser.parse_args()
    found = []
    for name in given.books:
        rows = read(given.folder, name)
        part = whole(rows)
        for size in SIZES:
            for draw in range(given.draws):
                is_learned = drawn(part.defaulted, size, draw)
                pds, bad = answers(part, rows, is_learned), part.defaulted[~is_learned]
                same = float(pd_losses(pds["one PD"], bad).mean())
                found += [(name, size, model, roc_auc_score(bad, one), float(pd_losses(one, bad).mean()) - same) for model, one in pds.items()]  # fmt: skip
        print(f"{name}: {len(part)} rows", flush=True)
    table = pd.DataFrame(found, columns=["book", "defaults", "model", "auc", "loss"])
    for by in ("defaults", "book"):
        means = table.groupby([by, "model"], sort=False, as_index=False)[["auc", "loss"]].mean()
        lines = [(str(one[by]), str(one["model"]), f"{one['auc']:.3f}", f"{one['loss']:+.4f}") for _, one in means.iterrows()]  # fmt: skip
        print(Table(by, (by, "", "AUC", "log loss less that of one PD"), lines).show(markdown=True))


if __name__ == "__main__":
    main()
