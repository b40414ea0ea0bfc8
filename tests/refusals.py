"""Small wrong inputs, each with the message it gets; `python -m tests.refusals` writes docs/reference/errors.md from them.

One small project, one thing wrong with it, one run: what is printed in the page was really said.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.errors import BonitasError
from contracts.files import read_json, write_text
from models.scoring.scoring import Tally
from pipelines import ROOT
from pipelines.configured.gates import load_gates
from pipelines.configured.named import refuse_misnamed
from pipelines.configured.unwritten import refuse_unwritten
from pipelines.errands.choose import choose
from pipelines.errands.land import land
from pipelines.errands.overlay import overlay
from pipelines.ingest import ingest
from pipelines.settings import load
from tests.refused import between, commands, delivered, extracts, models, registered
from tests.refused.case import (
    INVOICES,
    PARAMS,
    YAML,
    Case,
    Change,
    both,
    more,
    no_file,
    nothing,
    params,
    portfolio,
    written,
)
from tests.refused.elsewhere import ELSEWHERE
from tests.refused.sites import BEYOND, sites
from tests.sources_sme import Sme

PAGE = ROOT / "docs/reference/errors.md"
WATCHED = "stages: {split: {params: [{'configs/portfolios/${portfolio}.yaml': [horizon_months, split, waivers]}]}}\n"


def gates(line: str) -> Change:
    return lambda sme: sme.write("configs/gates.yaml", f"{line}\n")


def none_scored() -> None:
    """What `bonitas score` says where no row of a file could be scored."""
    tally = Tally(Counter(unreadable=4, no_customer=1), first={"unreadable": "payments_days_late_mean_90d: '12 days'"})  # fmt: skip
    tally.refuse_none_scored(Path("book.csv"), Path("answers.csv"))


def default(text: str) -> Change:
    return portfolio("default: {preset: irb_90dpd}", f"default: {text}")


def sql(old: str, new: str) -> Change:
    return lambda sme: sme.change(INVOICES, old, new)


def select(text: str) -> Change:
    return lambda sme: sme.write(INVOICES, text)


def items(old: str, new: str) -> Change:
    return lambda sme: sme.change("extract/open_items.csv", old, new)


def folder_for(name: str) -> Change:
    def change(sme: Sme) -> None:
        (sme.folder / name).unlink()
        (sme.folder / name).mkdir()

    return change


def pipe_for(name: str) -> Change:
    def change(sme: Sme) -> None:
        (sme.folder / name).unlink()
        os.mkfifo(sme.folder / name)

    return change


def link_for(name: str, target: str) -> Change:
    def change(sme: Sme) -> None:
        (sme.folder / name).unlink()
        (sme.folder / name).symlink_to(target)

    return change


def parquet(**columns: list[Any]) -> Change:
    """The open items as Parquet, with other columns."""

    def change(sme: Sme) -> None:
        day = date(2024, 1, 10)
        plain = {"doc": ["R1"], "client": ["K1"], "issued": [day], "due": [day], "amount": [1.5], "paid": [day]}  # fmt: skip
        pq.write_table(pa.table({**plain, **columns}), sme.folder / "extract/open_items.parquet")
        sme.change(YAML, '{path: open_items.csv, delimiter: ";", decimal_separator: ","}', "{path: open_items.parquet}")  # fmt: skip
        for name in ("invoices", "payments"):
            sme.change(f"configs/portfolios/sme/{name}.sql", "CAST(amount AS DECIMAL(18,2))", "money(amount)")  # fmt: skip

    return change


def database(relations: str, url: str | None = "sqlite:///book.db") -> Change:
    """The open items from an SQLite file."""

    def change(sme: Sme) -> None:
        with closing(sqlite3.connect(sme.folder / "book.db")) as book:
            book.execute("CREATE TABLE items (doc TEXT, code STRING, mixed)")
            book.execute("INSERT INTO items VALUES ('R1', '00123', x'00'), ('R2', '7', 'a')")
            book.commit()
        text = (sme.folder / YAML).read_text(encoding="utf-8")
        begin, end = text.index("source:"), text.index("default:")
        source = f"source:\n  kind: database\n  url_variable: BOOK_URL\n  relations: {relations}\n"
        sme.write(YAML, text[:begin] + source + text[end:])
        os.environ.pop("BOOK_URL", None)
        if url is not None:
            os.environ["BOOK_URL"] = url

    return change


def duckdb_book(sme: Sme) -> None:
    with closing(duckdb.connect(str(sme.folder / "book.duckdb"))) as book:
        book.execute("CREATE TABLE items (doc VARCHAR)")


def fractions(sme: Sme) -> None:
    with closing(sqlite3.connect(sme.folder / "book.db")) as book:
        book.execute("CREATE TABLE fractions (amount)")
        book.execute("INSERT INTO fractions VALUES (0.5), (9007199254740993)")
        book.commit()


def registry(uri: str) -> Callable[[], object]:
    def run() -> object:
        from models.registry.registry import Registry  # noqa: PLC0415 - MLflow takes seconds

        return Registry(uri, "sme")

    return run


def promotion(number: str, by: str, why: str) -> Callable[[], object]:
    def run() -> object:
        from pipelines.errands.promote import promote  # noqa: PLC0415 - MLflow takes seconds

        return promote(load(), number, by, why)

    return run


def own_keys() -> object:
    """The keys as whoever loads a version reads them."""
    from pipelines.registered.registries import signing_keys  # noqa: PLC0415 - MLflow takes seconds

    return signing_keys(load()).at(Path.cwd()).known()


def key_file(name: str, mode: int) -> Change:
    """A private key that lies somewhere."""

    def change(sme: Sme) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

        from models.registry.signing import write_key  # noqa: PLC0415

        write_key(sme.folder / name, Ed25519PrivateKey.generate())
        (sme.folder / name).chmod(mode)

    return change


def another_public_key(sme: Sme) -> None:
    (sme.folder / "configs/signers").mkdir()
    sme.write("configs/signers/ann.pub", "ssh-ed25519 AAAA")


def named_as_public(sme: Sme) -> None:
    key_file("configs/signers/ann.key", 0o600)(sme)
    (sme.folder / "configs/signers/ann.key").rename(sme.folder / "configs/signers/ann.pub")


def read_by_nothing(sme: Sme) -> None:
    """A file beside the one that is read."""
    sme.write("dvc.yaml", "stages: {}\n")
    shutil.copy(ROOT / "configs/expert.yaml", sme.folder / "configs/expert.yaml")
    sme.write("configs/gates.yml", "{}\n")


def unread(change: Change) -> Change:
    """A change that the first stage finds, which reads every config."""

    def changed(sme: Sme) -> None:
        sme.write("dvc.yaml", "stages: {}\n")
        shutil.copy(ROOT / "configs/expert.yaml", sme.folder / "configs/expert.yaml")
        change(sme)

    return changed


def names_that_nothing_has(sme: Sme) -> None:
    """A gate, a waiver, rules and inputs that are misspelt, in three files."""
    sme.write("dvc.yaml", "stages: {}\n")
    shutil.copy(ROOT / "configs/expert.yaml", sme.folder / "configs/expert.yaml")
    gates("PD-D9: {blocks: false}")(sme)
    params("validate: {tolerance: {orphans: 0.1}}\nfeatures: {families: [payment]}")(sme)
    reason = "The fall came after the calibration"
    more(f"waivers: {{PD-C11: {reason}}}\ntolerance: {{invoices.duplicates: 0.1}}")(sme)


def configured_registry() -> object:
    from pipelines import settings  # noqa: PLC0415 - beside its only use

    return settings.registry_uri(load())


def misspelt_variable() -> object:
    os.environ["BONITAS_REGISTY"] = "sqlite:///registry.db"
    try:
        return configured_registry()
    finally:
        del os.environ["BONITAS_REGISTY"]


ENDLESS = "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT 1 - x FROM a) SELECT max(x) AS invoice_id FROM a"  # fmt: skip
CASES: dict[str, tuple[Case, ...]] = {
    "The config files": (
        Case(
            "Keys that a stage watches are left out",
            lambda sme: sme.write("dvc.yaml", WATCHED),
            lambda: refuse_unwritten("sme"),
        ),
        Case("No params file", no_file(PARAMS)),
        Case("A folder in its place", folder_for(PARAMS)),
        Case("A pipe in its place", pipe_for(PARAMS)),
        Case("A link that leads to nothing", link_for(PARAMS, "nothing")),
        Case("A link that leads back to itself", link_for(YAML, "sme.yaml")),
        Case("UTF-16 without its mark", lambda sme: (sme.folder / PARAMS).write_bytes("portfolio: sme\n".encode("utf-16-le"))),
        Case("Not UTF-8", lambda sme: (sme.folder / PARAMS).write_bytes("portfolio: müller".encode("latin-1"))),
        Case("Not YAML", params("train: [1, 2")),
        Case("Nothing in it", lambda sme: sme.write(PARAMS, "")),
        Case("Brackets without end", params("train: " + "[" * 900 + "]" * 900)),
        Case("Aliases without end", lambda sme: sme.write(PARAMS, "a: &a [*a]\n")),
        Case("A key given twice", params("train: {seed: 1}\ntrain: {seed: 2}")),
        Case("A number of two readings, in quotes", params("train: {seed: '1_000'}")),
        Case("A number that would come out as 0", params("rate: {lgd: 1e-400}")),
        Case("A number of two readings", params("train: {seed: 010}")),
        Case("A date without quotes", portfolio('"2024-12-31"', "2024-12-31")),
        Case("A password", params("register: {tracking_uri: postgresql://ann:secret@db/mlflow}")),
        Case("An unknown key", params("trian: {seed: 1}")),
        Case("An unknown portfolio", lambda sme: sme.write(PARAMS, "portfolio: smee\n")),
        Case("A name that is too long", nothing, lambda: choose("a" * 61)),
        Case("A name that is no name", nothing, lambda: choose("../sme")),
        Case("Names that nothing has, in several files", names_that_nothing_has, lambda: refuse_misnamed(load())),
        Case("A config file that nothing reads", read_by_nothing, lambda: refuse_misnamed(load())),
        Case("Several mistakes at once", params("train: {seed: -1, members: 0}")),
    ),
    "Settings": (
        Case("A number that is not one", params("rate: {lgd: .nan}")),
        Case("Infinity", params("rate: {allowed_loss: .inf}")),
        Case("A yes for a number", params("rate: {lgd: yes}")),
        Case("Too many draws", params("evaluate: {bootstrap_draws: 1000000000}")),
        Case("Too many folds", params("calibrate: {folds: 1000000}")),
        Case("Too many months", params("monitor: {months: 1000000000}")),
        Case("No budget", params("train: {search: {trials: null}}")),
        Case("Grade bounds that fall", params("scale: {grade_bounds: [0.1, 0.05]}")),
        Case("A grade bound above 1", params("scale: {grade_bounds: [0.1, 1.5]}")),
        Case("A band in per cent", params("rate: {limit_band: 5}")),
        Case("Years for months", params("rate: {statement_months: 2}")),
        Case("Terms in months", params("rate: {terms_by_grade: [2, 2, 2, 2, 1, 1, 1, 1, 0, 0]}")),
        Case("Odds turned round", params("scale: {base_odds: 0.033}")),
        Case("Windows in months", params("features: {windows_days: [3, 12]}")),
        Case("A list of another length", params("rate: {terms_by_grade: [60, 30]}")),
        Case("A list that rises", params("rate: {terms_by_grade: [0, 60, 60, 60, 60, 60, 60, 60, 60, 60]}")),
        Case("Credit for a grade at risk", params("rate: {terms_by_grade: [60, 60, 60, 60, 45, 45, 30, 30, 14, 0]}")),
        Case("Scores beyond the scale", unread(params("scale: {pdo: 80}")), lambda: refuse_misnamed(load())),
        Case("No input could be a reason", params("explain: {least_points: 300}")),
        Case("Reviews that fall", params("rate: {review_months: [12, 3, 1]}")),
        Case("A grade the scale lacks", params("rate: {at_risk_from_grade: 11}")),
        Case("A share above 1", params("validate: {tolerance: {duplicate_key: 5}}")),
        Case("A share of 1", params("rate: {overdue_share: 1}")),
        Case("A share in the place of an amount", params("rate: {allowed_loss: 0.02}")),
        Case("Per cent of per cent", params("rate: {lgd: 0.0045}")),
        Case("A point that may part thousands", params("rate: {allowed_loss: 5.000}")),
        Case("A key in another section than its own", params("scale: {limit_band: 0.1}")),
        Case("Days for months", params("recalibrate: {months: 365}")),
        Case("A variable that is misspelt", lambda _: None, misspelt_variable),
        Case("No name of a variable", params("register: {tracking_variable: https://host}"), configured_registry),
        Case("An engine's size without a unit", params("engine: {memory_limit: '4'}")),
        Case("A setting of Spark that changes results", params("engine: {spark: {conf: {spark.sql.ansi.enabled: false}}}")),
        Case("A secret among settings of Spark", params("engine: {spark: {conf: {spark.hadoop.fs.s3a.secret.key: x}}}")),
        Case("A number for a yes or no", params("recalibrate: {promote: 1}")),
        Case("A text that says nothing", params("register: {tracking_uri: ''}")),
        Case("A gate that could not fail", gates("PD-D1: {threshold: 0.06}"), load_gates),
        Case("A gate that nobody declares", gates("PD-D9: {threshold: 0.6}"), load_gates),
        Case("A gate that blocks nothing, without a reason", gates("PD-D1: {blocks: false}"), load_gates),
        Case("A gate switched off by a word", gates("PD-D1: false")),
        Case("A gate waived without a reason", gates("PD-D1: {waiver: not now}")),
        Case("An overlay that changes nothing", lambda sme: ((sme.folder / "configs/experiments").mkdir(), sme.write("configs/experiments/none.yaml", "{}\n")), lambda: overlay("none")),
        Case("An unknown flavour", params("train: {flavours: [searched, best]}")),
        Case("A level nearer to its settings than they are", params("recalibrate: {level_within: 0.5}")),
        Case("Evidence out of order", params("recalibrate: {min_defaults_slope: 5}")),
    ),
    "A file to be scored": (
        Case("Nothing in it can be scored", nothing, none_scored),
        *models.SCORED,
    ),
    "The portfolio": (
        Case("Complete until a day to come", portfolio("2024-12-31", "2199-12-31")),
        Case("Complete until a number", portfolio('"2024-12-31"', "1735603200")),
        Case("Complete until seconds since 1970, in quotes", portfolio("2024-12-31", "1735603200")),
        Case("Complete until a day of another format", portfolio("2024-12-31", "31.12.2030")),
        Case("Complete until no day", portfolio("2024-12-31", "2024-02-30")),
        Case("An unknown kind of event", default("{preset: irb_90dpd, events: [bankruptcy]}")),
        Case("Nobody can default", default("{preset: events_only, events: []}")),
        Case("A currency that is none", portfolio("EUR", "Euro")),
        Case("A horizon without end", more("horizon_months: 1000000000")),
        Case("A horizon that ends before a default can come", more("horizon_months: 1")),
        Case("Months for days", default("{preset: irb_90dpd, cure_days: 3}")),
        Case("A share of another definition", default("{preset: irb_90dpd, late_share: 0.2}")),
        Case("A day of the year that may be read day first", more("cohort: {every: year, anchor: '01-04'}")),
        Case("Euros in a book that has none", unread(portfolio("reporting_currency: EUR", "reporting_currency: CNY")), lambda: refuse_misnamed(load())),
        Case("Days of decision in no month", more("cohort: {every: year, anchor: '02-29'}")),
        Case("A split that runs backwards", more('split: {test_from: "2024-01-01", calibrate_from: "2024-06-01"}')),
        Case("A kind of source that is none", portfolio("kind: files", "kind: ftp")),
        Case("An alarm of a share in per cent", more("attributes: [{name: drawn, dtype: number, pillar: ability_to_pay, unit: share, alarm_above: 90}]")),
        Case("A balance of a day that is not delivered", more('balances: [{on: "2030-12-31", currency: EUR, open_balance: 5}]')),
        Case("An attribute that is not delivered", more("attributes: [{name: staff, dtype: number, pillar: business_context, unit: count, wording_en: Staff, wording_zh: 员工}]")),
        Case("A waiver without a reason", more("waivers: {PD-C1: not now}")),
    ),
    "The files of an extract": (
        Case("No folder", portfolio("folder: extract", "folder: extracts")),
        Case("No such file", portfolio("path: clients.csv", "path: kunden.csv")),
        Case("A path that leaves the folder", portfolio("path: clients.csv", "path: ../clients.csv")),
        Case("A path from the root", portfolio("path: clients.csv", "path: /clients.csv")),
        Case("An ending that says nothing", portfolio("path: clients.csv", "path: clients.dat")),
        Case("An option that the format ignores", portfolio("{path: clients.csv, all_text: true}", "{path: clients.parquet, delimiter: ';'}")),
        Case("An unknown encoding", portfolio("{path: clients.csv", "{path: clients.csv, encoding: ebcdic-x")),
        Case("A wrong encoding", lambda sme: (sme.folder / "extract/clients.csv").write_bytes("no,name,since\nK1,Müller,2020-01-01\n".encode("cp1252"))),
        Case("An empty file", lambda sme: sme.write("extract/clients.csv", "")),
        Case("A header line that repeats a name", lambda sme: sme.write("extract/clients.csv", "no,name,no\nK1,Ada,2020-01-01\n")),
        Case("A wrong delimiter", portfolio('delimiter: ";"', 'delimiter: ","')),
        Case("A row that is cut", items("R2;K1;2024-02-10;2024-03-11;200,00;2024-03-20", "R2;K1;2024-02")),
        Case("A file that is not what its ending says", lambda sme: (portfolio("path: clients.csv, all_text: true", "path: clients.parquet")(sme), sme.write("extract/clients.parquet", "no,name\n"))),
        Case("Keys without drops", portfolio("{path: clients.csv", "{path: clients.csv, key: [name]")),
        Case("A file that lies there twice", lambda sme: (portfolio("{path: clients.csv,", '{path: "clients*.csv",')(sme), sme.write("extract/clients (1).csv", (sme.folder / "extract/clients.csv").read_text(encoding="utf-8")))),
        Case("A folder among drops that is no day", lambda sme: (portfolio("kind: files", "kind: files\n  drops: true")(sme), (sme.folder / "extract/january").mkdir())),
        *extracts.FILES,
    ),
    "The SELECTs": (
        Case("No customers", no_file("configs/portfolios/sme/customers.sql")),
        Case("A file named after no table", lambda sme: sme.write("configs/portfolios/sme/invoice.sql", "SELECT 1")),
        Case("An empty file", select("")),
        Case("Two statements", select("SELECT 1; SELECT 2")),
        Case("No SELECT", select("DROP TABLE clients")),
        Case("Wrong SQL", select("SELEC 1")),
        Case("Brackets without end", select("SELECT " + "(" * 3000 + "1" + ")" * 3000)),
        Case("A relation that is not there", sql("FROM open_items", "FROM open_item")),
        Case("A column that is not there", sql("client AS customer_id", "klient AS customer_id")),
        Case("A column too few", sql("due AS due_on,", "")),
        Case("A column too many", sql("doc AS invoice_id", "doc AS invoice_id, doc AS number")),
        Case("Money as a fraction", sql("CAST(amount AS DECIMAL(18,2))", "CAST(amount AS DOUBLE)")),
        Case("A day as text", sql("due AS due_on", "CAST(due AS VARCHAR) AS due_on")),
        Case("A file that the yaml does not list", sql("FROM open_items", "FROM read_csv('/etc/hosts')")),
        Case("No rows", sql("FROM open_items", "FROM open_items WHERE FALSE")),
        Case("The clock", sql("FROM open_items", "FROM open_items WHERE issued < current_date")),
        Case("Chance", sql("FROM open_items", "FROM open_items WHERE random() < 0.5")),
        Case("A sample", sql("FROM open_items", "FROM open_items USING SAMPLE 50%")),
        Case("The engine itself", sql("FROM open_items", "FROM open_items, duckdb_settings()")),
        Case("It does not end", lambda sme: (portfolio("kind: files", "kind: files\n  select_minutes: 0.005")(sme), sql("FROM open_items", f"FROM open_items WHERE 'a' < ({ENDLESS})::VARCHAR")(sme))),
        *extracts.SELECTS,
        *extracts.WORLD,
    ),
    "Values": (
        Case("A decimal comma", portfolio(', decimal_separator: ","', "")),
        Case("A figure of two readings", sql("CAST(amount AS DECIMAL(18,2))", "money('1.234')")),
        Case("A figure that is none", sql("CAST(amount AS DECIMAL(18,2))", "money('n/a')")),
        Case("Signs that say two things", sql("CAST(amount AS DECIMAL(18,2))", "money('(5.00-)')")),
        Case("More than three places", sql("CAST(amount AS DECIMAL(18,2))", "money('1.0005', '.')")),
        Case("A day of another format", sql("due AS due_on", "day('31/12/2024', '%d.%m.%Y') AS due_on")),
        Case("A year of two digits", sql("due AS due_on", "day('31.12.24', '%d.%m.%Y') AS due_on")),
        Case("An instant for a day", sql("due AS due_on", "day('2024-12-31T00:30:00+02:00', '%Y-%m-%dT%H:%M:%S%z') AS due_on")),
        Case("A day with a time", sql("due AS due_on", "TIMESTAMP '2024-12-31 10:00' AS due_on")),
        Case("A day without end", parquet(due=[pa.scalar(2**31 - 1, pa.int32()).cast(pa.date32())])),
        Case("An amount beyond counting", parquet(amount=[1e308])),
        Case("An amount that is not a number", parquet(amount=[float("nan")])),
        Case("A number of a document that is a fraction", sql("doc AS invoice_id", "id(1.5) AS invoice_id")),
    ),
    "Databases": (
        Case("The variable is not set", database("{open_items: {table: items}}", None)),
        Case("The URL itself in the yaml", lambda sme: (database("{open_items: {table: items}}")(sme), portfolio("url_variable: BOOK_URL", "url_variable: db.lan/erp")(sme))),
        Case("An unknown scheme", database("{open_items: {table: items}}", "oracle://db/erp")),
        Case("A password of two readings", database("{open_items: {table: items}}", "postgresql://ann:p@ss@db/erp")),
        Case("No server", database("{open_items: {table: items}}", "postgresql://ann:secret@127.0.0.1:1/erp")),
        Case("No file", database("{open_items: {table: items}}", "sqlite:///books.db")),
        Case("A file of another kind", lambda sme: (database("{open_items: {table: items}}")(sme), sme.write("book.db", "no database" * 99))),
        Case("No such table", database("{open_items: {table: item}}")),
        Case("Table and query", database("{open_items: {table: items, query: SELECT 1}}")),
        Case("A query that is wrong", database("{open_items: {query: SELECT no FROM items}}")),
        Case("The clock", database("{open_items: {query: \"SELECT doc, date('now') AS d FROM items\"}}")),
        Case("Chance", database("{open_items: {query: SELECT doc FROM items ORDER BY random()}}")),
        Case("Bytes among texts", database("{open_items: {query: SELECT mixed FROM items}}")),
        Case("Texts that became numbers", database("{open_items: {table: items}}"), lambda: (sqlite_without("mixed"), ingest(load()))),
        Case("Nowhere to land", database("{open_items: {table: items}}"), lambda: land(load(), day="2024-12-31")),
        Case("A URL that cannot be taken apart", database("{open_items: {table: items}}", "postgresql://ann:secret@db:port/erp")),
        Case("A URL without a file", database("{open_items: {table: items}}", "sqlite://")),
        Case("A DuckDB file that is none", both(database("{open_items: {table: items}}", "duckdb:///book.duckdb"), written("book.duckdb", "no database" * 999))),
        Case("A query that is no SELECT", both(database("{open_items: {query: DROP TABLE items}}", "duckdb:///book.duckdb"), duckdb_book)),
        Case("A query of another column", both(database("{open_items: {query: SELECT no FROM items}}", "duckdb:///book.duckdb"), duckdb_book)),
        Case("Whole numbers that a fraction would round", both(database("{open_items: {table: fractions}}"), fractions)),
        Case("A drop of a day to come", both(database("{open_items: {query: SELECT doc FROM items}}"), portfolio("kind: database", "kind: database\n  land_in: drops")), lambda: land(load(), day="2199-01-01")),
        Case("A later drop has landed", both(database("{open_items: {query: SELECT doc FROM items}}"), portfolio("kind: database", "kind: database\n  land_in: drops")), lambda: [land(load(), day=day) for day in ("2024-12-31", "2024-06-30")]),
        Case("Another portfolio lands in the same folder", both(database("{open_items: {query: SELECT doc FROM items}}"), portfolio("kind: database", "kind: database\n  land_in: drops"), lambda sme: sme.write("configs/portfolios/sister.yaml", (sme.folder / YAML).read_text(encoding="utf-8").replace("land_in: drops", "land_in: ./drops"))), lambda: land(load(), day="2024-12-31")),
        Case("Landing files", nothing, lambda: land(load(), day="2024-12-31")),
    ),
    "What the rules stop": delivered.RULES,
    "Days, features and the split": (*delivered.COHORTS, *delivered.FEATURES, *delivered.SPLITS),
    "What no model can be made of": models.MODELS,
    "What two stages left that do not belong together": between.BETWEEN,
    "Commands": commands.COMMANDS,
    "Calls from Python": commands.PYTHON,
    "The machine": registered.MACHINE,
    "What the pipeline left, and the registry": (
        Case("A file of an earlier stage is absent", nothing, lambda: read_json(Path("reports/checks.json"))),
        Case("It is cut", lambda sme: sme.write("configs/cut.json", '{"a": '), lambda: read_json(Path("configs/cut.json"))),
        Case("A registry that keeps nothing", nothing, registry("sqlite://")),
        Case("A registry of unknown kind", nothing, registry("ftp://host/mlflow")),
        Case("A registry whose address has two readings", nothing, registry("postgresql://ann:p@ss@db/mlflow")),
        Case("A registry in a folder of files", nothing, registry("mlruns")),
        Case("A promotion of a version that is not there", nothing, promotion("7", "Ann", "better")),
        Case("A promotion without a reason", nothing, promotion("7", "Ann", " - ")),
        Case("A promotion in the pipeline's name", nothing, promotion("7", "pipeline", "better")),
        Case("A signing key that others may read", key_file(".bonitas/signing.key", 0o644), own_keys),
        Case("A private key among public ones", named_as_public, own_keys),
        Case("A public key that is none", another_public_key, own_keys),
        Case("The key itself in the params", params("register: {signing_variable: '-----BEGIN PRIVATE KEY-----'}"), own_keys),
        Case("A registry's address with a driver", nothing, registry("sqlite+pysqlite:///mlflow.db")),
        Case("A registry's address that says another file", nothing, registry("sqlite:///ml%20flow.db")),
        Case("A folder in the registry's place", lambda sme: (sme.folder / "mlflow.db").mkdir(), registry("sqlite:///mlflow.db")),
        Case("A registry that is no database", lambda sme: sme.write("mlflow.db", "no database" * 99), registry("sqlite:///mlflow.db")),
        Case("A registry whose server names no host", nothing, registry("http://")),
        Case("A registry left half made", lambda sme: half_made(sme.folder / "half.db"), registry("sqlite:///half.db")),
        *models.VERSIONS,
        *registered.REGISTRIES,
    ),
}  # fmt: skip


def sqlite_without(column: str) -> None:
    with closing(sqlite3.connect("book.db")) as book:
        book.execute(f"ALTER TABLE items DROP COLUMN {column}")
        book.commit()


def half_made(path: Path) -> None:
    with closing(sqlite3.connect(path)) as half:
        half.execute("CREATE TABLE metrics (key text)")
        half.commit()


@contextmanager
def project() -> Iterator[Sme]:
    """A small project in a folder of its own; the block runs in it."""
    kept = dict(os.environ)
    os.environ.pop("SME_DATA", None)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        try:
            yield Sme(Path(folder))
        finally:
            os.environ.clear()
            os.environ.update(kept)


def said(case: Case) -> BonitasError | None:
    """The error of a case; None where it was accepted. Anything but an error of ours is raised."""
    with project() as sme:
        case.change(sme)
        try:
            case.run()
        except BonitasError as error:
            parts = error.parts()
            shown = [type(one)(*_plain(sme.folder, one.what), where=_text(sme.folder, one.where), value=_value(sme.folder, one.value), next_step=_text(sme.folder, one.next_step)) for one in parts]  # fmt: skip
            return BonitasError.together(shown)
    return None


def _plain(folder: Path, text: str) -> tuple[str]:
    return (_text(folder, text),)


def _value(folder: Path, value: object) -> str | None:
    return None if value is None else _text(folder, str(value))


def _text(folder: Path, text: str) -> str:
    """Without what differs from machine to machine and day to day."""
    places = {str(folder.resolve()), str(folder)}
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(f"{place}/", "").replace(place, ".")
    text = re.sub(r"bonitas-scratch-\w+/files/", "", text)
    today = datetime.now(UTC).date().isoformat()
    return text.replace(today, "<today>").replace(date.today().isoformat(), "<today>")  # noqa: DTZ011


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for area, cases in CASES.items():
        lines += [f"\n## {area}\n", "| what is wrong | message | where | do |", "|---|---|---|---|"]
        for case in cases:
            error = said(case)
            assert error is not None, f"accepted: {area} > {case.title}"
            titles = [case.title, *[""] * len(error.also)]
            lines += [_row(*pair) for pair in zip(titles, error.parts(), strict=True)]
    return "\n".join([*lines, *_beyond()]) + "\n"


def _beyond() -> Iterator[str]:
    """The messages that no small wrong input brings about, as the code writes them."""
    advice = {one.said: one.advice for one in sites()}
    yield f"\n{BEYOND}\n\nAs the code writes them; `*` stands for what varies. Each is tested where its cause can be made."
    for why, messages in ELSEWHERE.items():
        reason, _, _ = why.partition(": tests/")
        yield f"\n{reason[:1].upper()}{reason[1:]}:\n\n| message | do |\n|---|---|"
        yield from (
            f"| {_cell(one, 300)} | {_cell(advice.get(one, ''), 600)} |" for one in messages
        )


def _row(title: str, error: BonitasError) -> str:
    message = error.what if error.value is None else f"{error.what}<br>value: `{_cell(str(error.value), 200).replace('`', chr(39))}`"  # fmt: skip
    return f"| {title} | {message.replace('|', chr(92) + '|')} | {_cell(error.where, 200)} | {_cell(error.next_step, 600)} |"


def _cell(text: str, most: int) -> str:
    flat = re.sub(r"\s+", " ", text).strip().replace("|", "\\|").replace("<", "&lt;")
    return flat if len(flat) <= most else flat[: most - 4].rstrip() + " ..."


HEAD = """# What is refused, and how it is said

Nothing that would change a decision is accepted in silence. Each row is a small wrong input and the message it really gets; the page is
made of them by `python -m tests.refusals`, and a test holds it current. A stage that refuses prints what is wrong, where, with which value and what to do, ends
with code 2, and leaves its earlier outputs as they were. What the *rules* find in the rows of a delivery stands in `reports/validation.html`, and
[dirt.md](../dirt.md) lists the faults they are known to find; what a *gate* says of a model stands in `reports/validation_model.html`. Messages that need a server, a whole run or another program's file
to come about stand at the end, and are tested where those are; a test holds that no message is missing."""


if __name__ == "__main__":
    write_text(PAGE, page())
    print(f"{PAGE.relative_to(ROOT)}: {sum(map(len, CASES.values()))} refusals", file=sys.stderr)
