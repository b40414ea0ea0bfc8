"""How good the models are, each figure beside its alternative: issue 5's measures.

    python -m benchmarks.models american [--peers-python PATH]   # real panel, other people's models in the same run
    python -m benchmarks.models world --customers 2000 --seeds 5 # simulated books, against the true PDs
    python -m benchmarks.models search --trials 50               # what a search costs

Start it as a module: by its path, this file would hide the room `models`. Ours runs as a user runs it, stage by stage, in a
copy of the project. `--folder` keeps the copy; `--start train` then goes on from its data with today's sources.
`american` reads its file from the folder in BONITAS_REAL_DATA, else from the portfolio's own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from benchmarks import models_american, models_world
from benchmarks.models_american import verdict
from benchmarks.models_peers import PEERS
from benchmarks.models_project import STAGES, Project, stages_from
from benchmarks.models_tables import Table
from pipelines import paths

SEARCH_TARGET = 360.0  # seconds


def american(given: argparse.Namespace) -> list[Table]:
    """Ours and the peers on the listed companies: measures, paired differences, targets."""
    with project(given, "american") as made:
        return models_american.measured(made, given)


@contextmanager
def project(given: argparse.Namespace, portfolio: str) -> Iterator[Project]:
    """A copy of the project in the folder asked for, else in one that is gone afterwards."""
    if given.folder is not None:
        yield Project.made(given.folder.resolve(), portfolio)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Project.made(Path(folder), portfolio)


def search(given: argparse.Namespace) -> list[Table]:
    """What so many trials cost on the demo matrix; the train stage as a whole."""
    with project(given, "demo") as made:
        made.run(stages_from(given.start, "split"))
        made.set(paths.PARAMS, "trials", given.trials)
        (made.folder / paths.STUDIES).unlink(missing_ok=True)  # a finished study costs nothing
        made.run(["train"])
        trials = pd.read_parquet(made.folder / paths.TRIALS)
    seconds = made.seconds["train"]
    pruned = int((trials["state"] == "pruned").sum())
    row = (str(len(trials)), str(pruned), f"{seconds:.0f}", f"{SEARCH_TARGET:.0f}", verdict(is_met=seconds < SEARCH_TARGET))  # fmt: skip
    return [Table("demo, search and training (train stage)", ("trials", "pruned", "seconds", "target", ""), [row])]  # fmt: skip


def world(given: argparse.Namespace) -> list[Table]:
    """Simulated books of several seeds, against their true PDs."""
    runs = []
    for seed in range(given.first_seed, given.first_seed + given.seeds):
        print(f"seed {seed}", file=sys.stderr, flush=True)
        own = argparse.Namespace(folder=given.folder and given.folder / f"seed-{seed}")
        with project(own, "demo") as made:
            runs.append(models_world.measured(made, given, seed))
    return models_world.tables(runs, given)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    commands = found.add_subparsers(dest="command", required=True)
    runs: dict[str, Callable[[argparse.Namespace], list[Table]]] = {"american": american, "world": world, "search": search}  # fmt: skip
    for name, run in runs.items():
        one = commands.add_parser(name, help=run.__doc__)
        one.set_defaults(run=run)
        one.add_argument("--markdown", action="store_true", help="tables for RESULTS.md")
        one.add_argument("--folder", type=Path, help="work here and keep it")
        one.add_argument("--start", choices=STAGES, default=STAGES[0], help="first stage to run")
        if name == "american":
            one.add_argument("--peers-python", default=sys.executable, help="Python that has the peers")  # fmt: skip
            one.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
            one.add_argument("--limit", type=int, default=1_800, help="most seconds of a peer")
            one.add_argument("--threads", type=int, default=2, help="of a peer")
        elif name == "search":
            one.add_argument("--trials", type=int, default=50)
        else:
            models_world.add_arguments(one)
    return found


def main() -> None:
    """Prints the tables."""
    given = parser().parse_args()
    tables = given.run(given)
    print("\n\n".join(table.show(markdown=given.markdown) for table in tables))
    print(f"\nMeasured on {time.strftime('%Y-%m-%d')}.")


if __name__ == "__main__":
    main()
