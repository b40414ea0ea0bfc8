"""Books far beyond the demo, made of a finished project's own tables: seconds, memory and size of pages.

    python -m benchmarks.large customers --project ../demo      # 200,000 customers
    python -m benchmarks.large days features currencies --project ../demo
    python -m benchmarks.large attributes --project ../demo     # 2,000 columns of one's own, from validation to pages

The project is left alone: each book is made in a temporary folder beside links to its code. Rows are copies of the project's own under
other names: of customers on the newest day of decision and on those that it is compared with, days before the first one, inputs beside
those the model has (noise, in boosters fitted again), rates and invoices in further currencies. Each stage is a process; its seconds are CPU.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from models.base.data import ModelContract
from models.boosting.booster import Ensemble
from models.explanation.movements import compared

MATRIX, POSITION, TRADING = (Path(f"data/features/{name}.parquet") for name in ("matrix", "position", "trading"))  # fmt: skip
PARTITION, LINEAGE = Path("data/interim/partition.parquet"), Path("data/features/lineage.parquet")
CURRENCIES = 60
DAYS, OF_A_DAY = 1_000, 300
FEATURES = 2_000


def copies(table: pa.Table, times: int) -> pa.Table:
    """The rows again and again, each time of other customers."""
    place = table.schema.get_field_index("customer_id")
    ids = table.column(place)
    parts = [table]
    for number in range(1, times):
        named = pc.binary_join_element_wise(ids, f"-{number}", "")
        parts.append(table.set_column(place, table.schema.field(place), named))
    return pa.concat_tables(parts)


def write(table: pa.Table, path: Path, *keys: str) -> None:
    """A table in the order of its keys."""
    pq.write_table(table.sort_by([(key, "ascending") for key in keys]) if keys else table, path)


def on(table: pa.Table, days: list[Any]) -> pa.Array:
    """Which rows are of these days."""
    return pc.is_in(table["as_of"], pa.array(days, table.schema.field("as_of").type))


def many_customers(number: int) -> None:
    """So many customers on the newest day and on those that it is compared with; all others stay as they are."""
    matrix = pq.read_table(MATRIX)
    dates = sorted(set(matrix["as_of"].to_pylist()))
    newest = {dates[-1], *compared(dates).values()}
    times = -(-number // pc.sum(on(matrix, [dates[-1]])).as_py())
    for path in (MATRIX, POSITION):
        table = pq.read_table(path)
        many = on(table, sorted(newest if path == MATRIX else set(table["as_of"].to_pylist())))
        rest = table.filter(pc.invert(many))
        write(
            pa.concat_tables([copies(table.filter(many), times), rest]),
            path,
            "customer_id",
            "as_of",
        )
    write(copies(pq.read_table(TRADING), times), TRADING, "customer_id")
    for path in sorted(Path("data/valid").glob("*.parquet")):
        table = pq.read_table(path)
        if "customer_id" in table.schema.names and path.stem not in {"invoices", "payments"}:
            made = copies(table, times)
            if path.stem == "events":
                made = made.set_column(made.schema.get_field_index("event_id"), made.schema.field("event_id"), pa.array([f"E{n}" for n in range(len(made))]))  # fmt: skip
            write(made, path, "customer_id")

    for name in ("explanations", "reasons"):
        append_copies(Path(f"data/scored/{name}.parquet"), times)


def append_copies(path: Path, times: int) -> None:
    """As `copies`, of a table too large to be held; a customer's rows stay together."""
    table = pq.read_table(path)
    place = table.schema.get_field_index("customer_id")
    with pq.ParquetWriter(path.with_suffix(".many"), table.schema) as writer:
        writer.write_table(table)
        for number in range(1, times):
            named = pc.binary_join_element_wise(table.column(place), f"-{number}", "")
            writer.write_table(table.set_column(place, table.schema.field(place), named))
    path.with_suffix(".many").replace(path)


