"""Loans through a crisis: the level of each year's PDs, by what was knowable on 1 January, for five ways of keeping it.

`python -m benchmarks.each_january --folder RUN`, a project folder on which the stages `outside` to `split` have run with `portfolio: sba504`.

On each 1 January the hand-set booster learns from the outcomes that are final by then, and every loan that is open gets the PD of
the next twelve months, five ways:

* frozen: the booster of the first 1 January, for ever;
* retrained: that of the day, at the level it has learned;
* shrunk: the same, moved by half of what the newest year was off, by answers to loans that the booster did not know;
* newest year: the same, moved by all of it;
* year ahead: the same, moved by what `models.measures.movement` forecasts from the months of all defaults, as `refit` does.

Beside them stand two ways that nobody had, to see what can be reached: the one step for all years that is best in hindsight, and what the booster
of the year before lacked in the year that has just passed.

Calibration in the large is the log-odds that the PDs of a year would have to be moved by to meet what came (Cox, Two further
applications of a model for binary regression, 1958, with the slope held at 1).
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from benchmarks.models_tables import Table
from benchmarks.open_outcomes import Book, Model, known_at, levels, matured, offset
from contracts.arrays import Bools, Floats
from contracts.calendar import MONTHS
from contracts.config.base import parse
from contracts.config.params import Params
from contracts.tables.derived import LINEAGE, MATRIX, PARTITION
from contracts.tables.ledger import DEFAULTS
from contracts.tables.store import read_table
from models.base.data import assemble, learn_contract
from models.base.losses import log_odds
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml

FIRST, LAST = 1999, 2013
SPANS = {"1999-2006": (1999, 2006), "2007-2010": (2007, 2010), "2011-2013": (2011, 2013)}
WAYS = {
    "retrained": "as learned",
    "shrunk": "half of it",
    "newest year": "newest year",
    "year ahead": "year ahead",
}
STEPS = np.linspace(-0.5, 2.0, 26)
"""Tried for the one that is best in hindsight, log-odds."""


def read_loans(folder: Path) -> Book:
    """The rows of all parts with the months to their default; nobody knows true PDs."""
    key = ["customer_id", "as_of"]
    matrix, parts = (
        read_table(folder / paths.MATRIX, MATRIX),
        read_table(folder / paths.PARTITION, PARTITION),
    )
    lineage = read_table(folder / paths.LINEAGE, LINEAGE)
    early = assemble(matrix, parts, "train")  # names of states and sectors, no outcome
    contract, _ = learn_contract(early, lineage, portfolio="sba504", horizon_months=MONTHS)
    rows = parts[key].merge(matrix, on=key, validate="one_to_one")
    rows = rows.sort_values(["as_of", "customer_id"], kind="stable", ignore_index=True)
    entries = read_table(folder / paths.DEFAULTS, DEFAULTS)
    entries["entered_on"] = pd.to_datetime(entries["entered_on"]).astype(rows["as_of"].dtype)
    joined = pd.merge_asof(
        rows[key], entries.sort_values("entered_on").rename(columns={"entered_on": "on"}), left_on="as_of",
        right_on="on", by="customer_id", direction="forward",
    )  # fmt: skip
    days = (joined["on"] - joined["as_of"]).dt.days.to_numpy(np.float64)
    until = np.where(np.isnan(days), np.inf, days / 365.25 * MONTHS)
    params = parse(Params, read_yaml(folder / paths.PARAMS), where=str(paths.PARAMS))
    newest = rows["as_of"].max().date()
    kept = rows[key].assign(true_pd=np.nan, until_default=until)
    return Book(kept, contract.encode(rows), contract, params.train, params.recalibrate, newest)


def year(book: Book, model: Model, number: int) -> tuple[Floats, Bools]:
    """Log-odds of the loans that are open on 1 January, and whether they defaulted within the year."""
    here = (book.rows["as_of"] == pd.Timestamp(number, 1, 1)).to_numpy()
    came = book.rows["until_default"].to_numpy(np.float64)[here] <= MONTHS
    return log_odds(model(book.codes[here])), came


def off(odds: Floats, came: Bools) -> tuple[float, float]:
    """Calibration in the large, and observed over expected defaults.

    >>> odds = np.log(np.full(10, 0.1) / 0.9)
    >>> came = np.arange(10) < 2
    >>> [round(one, 3) for one in off(odds, came)]   # ln(0.2 / 0.8) - ln(0.1 / 0.9)
    [0.811, 2.0]
    """
    return offset(expit(odds), came), float(came.sum() / expit(odds).sum())


def figures(book: Book) -> pd.DataFrame:
    """One row a year and way: year, way, off, ratio (observed over expected)."""
    frozen, found, answers = None, [], {}
    for number in range(FIRST, LAST + 1):
        known = known_at(book, date(number, 1, 1))
        model = matured(book, known)
        frozen = frozen or model
        by = levels(book, known, matured, model, date(number, 1, 1))
        tries = {"frozen": year(book, frozen, number)}
        odds, came = answers[number] = year(book, model, number)
        tries |= {way: (odds + by[level], came) for way, level in WAYS.items()}
        for way, (told, seen) in tries.items():
            found.append((number, way, *off(told, seen)))
            print(number, way, *(f"{one:+.3f}" for one in found[-1][2:]), flush=True)
    return pd.DataFrame([*found, *hindsight(answers)], columns=["year", "way", "off", "ratio"])


def hindsight(answers: dict[int, tuple[Floats, Bools]]) -> list[tuple[int, str, float, float]]:
    """The same rows for the two ways that nobody had.

    >>> odds = np.log(np.full(10, 0.2) / 0.8)
    >>> found = hindsight({2001: (odds, np.arange(10) < 4), 2002: (odds, np.arange(10) < 4)})
    >>> [(year, way, round(one, 2) + 0.0) for year, way, one, _ in found]   # ln(0.4 / 0.6) - ln(0.2 / 0.8) = 0.98
    [(2001, 'one step in hindsight', -0.02), (2001, 'what the year before lacked', 0.98), (2002, 'one step in hindsight', -0.02), (2002, 'what the year before lacked', 0.0)]
    """
    lacked = {number: off(*told)[0] for number, told in answers.items()}
    best = min(STEPS, key=lambda step: np.mean([abs(one - step) for one in lacked.values()]))
    rows = []
    for number, (odds, came) in answers.items():
        by = {"one step in hindsight": best, "what the year before lacked": lacked.get(number - 1, 0.0)}  # fmt: skip
        rows += [(number, way, *off(odds + step, came)) for way, step in by.items()]
    return rows


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path())
    found = figures(read_loans(parser.parse_args().folder))
    rows = []
    for way, own in found.groupby("way", sort=False):
        means = [own.loc[own["year"].between(*span), "off"].abs().mean() for span in SPANS.values()]
        crisis = own.loc[own["year"] == 2008, "ratio"].iloc[0]
        rows.append((str(way), *(f"{mean:.2f}" for mean in means), f"{crisis:.2f}"))
    head = ("level", *SPANS, "2008, observed / expected")
    print(Table("Calibration in the large, mean of its size over the years", head, rows).show(markdown=True))  # fmt: skip


if __name__ == "__main__":
    main()
