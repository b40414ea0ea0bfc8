"""How fast the world is written, how much memory it takes, and how well its own truth forecasts the demo book.

Run it on an otherwise idle machine: `python -m benchmarks.world` (as a module: started by its path, this file would
hide the room `world`). Each run is a process of its own that streams into
a temporary folder; memory is its peak. Prints rows for RESULTS.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from sklearn.metrics import brier_score_loss, roc_auc_score

from contracts.config.source import WorldSource
from world.hidden.health import NEVER
from world.hidden.levels import Levels
from world.simulate import draw_hidden, simulate, stream

UNTIL = date(2025, 12, 31)
CUSTOMERS = {1_000_000: 5_300, 10_000_000: 53_000}  # 188 invoices a customer in 8 years
HORIZON = 12


def write(customers: int, threads: int, answers: Connection) -> None:
    """Streams a world into a temporary folder; answers with seconds, documents, peak bytes."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        source = WorldSource(kind="world", customers=customers)
        stream(source, UNTIL, "EUR", Path(folder), threads=threads)
        seconds = time.monotonic() - started
        documents = ds.dataset(Path(folder) / "invoices").count_rows()
        # the world draws with threads: this process is its whole tree
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        answers.send((seconds, documents, peak))


def measure(customers: int, threads: int) -> str:
    """One row: seconds, documents a second, peak memory."""
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("spawn").Process(
        target=write, args=(customers, threads, there)
    )
    worker.start()
    there.close()  # so that a worker that dies ends the wait
    seconds, documents, peak = here.recv()
    worker.join()
    speed = f"{documents / seconds:,.0f} a second; peak {peak / 1e9:.2f} GB"
    return f"world: {documents:,} documents, {threads} thread(s) | {seconds:.1f} s, {speed}"


def oracle() -> str:
    """One row: how the true PD forecasts the chain's default on all matured days of decision of the demo book."""
    source = WorldSource(kind="world")
    truth = simulate(source, UNTIL, "EUR").truth.to_pandas(date_as_object=False)
    hidden = draw_hidden(source, UNTIL, Levels())
    days = truth.as_of.to_numpy().astype("datetime64[D]").astype(np.int64)
    month = np.searchsorted(hidden.months.starts, days) - 1  # the month that ended before
    matured = month + HORIZON < hidden.months.n_lived
    at = truth.customer_id.str[1:].astype(int).to_numpy() - 1
    defaulted = hidden.lives.defaulted[at]
    soon = ((defaulted > month) & (defaulted <= month + HORIZON) & (defaulted < NEVER))[matured]
    pd = truth.true_pd.to_numpy()[matured]
    brier = brier_score_loss(soon, pd)
    skill = 1.0 - brier / (soon.mean() * (1.0 - soon.mean()))
    score = f"ROC AUC {roc_auc_score(soon, pd):.3f}, Brier {brier:.4f}, Brier skill {skill:.3f}"
    return f"world: oracle on the demo book, {len(soon):,} observations, {soon.sum():,} defaults | {score}"


def main() -> None:
    """Prints one row a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=10_000_000, help="invoices, about")
    largest = parser.parse_args().largest
    today = time.strftime("%Y-%m-%d")
    for invoices, customers in CUSTOMERS.items():
        for threads in (1, 2):
            if invoices <= largest:
                print(f"| {measure(customers, threads)} | {today} |", flush=True)
    print(f"| {oracle()} | {today} |")


if __name__ == "__main__":
    main()