def many_days(number: int) -> None:
    """The newest customers on so many more months before the first day of decision."""
    matrix = pq.read_table(MATRIX)
    newest = matrix.filter(on(matrix, [pc.max(matrix["as_of"]).as_py()])).slice(0, OF_A_DAY)
    first = pd.Timestamp(pc.min(matrix["as_of"]).as_py())
    kind, place = matrix.schema.field("as_of").type, matrix.schema.get_field_index("as_of")
    days = [(first - pd.DateOffset(months=back)).date() for back in range(1, number + 1)]
    made = [
        newest.set_column(place, matrix.schema.field(place), pa.array([day] * len(newest), kind))
        for day in days
    ]
    write(pa.concat_tables([matrix, *made]), MATRIX, "customer_id", "as_of")


def many_features(number: int) -> None:
    """So many inputs: the project's, and columns of noise; a booster that reads them all is fitted in place of the model's."""
    matrix, lineage = pq.read_table(MATRIX), pq.read_table(LINEAGE).to_pandas()
    values = json.loads(Path("data/model/contract.json").read_text())
    draw = np.random.default_rng(1)
    example = next(one for one in values["features"] if one["dtype"] == "number")
    row = lineage[lineage["feature"] == example["name"]].iloc[0]
    columns, rows = [], []
    for place in range(len(values["features"]), number):
        name = f"attribute_number_{place}"
        columns.append((name, draw.standard_normal(len(matrix)).round(3)))
        values["features"].append({**example, "name": name, "direction": 0, "stand_in": 0.0})
        rows.append({**row, "feature": name, "position": 10_000 + place, "direction": 0, "subject": name, "window_days": None})  # fmt: skip
    for name, column in columns:
        matrix = matrix.append_column(name, pa.array(column))
    schema = pq.read_schema(LINEAGE)
    pq.write_table(matrix, MATRIX)
    pq.write_table(pa.Table.from_pandas(pd.concat([lineage, pd.DataFrame(rows)]), schema, preserve_index=False), LINEAGE)  # fmt: skip
    Path("data/model/contract.json").write_text(json.dumps(values))
    contract = ModelContract.from_json(values)
    merged = (
        pq.read_table(PARTITION).to_pandas().merge(matrix.to_pandas(), on=["customer_id", "as_of"])
    )
    known = merged[merged["defaulted"].notna()].iloc[::4]
    codes, hit = contract.encode(known), known["defaulted"].astype(float).to_numpy()
    params = {"objective": "binary", "verbosity": -1, "num_threads": 2, "max_depth": 4, "feature_fraction": 0.05, "min_data_in_leaf": 20}  # fmt: skip
    Ensemble((lgb.train(params, lgb.Dataset(codes, hit, feature_name=contract.names), 300),), contract).save(Path("data/model"))  # fmt: skip


def many_currencies(number: int) -> None:
    """Rates and invoices in so many currencies, those of the raw tables, and everything from validation on."""
    codes = [f"{a}{b}{c}" for a in "QX" for b in "ABCDEFGH" for c in "KLMNOP"][:number]
    rates = pq.read_table("data/raw/fx_rates.parquet").to_pandas()
    one = rates[rates["currency"] == rates["currency"].iloc[0]]
    made = pd.concat([rates, *(one.assign(currency=code) for code in codes)])
    schema = pq.read_schema("data/raw/fx_rates.parquet")
    made = made.drop_duplicates(["currency", "rate_on"]).sort_values(["currency", "rate_on"])
    pq.write_table(pa.Table.from_pandas(made, schema, preserve_index=False), "data/raw/fx_rates.parquet")  # fmt: skip
    invoices = pq.read_table("data/raw/invoices.parquet")
    place = invoices.schema.get_field_index("currency")
    spread = pa.array([codes[n % number] for n in range(len(invoices))])
    pq.write_table(
        invoices.set_column(place, invoices.schema.field(place), spread),
        "data/raw/invoices.parquet",
    )


