"""Two years with a model: a book that grows by monthly drops, kept up by the commands of docs/upkeep.md, with the troubles that such years have.

    python -m benchmarks.two_years --customers 600 --begin 12 --folder years           # the second year
    python -m benchmarks.two_years --customers 600 --begin 12 --folder years --resume  # goes on where it was stopped: after the last month that
                                                                                       # ended, or with the stages that the first model still lacks
    python -m benchmarks.two_years --customers 600 --begin 12 --away 2 --folder years  # nobody looks for two months; their drops are there when somebody does

One line a month: what happened, who is champion, what monitoring asks for, what recalibration decided. After each month the registry, the log, the
receipt and the pages have to agree, no command may end in a traceback, and what is advised is done. It ends with exit code 1 where something was amiss.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.two_years_book import Book, last_day
from benchmarks.two_years_kept import LIVED, keep, kept_in, resumed
from benchmarks.two_years_life import PORTFOLIO, Life
from benchmarks.two_years_months import PLAYED, plain
from benchmarks.two_years_told import set_clock
from contracts.files import read_json, write_json
from pipelines import ROOT
from tests.pipeline.conftest import Workspace, new_workspace

BEGUN = "begun.json"
"""Written once the first model can be trained."""

CHEAPER = (
    (
        "configs/params.yaml",
        r"families: \[\]",
        "families: [ageing, payments, statements, events, attributes]",
    ),
    ("configs/params.yaml", r"flavours: \[.*\]", "flavours: [by_hand, lightgbm, shallow]"),
    ("configs/portfolios/demo.yaml", r"test_months: \d+", "test_months: 12"),
    ("configs/portfolios/demo.yaml", r"calibrate_months: \d+", "calibrate_months: 9"),
    ("configs/params.yaml", r"members: 3", "members: 2"),
    ("configs/params.yaml", r"unseen_folds: 3", "unseen_folds: 2"),
    ("configs/params.yaml", r"origins: 3", "origins: 1"),
    ("configs/params.yaml", r"history: 24", "history: 4"),
    ("configs/params.yaml", r"min_defaults_offset: \d+", "min_defaults_offset: 8"),
    ("configs/params.yaml", r"min_defaults_slope: \d+", "min_defaults_slope: 20"),
)
"""What makes a month cheap, and a small book enough for the ladder."""


AS_SHIPPED = ("configs/expert.yaml", r"race_until: \d+", "race_until: 50")
"""The workspaces of the tests never race."""


def begun(folder: Path, given: argparse.Namespace) -> Life:
    """A project whose first model is champion, of all that is known at the end of the month `begin`; 0 is December 2023."""
    month = given.begin
    work = new_workspace(folder / "project")
    (work.folder / ".venv").mkdir()
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, work.folder / name)
    (work.folder / ".venv/.installed").touch()
    for file, pattern, value in (*CHEAPER, *((AS_SHIPPED,) if given.race else ())):
        work.set(file, pattern, value)
    set_clock(work)
    life = Life(work, Book.simulated(folder, work, given.customers, given.seed))
    life.at(month)
    for one in range(month + 1):
        life.book.deliver(one)
    life.until(last_day(month))
    life.run("bonitas", "choose", PORTFOLIO)
    write_json(folder / BEGUN, {"seed": given.seed, "month": month})
    return trained(life)


def trained(life: Life) -> Life:
    """The life once its first model is champion; stages that ended before are not run again."""
    life.make("retrain")
    if life.registry.log.read().champion is None:
        raise SystemExit(
            f"the first model was refused by {', '.join(stopping(life))}: try another --seed or more --customers"
        )
    return life


def taken_up(folder: Path) -> Life:
    """The life that is kept, or one that was stopped while its first model was trained."""
    told = folder / BEGUN
    if kept_in(folder) is not None or not told.is_file():
        return resumed(folder)
    begun_at = read_json(told)
    life = Life(Workspace(folder / "project"), Book.opened(folder, int(begun_at["seed"])))
    life.at(int(begun_at["month"]))
    keep(trained(life), folder)
    return life


def stopping(life: Life) -> list[str]:
    """The gates that stopped the model that was trained last, with what they found."""
    checks = json.loads((life.work.folder / "reports/checks.json").read_text(encoding="utf-8"))
    return [f"{one['code']} ({one['detail']})" for one in checks if one["stops"]]


def first(given: argparse.Namespace, folder: Path) -> Life:
    """A life at its beginning, kept as it is once its first model is champion."""
    for one in (*LIVED, "kept", "kept.new"):  # the world that was simulated is kept
        shutil.rmtree(folder / one, ignore_errors=True)
    (folder / BEGUN).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    life = begun(folder, given)
    print(f"{given.begin:>2} | the first model | champion {life.registry.log.read().champion} | {time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
    keep(life, folder)
    return life


def main() -> int:
    """Plays the two years; the number of faults decides the exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=300)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--months", type=int, default=24)
    asked.add_argument(
        "--begin", type=int, default=0, help="month at whose end the first model is trained"
    )
    asked.add_argument(
        "--race",
        action="store_true",
        help="few defaults race with the expert score, as shipped; without it a booster is trained whatever there is",
    )
    asked.add_argument(
        "--away", type=int, default=0, help="months after the first model in which nobody looks"
    )
    asked.add_argument(
        "--folder",
        type=Path,
        help="where it is kept; without it one of the temporary files, named by what is asked",
    )
    asked.add_argument(
        "--resume", action="store_true", help="go on after the last month that --folder keeps"
    )
    given = asked.parse_args()
    folder = (
        given.folder
        or Path(tempfile.gettempdir()) / f"two_years_{given.customers}_{given.seed}_{given.begin}"
    )
    print(f"kept in {folder}: --folder {folder} --resume goes on there", flush=True)
    life = taken_up(folder) if given.resume else first(given, folder)
    for month in range(life.month + 1, given.months + 1):
        if month <= given.begin + given.away:
            life.book.deliver(month)
            continue
        began = time.perf_counter()
        life.at(month)
        what = PLAYED.get(month, plain)(life)
        life.agree()
        life.line(what, began)
        keep(life, folder)
    print(f"{len(life.faults)} faults", *life.faults, sep="\n")
    return int(bool(life.faults))


if __name__ == "__main__":
    sys.exit(main())
