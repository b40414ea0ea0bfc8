"""Every function that writes whole, each as a writer of version 1 or 2 of one output, and what a reader finds there.

`tests/unit/house/test_writers.py` finds those that are in the code and not in this list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import lightgbm as lgb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from contracts import files, parquet
from contracts.config.source import DatabaseSource, Relation
from contracts.errors import BundleError
from contracts.tables import splice, store
from contracts.tables.derived import LINEAGE
from contracts.tables.raw import CUSTOMERS, FX_RATES
from contracts.tables.simulated import TRUTH
from features.catalog import catalogue
from features.matrix.contract import arrow_schema
from features.refresh import record
from features.refresh.record import Marks, Shelf
from features.refresh.seen import Seen
from models.base.data import Feature, ModelContract
from models.boosting import booster
from models.boosting.booster import Ensemble
from models.registry import bundle, signing
from models.registry.bundle import Bundle
from models.scoring import answers
from quality.faults import book, extract, soil
from quality.faults import files as file_faults
from quality.faults.catalogue import FAULTS
from quality.faults.soil import Order
from reports.frame.declaration import Page
from sources.databases.landing import land
from tests.serve_project import lineage
from tests.sources_books import clean_book, write_raw
from world import simulate

TORN = "refused"
"""What a reader says of parts that are not of one version, where a writer has more than one output."""
DAY = date(2025, 1, 31)
OUT = "out"


@dataclass(frozen=True)
class Writer:
    """One writer.

    Attributes:
        write: writes version 1 or 2 below a folder.
        read: what is there: equal for equal versions, `TORN` where the reader refuses.
        prepare: what it reads, made once.
        outputs: how many it has; with one, a reader always finds a whole version.
    """

    write: Callable[[Path, int], Any]
    read: Callable[[Path], Any]
    prepare: Callable[[Path], Any] = lambda _: None
    outputs: int = 1


def content(folder: Path) -> dict[str, bytes]:
    """All files of an output folder by name, as a reader finds them."""
    files.restored(folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _file(root: Path) -> bytes:
    return (root / OUT).read_bytes()


def _folder(root: Path) -> dict[str, bytes]:
    return content(root / OUT)


def _whole_file(root: Path, version: int) -> None:
    with files.whole_file(root / OUT) as partial:
        partial.write_bytes(b"%d" % version * 5000)


def _whole_folder(root: Path, version: int) -> None:
    with files.whole_folder(root / OUT) as partial:
        for number in range(version):
            (partial / f"{number}.txt").write_text(f"{version}" * 5000)
        (partial / "inner").mkdir()
        files.write_json(partial / "inner" / "deep.json", {"version": version})


ARROW = pa.table({"customer_id": ["A", "B"], "rate": [0.5, 0.25]})


def _frame(version: int) -> Any:
    return lineage().assign(family=f"v{version}")


def _batches(root: Path, version: int) -> None:
    table = pa.table({"n": np.arange(3000) * version})
    store.write_batches(table.to_batches(), root / OUT, table.schema)


def _old(root: Path) -> None:
    table = pa.table({"n": np.arange(3000), "kept": np.arange(3000)})
    store.write_arrow(table, root / "old.parquet")


def _spliced(root: Path, version: int) -> None:
    table = pa.table({"n": np.arange(3000) * version})
    splice.spliced(root / "old.parquet", root / OUT, {0: table})


def _query(root: Path, version: int) -> None:
    with duckdb.connect() as connection:
        schema = pa.schema([("n", pa.int64())])
        query = f"SELECT range * {version} AS n FROM range(3000)"  # noqa: S608 - a number
        parquet.write_query(connection, query, root / OUT, schema)


def _arrow(root: Path, version: int) -> None:
    store.write_arrow(pa.table({"n": np.arange(3000) * version}), root / OUT)


def _pages(root: Path, version: int) -> None:
    files.write_json(root / "document.json", {"version": version})
    Page(
        str(root / "document.json"),
        str(root / OUT),
        lambda made: {f"{one}.html": f"{made['version']}" * 5000 for one in range(made["version"])},
        "what they show",
    ).write()


def _page(root: Path, version: int) -> None:
    files.write_json(root / "document.json", {"version": version})
    Page(
        str(root / "document.json"),
        str(root / OUT),
        lambda made: f"{made['version']}" * 5000,
        "what it shows",
    ).write()


CONTRACT = ModelContract("demo", 12, (Feature("x", "number", 0),))


def _booster(seed: int) -> lgb.Booster:
    draw = np.random.default_rng(seed)
    values = draw.random((200, 1))
    data = lgb.Dataset(values, label=values[:, 0] > draw.random(200), feature_name=["x"])
    params = {"objective": "binary", "num_leaves": 3, "num_threads": 1, "verbosity": -1}
    return lgb.train(params, data, 2)


BOOSTERS = [_booster(seed) for seed in range(4)]


def _ensemble(root: Path, version: int) -> None:
    chosen = BOOSTERS[:2] if version == 1 else BOOSTERS[2:]
    Ensemble(tuple(chosen), CONTRACT).save(root)


def _ensemble_read(root: Path) -> Any:
    try:
        return [path.read_bytes() for path in booster.files(root)]
    except BundleError:
        return TORN


def _copied(root: Path, version: int) -> None:
    booster.copy(root / f"run{version}", root / OUT)


def _runs(root: Path) -> None:
    for version in (1, 2):
        _ensemble(root / f"run{version}", version)


def _rivals(root: Path, version: int) -> None:
    chosen = BOOSTERS[:2] if version == 1 else BOOSTERS[2:]
    named = zip(("by_hand", "lightgbm"), chosen, strict=True)
    booster.save_rivals({name: Ensemble((one,), CONTRACT) for name, one in named}, root / OUT)


def _bundle(root: Path, version: int) -> None:
    held = {name: f"{version} {name}".encode() for name in bundle.REQUIRED}
    bundle.write(root / OUT, Bundle(held))


def _bundle_read(root: Path) -> Any:
    files.restored(root / OUT)
    return dict(bundle.load(root / OUT).files)


SIGNING = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(3)]


def _keys(root: Path) -> Any:
    folder = (root / OUT).parent
    key = signing.Keys(root / OUT, folder).own()
    known = signing.public_text(key.public_key()) if key else None
    return known if known == (root / OUT).with_suffix(".pub").read_text() else TORN


ERP = DatabaseSource(
    kind="database",
    url_variable="ERP_URL",
    land_in="drops",
    relations={"invoices": Relation(table="invoices"), "banks": Relation(table="banks")},
)


def _erp(root: Path) -> None:
    for version in (1, 2):
        with duckdb.connect(str(root / f"erp{version}.duckdb")) as connection:
            for name in ("invoices", "banks"):
                rows = f"SELECT range * {version} AS n FROM range(2000)"  # noqa: S608 - a number
                connection.execute(f"CREATE TABLE {name} AS {rows}")


def _land(root: Path, version: int) -> None:
    source = ERP.model_copy(update={"land_in": str(root / "drops")})
    land(source, SecretStr(f"duckdb:///{root}/erp{version}.duckdb"), DAY)


def _landed(root: Path) -> Any:
    drop = files.restored(root / "drops" / DAY.isoformat())
    return {path.name: pq.read_table(path).to_pydict() for path in sorted(drop.iterdir())}


DECLARED = [one for one in catalogue((90,)) if one.dtype != "category"][:2]
KEY = {"code": "1"}
MARKS = Marks(ARROW, ARROW, Seen({}, "2024-01-31", []))


def _record(root: Path, version: int) -> None:
    schema = arrow_schema(DECLARED)
    rows = [{field.name: None for field in schema} for _ in range(version)]
    rows = [row | {"customer_id": f"C{n}", "as_of": DAY} for n, row in enumerate(rows)]
    block = pa.Table.from_pylist(rows, schema=schema)
    put = partial(store.write_batches, [block])
    record.write(Shelf(root / "features", root / "known"), put, DECLARED, MARKS, KEY)


def _recorded(root: Path) -> Any:
    files.restored(root / "features")
    if record.unusable(Shelf(root / "features", root / "known"), KEY):
        return TORN
    return content(root / "features")


def _raws(root: Path) -> None:
    for version in (1, 2):
        tables = clean_book()
        tables["customers"] = [row | {"name": f"v{version}"} for row in tables["customers"]]
        # a table more is a hundred calls more, and the same calls
        write_raw({"customers": tables["customers"]}, root / f"raw{version}")


def _book_table(root: Path, version: int) -> None:
    with book.opened(root / f"raw{version}") as connection:
        book.write(connection, "customers", CUSTOMERS, root / OUT)


def _soil(root: Path, version: int) -> None:
    fault = next(one for one in FAULTS if "customers" in one.claims)
    soil.soil(root / f"raw{version}", root / OUT, [Order(fault, "customers", 0.2)], 7)


def _rewritten(root: Path, version: int) -> None:
    (root / OUT).touch()
    rows = [["n"], *([str(number * version)] for number in range(1500))]
    file_faults._rewrite(root / OUT, lambda _: rows)


def _grown(root: Path, version: int) -> None:
    rows = [
        {"customer_id": f"C{n}", "as_of": DAY, "true_pd": 0.1, "state": 0.0, "driver": None}
        for n in range(version)
    ]
    with simulate._growing(root / OUT, TRUTH) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=TRUTH.arrow_schema()))


def _answers(root: Path, version: int) -> None:
    schema = pa.schema([("customer_id", pa.string()), ("pd", pa.float64())])
    with answers.answers(root / OUT, schema) as out:
        for number in range(version):
            rows = {"customer_id": [f"C{number}"] * 1000, "pd": [0.1 * number] * 1000}
            out.add(pd.DataFrame(rows))


WRITERS: Mapping[str, Writer] = {
    "contracts.files.whole_file": Writer(_whole_file, _file),
    "contracts.files.whole_folder": Writer(_whole_folder, _folder),
    "contracts.files.write_text": Writer(
        lambda root, version: files.write_text(root / OUT, f"{version}" * 5000), _file
    ),
    "contracts.files.write_json": Writer(
        lambda root, version: files.write_json(root / OUT, [version] * 2000),
        lambda root: files.read_json(root / OUT),
    ),
    "contracts.tables.store.write_batches": Writer(_batches, _file),
    "contracts.tables.splice.spliced": Writer(_spliced, _file, _old),
    "contracts.parquet.write_query": Writer(_query, _file),
    "contracts.tables.store.write_table": Writer(
        lambda root, version: store.write_table(_frame(version), root / OUT, LINEAGE),
        lambda root: store.read_table(root / OUT, LINEAGE)["family"].tolist(),
    ),
    "models.boosting.booster.save": Writer(_ensemble, _ensemble_read, outputs=2),
    "models.boosting.booster.copy": Writer(
        _copied, lambda root: _ensemble_read(root / OUT), _runs, outputs=2
    ),
    "models.boosting.booster.save_rivals": Writer(_rivals, _folder),
    "models.registry.bundle.write": Writer(_bundle, _bundle_read),
    "models.registry.signing.write_key": Writer(
        lambda root, version: signing.write_key(root / OUT, SIGNING[version]), _keys, outputs=2
    ),
    "models.scoring.answers.answers": Writer(_answers, _file),
    "reports.frame.declaration.write": Writer(_page, _file),
    "reports.frame.declaration._folder": Writer(_pages, _folder),
    "sources.databases.landing.land": Writer(_land, _landed, _erp),
    "features.refresh.record.write": Writer(_record, _recorded, outputs=2),
    "features.refresh.record.note": Writer(
        lambda root, version: record.note(Shelf(root / "features", root / OUT), MARKS, {"code": str(version)}), _folder
    ),
    "quality.faults.book.write": Writer(_book_table, _file, _raws),
    "quality.faults.extract.export": Writer(
        lambda root, version: extract.export(root / f"raw{version}", root / OUT), _folder, _raws
    ),
    "quality.faults.extract.write_mappings": Writer(
        lambda root, version: extract.write_mappings(
            {one.name: one for one in (CUSTOMERS, FX_RATES)[:version]}, root / OUT
        ),
        _folder,
    ),
    "quality.faults.files._rewrite": Writer(_rewritten, _file),
    "quality.faults.soil.soil": Writer(_soil, _folder, _raws),
    "world.simulate._growing": Writer(_grown, _file),
}  # fmt: skip