def many_attributes(number: int) -> None:
    """So many columns of the portfolio's own, noise beside those it has, delivered and declared; everything from validation on."""
    raw, yaml_path = Path("data/raw/attributes.parquet"), Path("configs/portfolios/demo.yaml")
    table, draw = pq.read_table(raw), np.random.default_rng(1)
    portfolio = yaml.safe_load(yaml_path.read_text(encoding="utf-8"))
    for place in range(len(portfolio["attributes"]), number):
        name = f"bureau_{place:04d}"
        table = table.append_column(name, pa.array(draw.standard_normal(len(table)).round(3)))
        portfolio["attributes"].append({"name": name, "dtype": "number", "pillar": "business_context", "unit": "count", "direction": 0})  # fmt: skip
    pq.write_table(table, raw)
    yaml_path.write_text(yaml.safe_dump(portfolio, allow_unicode=True, sort_keys=False), encoding="utf-8")  # fmt: skip
    params = Path("configs/params.yaml")
    params.write_text(re.sub(r"families: \[.*?\]", "families: []", params.read_text(encoding="utf-8")), encoding="utf-8")  # fmt: skip


PAGES = ["portfolio", "explanations", "movements", "calls"]
BOOKS: dict[str, tuple[Callable[[int], None], int, list[list[str]]]] = {
    "customers": (many_customers, 200_000, [["rate"], ["report", "portfolio", "calls"], ["describe"], ["report", "customers"], ["explain"], ["report", *PAGES]]),
    "days": (many_days, DAYS, [["explain"], ["rate"], ["report", *PAGES]]),
    "features": (many_features, FEATURES, [["explain"], ["rate"], ["report", *PAGES], ["describe"], ["report", "customers"]]),
    "attributes": (many_attributes, FEATURES, [["validate"], ["label"], ["featurize"], ["split"], ["train"], ["calibrate"], ["origins"], ["refit"], ["evaluate"], ["explain"], ["rate"], ["describe"], ["register"], ["report"]]),
    "currencies": (many_currencies, CURRENCIES, [["validate"], ["label"], ["report", "data_quality"]]),
}  # fmt: skip
"""What makes the book, how much of it, and the stages that are measured."""


def measured(words: list[str], root: Path) -> str:
    """A row of the table: the stage, CPU-seconds, peak memory, and what it wrote."""
    before = {
        path: path.stat().st_mtime_ns for path in Path("reports").rglob("*") if path.is_file()
    }
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"}
    process = subprocess.Popen([sys.executable, "-m", "pipelines", *words], env=environment)
    _, status, used = os.wait4(process.pid, 0)
    written = {path: path.stat() for path in Path("reports").rglob("*") if path.is_file()}
    largest = max((kept.st_size for path, kept in written.items() if before.get(path) != kept.st_mtime_ns and path.suffix == ".html"), default=0)  # fmt: skip
    ended = "" if status == 0 else f" **ended with {os.waitstatus_to_exitcode(status)}**"
    page = f"{largest / 1e6:.2f} MB" if largest else ""
    return f"{' '.join(words)}{ended} | {used.ru_utime + used.ru_stime:.0f} | {used.ru_maxrss / 1024:,.0f} | {page}"


def main() -> None:
    """Prints a row a stage, ready for benchmarks/RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("books", nargs="+", choices=list(BOOKS))
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--number", type=int, help="in place of the book's own")
    parser.add_argument("--only", nargs="+", help="of the stages, those whose first word is named")
    told = parser.parse_args()
    root, project = Path(__file__).resolve().parents[1], told.project.resolve()
    print("| book | stage | CPU-s | peak MB | largest page |\n|---|---|---|---|---|", flush=True)
    for name in told.books:
        make, number, stages = BOOKS[name]
        with tempfile.TemporaryDirectory(prefix="large-") as place:
            for folder in ("data", "reports", "configs"):
                shutil.copytree(project / folder, Path(place) / folder)
            os.chdir(place)
            make(told.number or number)
            for words in (one for one in stages if not told.only or one[0] in told.only):
                print(f"| {told.number or number:,} {name} | {measured(words, root)} |", flush=True)
            os.chdir(root)


if __name__ == "__main__":
    main()
