"""The exported extract gives the same raw tables; a fault of a file is an error of ingest that says where."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from contracts import errors
from contracts.config.engine import EngineConfig
from contracts.config.source import FilesSource, SourceFile
from contracts.duck import connect
from contracts.errors import BonitasError, ConfigError
from contracts.files import whole_folder
from contracts.tables.raw import portfolio_tables
from quality.faults.catalogue import FILE_FAULTS
from quality.faults.extract import damage, export, mapping, with_section
from quality.faults.fault import FileFault
from quality.faults.files import printed_amount
from quality.faults.soil import Order, soil
from sources.extract import extract
from sources.mapping.selects import Select
from sources.registry import opened_source
from tests.dirt_books import find_place, portfolio, rows, write_book

CONTRACTS = portfolio_tables(portfolio())
PLACES = [(fault, table) for fault in FILE_FAULTS for table in fault.claims]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_book(tmp_path_factory.mktemp("files") / "raw", customers=60, years=4)


@pytest.fixture(scope="module")
def exported(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return export(raw, tmp_path_factory.mktemp("extract") / "csv")


def ingest(files: dict[str, Path], out: Path) -> dict[str, int]:
    """Ingest of some files of the extract through their mappings; rows by table."""
    source = FilesSource(
        kind="files",
        folder=str(next(iter(files.values())).parent),
        files={n: SourceFile(path=f.name, delimiter=";", all_text=True) for n, f in files.items()},
    )
    selects = [Select(CONTRACTS[n], Path(f"{n}.sql"), mapping(CONTRACTS[n])) for n in files]
    config = portfolio().model_copy(update={"source": source})
    with (
        whole_folder(out) as folder,
        connect(EngineConfig(threads=1)) as connection,
        opened_source(connection, config, None),
    ):
        return {n: facts["rows"] for n, facts in extract(connection, selects, folder).items()}


def copied(path: Path, folder: Path) -> Path:
    """A copy that may be damaged."""
    folder.mkdir()
    return Path(shutil.copy(path, folder))


def test_the_extract_comes_back_as_it_was(
    raw: Path, exported: dict[str, Path], tmp_path: Path
) -> None:
    assert list(exported) == list(CONTRACTS)
    ingest(exported, tmp_path / "again")
    for name in exported:
        was, now = (
            pq.read_table(folder / f"{name}.parquet") for folder in (raw, tmp_path / "again")
        )
        assert was.column_names == now.column_names
        assert now.cast(was.schema).equals(was), name


@pytest.mark.parametrize(
    ("name", "table"),
    [("ids_with_trailing_spaces", "invoices"), ("mojibake_names", "customers"), ("value_not_in_list", "attributes")],
)  # fmt: skip
def test_soiled_rows_survive_the_file(name: str, table: str, raw: Path, tmp_path: Path) -> None:
    soil(raw, tmp_path / "soiled", [Order(*find_place(name, table), 0.05)], seed=7)
    files = export(tmp_path / "soiled", tmp_path / "csv")
    ingest({table: files[table]}, tmp_path / "again")
    assert rows(tmp_path / "again" / f"{table}.parquet") == rows(tmp_path / "soiled" / f"{table}.parquet")  # fmt: skip


@pytest.mark.parametrize(("fault", "table"), PLACES, ids=lambda one: getattr(one, "name", one))
def test_a_damaged_file_stops_ingest_with_the_error_that_claims_it(
    fault: FileFault, table: str, exported: dict[str, Path], tmp_path: Path
) -> None:
    path = copied(exported[table], tmp_path / "csv")
    damaged = damage({table: path}, fault, table, CONTRACTS[table])
    with pytest.raises(BonitasError) as caught:
        ingest(damaged, tmp_path / "again")
    assert type(caught.value) is getattr(errors, fault.claims[table].rule)
    assert table in caught.value.where
    assert not (tmp_path / "again").exists()


def test_the_undamaged_file_does_not(exported: dict[str, Path], tmp_path: Path) -> None:
    """Or the tests above would pass whatever the fault does."""
    for name, path in exported.items():
        n_rows = len(path.read_text(encoding="utf-8").splitlines()) - 1
        assert ingest({name: path}, tmp_path / name) == {name: n_rows}


def test_a_file_is_damaged_in_the_same_way_every_time(
    exported: dict[str, Path], tmp_path: Path
) -> None:
    for fault in FILE_FAULTS:
        twice = []
        for attempt in ("a", "b"):
            path = copied(exported["customers"], tmp_path / f"{fault.name}_{attempt}") if "customers" in fault.claims else None  # fmt: skip
            if path is not None:
                path = fault.damage(path, CONTRACTS["customers"])
                twice.append(path.read_bytes() if path.exists() else None)
        assert twice[:1] == twice[1:]
        assert not twice or twice[0] != exported["customers"].read_bytes()


def test_amounts_are_printed_exactly() -> None:
    assert printed_amount("1234567890123456.78") == "1.234.567.890.123.456,78"
    assert printed_amount("-0.5") == "-0,50"


def test_a_fault_of_a_file_that_is_not_there_is_refused(exported: dict[str, Path]) -> None:
    comma = next(fault for fault in FILE_FAULTS if fault.name == "decimal_comma")
    with pytest.raises(ConfigError, match="Unknown table 'disputes'"):
        damage(exported, comma, "disputes", CONTRACTS["disputes"])
    with pytest.raises(ConfigError, match="Unknown table 'payments'"):
        damage({"invoices": exported["invoices"]}, comma, "payments", CONTRACTS["payments"])


def test_a_section_that_is_not_there_is_added() -> None:
    assert with_section("title: A\n", "balances: []\n") == "title: A\n\nbalances: []\n"
