"""Commands, and calls from Python, that ask for what is not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bonitas.asked import asked_days, asked_rows, questions
from bonitas.portfolio import Portfolio
from bonitas.training import training_of
from contracts.documents.checks import Checks
from contracts.files import write_json
from pipelines import paths
from pipelines.book.past import _kept, moved
from pipelines.errands.choose import choose
from pipelines.errands.customer import customer
from pipelines.errands.overlay import overlay
from pipelines.errands.soil import check_ingested
from pipelines.settings import load
from quality.faults.book import opened
from quality.faults.catalogue import find, table_of
from quality.faults.extract import _check_ours
from quality.faults.soil import Order, soil
from reports.pages import page
from tests.refused.case import PARAMS, Case, asked, nothing, written
from tests.refused.delivered import then
from tests.sources_sme import Sme


def customers_known(_: Sme) -> None:
    """The validated customers, as `bonitas customer` looks them up."""
    path = paths.VALID / "customers.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"customer_id": ["K1", "K2"], "name": ["Ada GmbH", "Bo AG"]}), path)


def raw_of(name: str) -> Callable[[Sme], None]:
    def change(sme: Sme) -> None:
        (sme.folder / "data/raw").mkdir(parents=True)
        write_json(paths.MANIFEST, {"portfolio": name})

    return change


def of_demo(_: object) -> None:
    write_json(paths.MANIFEST, {"portfolio": "demo"})


def soiled(sme: Sme) -> None:
    """The project once `make soil` has made its portfolio of it."""
    raw_of("dirt")(sme)
    for name in (".yaml", ""):
        (sme.folder / f"configs/portfolios/sme{name}").rename(
            sme.folder / f"configs/portfolios/dirt{name}"
        )
    sme.write(PARAMS, "portfolio: dirt\n")


def matrix() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["K1", "K2"], "as_of": pd.to_datetime(["2024-01-01"] * 2)})


def history(day: str) -> Callable[[], object]:
    def run() -> object:
        from pipelines.errands.history import history as told  # noqa: PLC0415 - MLflow takes seconds

        return told(load(), day)

    return run


def compare(*names: str) -> Callable[[], object]:
    def run() -> object:
        from pipelines.errands.compare import compare as told  # noqa: PLC0415 - MLflow takes seconds

        return told(load(), list(names))

    return run


def plots() -> object:
    from pipelines.errands.plots import plots as drawn  # noqa: PLC0415 - DVC takes seconds

    return drawn(["HEAD"])


COMMANDS = (
    Case("Params that name no portfolio", written(PARAMS, "engine: {threads: 1}\n"), lambda: choose("sme")),
    Case("A portfolio's name that cannot be replaced", written(PARAMS, "portfolio: >-\n  sme\n"), lambda: choose("sme")),
    Case("A customer that nobody knows", customers_known, lambda: customer(load(), "K9")),
    asked("A customer before there is any", lambda: customer(load(), "K9")),
    asked("A decision of a day that is none", history("yesterday")),
    asked("A decision of a day to come", history("2199-01-01")),
    asked("Runs of which there is one alone", compare("workspace")),
    asked("A run that nobody knows", compare("workspace", "chmapion")),
    asked("Plots of a folder without DVC", plots),
    asked("An overlay that is not there", lambda: overlay("brief")),
    Case("Soiling what is soiled", soiled, lambda: check_ingested(load())),
    Case("Soiling a folder that holds something else", written("data/dirt/notes.txt", "mine"), lambda: _check_ours(Path("data/dirt"))),
    asked("A fault that strikes more than all rows", then(lambda _: soil(paths.RAW, Path("soiled"), [Order(find("paid_twice"), "payments", 1.5)], 1))),
    asked("A page that nobody declares", lambda: page("portfolios")),
    Case("Soiling before anything was read", nothing, lambda: check_ingested(load())),
    Case("Soiling the tables of another portfolio", raw_of("demo"), lambda: check_ingested(load())),
    Case("Soiling without raw tables", nothing, lambda: opened(Path("data/raw")).__enter__()),
    asked("A fault that nobody declares", lambda: find("paid_twise")),
    asked("A fault in a table that it does not strike", lambda: table_of(find("paid_twice"), {"customers", "payments"}, "customers")),
    asked("A fault of tables that are not delivered", lambda: table_of(find("paid_twice"), {"financials"})),
    Case("A history that is cut", written(str(paths.HISTORY / "2024-01-01.parquet"), "PAR1"), lambda: _kept(["K1"])),
    Case("Movements that are cut", written(str(paths.MOVEMENTS), "PAR1"), lambda: moved(["K1"])),
    Case("A document of another build", written("reports/checks.json", '{"version": 0}'), lambda: Checks.read(Path("reports/checks.json"))),
)  # fmt: skip
PYTHON = (
    asked("A folder that is no project", lambda: Portfolio("sme", folder=Path("extract"))),
    asked("A portfolio that is not there", lambda: Portfolio("smee", folder=Path())),
    asked("A matrix before the tables were validated", lambda: Portfolio("sme", folder=Path()).matrix("2024-01-01")),
    asked("The tables of another portfolio", then(of_demo, lambda _: Portfolio("sme", folder=Path()).matrix("2024-01-01"))),
    asked("Outcomes before they were labelled", then(lambda _: Portfolio("sme", folder=Path()).labels())),
    asked("True PDs of a real book", then(lambda _: Portfolio("sme", folder=Path()).truth())),
    asked("A day that is none", lambda: asked_days("soon", date(2024, 12, 31))),
    asked("A day past the data", lambda: asked_days("2025-02-01", date(2024, 12, 31))),
    asked("No day", lambda: asked_days([], date(2024, 12, 31))),
    asked("A customer that is not in the matrix", lambda: asked_rows(matrix(), None, ["K9"])),
    asked("A day that is not in the matrix", lambda: asked_rows(matrix(), "2024-02-01", None)),
    asked("Nobody on the days asked for", lambda: questions(pd.DataFrame({"customer_id": ["K1"], "onboarded_on": [date(2024, 6, 1)]}), [date(2024, 1, 1)], None)),
    asked("A part whose outcomes are not final", lambda: training_of(matrix(), matrix(), matrix(), ["recent"], earlier=False)),
)  # fmt: skip
